#!/usr/bin/env node
// Lays out the npm packages: one for each platform with its program, and the one that people install.
//
//     node bindings/npm/assemble.mjs OUT linux-x64=target/release/gatelint [PLATFORM=PROGRAM]...
//
// The version is that of Cargo.toml. No package has a script that runs when it is installed.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const KNOWN = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-x64"];
const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const [out, ...programs] = process.argv.slice(2);

if (!out || programs.length === 0) {
  console.error("usage: assemble.mjs OUT PLATFORM=PROGRAM...");
  process.exit(2);
}

const cargo = readFileSync(join(root, "Cargo.toml"), "utf8");
const field = (name) => cargo.match(new RegExp(`^${name} = "(.*)"$`, "m"))?.[1];
const version = field("version");
const repository = field("repository");
const shared = JSON.parse(readFileSync(join(here, "gatelint/package.json"), "utf8"));

function write(folder, manifest) {
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    copyFileSync(join(root, licence), join(folder, licence));
  }
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

const platforms = programs.map((entry) => {
  const at = entry.indexOf("=");
  const platform = entry.slice(0, at);
  if (!KNOWN.includes(platform)) {
    console.error(`there is no platform ${platform}; there are ${KNOWN.join(", ")}`);
    process.exit(2);
  }
  return [platform, entry.slice(at + 1)];
});

const described = { version, license: shared.license, ...(repository && { repository: { type: "git", url: `git+${repository}.git` } }) };
for (const [platform, program] of platforms) {
  const [os, cpu] = platform.split("-");
  const file = os === "win32" ? "gatelint.exe" : "gatelint";
  const folder = join(out, `gatelint-${platform}`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(program, join(folder, file));
  chmodSync(join(folder, file), 0o755);
  write(folder, {
    name: `@gatelint/${platform}`,
    description: `gatelint for ${platform}`,
    ...described,
    os: [os],
    cpu: [cpu],
    files: [file],
    preferUnplugged: true,
  });
}

const folder = join(out, "gatelint");
cpSync(join(here, "gatelint"), folder, { recursive: true });
const optionalDependencies = Object.fromEntries(platforms.map(([platform]) => [`@gatelint/${platform}`, version]));
write(folder, { ...shared, ...described, optionalDependencies });
