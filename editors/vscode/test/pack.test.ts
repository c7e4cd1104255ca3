import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

// A platform that no release is made for: what somebody packed for theirs stays.
const TARGET = "linux-armhf";
const PACKAGE = `out/gatelint-${TARGET}.vsix`;

/** The files in a zip, each with the permissions that it is unpacked with. */
function listed(zip: Buffer): Map<string, number> {
  const files = new Map<string, number>();
  const end = zip.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field)) as [number, number, number];
    files.set(zip.toString("utf8", at + 46, at + 46 + name), zip.readUInt16LE(at + 40) & 0o777);
    at += 46 + name + extra + comment;
  }
  return files;
}

test("a package for a platform has its program, the other files, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "gatelint-"));
  try {
    const program = join(folder, "program");
    writeFileSync(program, "#!/bin/sh\n");
    execFileSync(process.execPath, ["pack.mjs", "--target", TARGET, "--program", program], { stdio: "pipe" });
    const files = listed(readFileSync(PACKAGE));
    assert.equal(files.get("extension/bin/gatelint"), 0o755);
    const names = [...files.keys()].filter((name) => name.startsWith("extension/")).sort();
    assert.deepEqual(names, [
      "extension/LICENSE.txt",
      "extension/bin/gatelint",
      "extension/out/extension.js",
      "extension/package.json",
      "extension/readme.md",
    ]);
    assert.equal(existsSync("bin"), false, "no program stays behind for the next package");
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(PACKAGE, { force: true });
  }
});

test("a platform without a program is not packed", () => {
  const packed = (): unknown => execFileSync(process.execPath, ["pack.mjs", "--target", TARGET], { stdio: "pipe" });
  assert.throws(packed, { status: 2 });
  assert.equal(existsSync(PACKAGE), false);
});
