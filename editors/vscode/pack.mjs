// Packs the extension: npm run pack [-- --target PLATFORM --program FILE]
//
// Without a platform: out/gatelint.vsix, which looks for an installed program. With one, such as linux-x64: the program of that platform
// goes into bin/, where the extension looks first, and out/gatelint-PLATFORM.vsix comes out.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { target, program } = parseArgs({ options: { target: { type: "string" }, program: { type: "string" } } }).values;
if ((target === undefined) !== (program === undefined)) {
  console.error("--target PLATFORM and --program FILE go together");
  process.exit(2);
}

rmSync("bin", { recursive: true, force: true });
const options = ["package", "--no-dependencies", "--allow-missing-repository"];
if (target === undefined) {
  options.push("--out", "out/gatelint.vsix");
} else {
  const bundled = join("bin", target.startsWith("win32-") ? "gatelint.exe" : "gatelint");
  mkdirSync("bin");
  copyFileSync(program, bundled);
  chmodSync(bundled, 0o755);
  options.push("--target", target, "--out", `out/gatelint-${target}.vsix`);
}
try {
  execFileSync(process.execPath, ["node_modules/@vscode/vsce/vsce", ...options], { stdio: "inherit" });
} finally {
  rmSync("bin", { recursive: true, force: true });
}
