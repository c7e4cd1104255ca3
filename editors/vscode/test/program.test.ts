import assert from "node:assert/strict";
import { delimiter } from "node:path";
import { test } from "node:test";
import { find, type Surroundings } from "../src/program";

const around = (there: string[], change: Partial<Surroundings> = {}): Surroundings => ({
  setting: "",
  extension: "/ext",
  folders: ["/projects/shop"],
  trusted: true,
  home: "/home/me",
  path: ["/usr/bin", "bin"].join(delimiter),
  platform: "linux",
  arch: "x64",
  runs: (file) => there.includes(file),
  ...change,
});

const BUNDLED = "/ext/bin/gatelint";
const PROJECT = "/projects/shop/node_modules/@gatelint/linux-x64/gatelint";
const INSTALLED = "/usr/bin/gatelint";

test("the setting wins, then the bundled program, then the project's, then an installed one", () => {
  const all = ["/opt/gatelint", BUNDLED, PROJECT, INSTALLED];
  assert.deepEqual(find(around(all, { setting: "/opt/gatelint" })), { file: "/opt/gatelint", origin: "setting" });
  assert.deepEqual(find(around(all)), { file: BUNDLED, origin: "extension" });
  assert.deepEqual(find(around([PROJECT, INSTALLED])), { file: PROJECT, origin: "project" });
  assert.deepEqual(find(around([INSTALLED])), { file: INSTALLED, origin: "installed" });
});

test("a setting that does not hold is said and not replaced", () => {
  assert.match(problem(around([BUNDLED], { setting: "/gone" })), /no program: \/gone/);
  assert.match(problem(around([BUNDLED, "gatelint"], { setting: "gatelint" })), /absolute/);
  assert.deepEqual(find(around(["/home/me/x"], { setting: " ~/x " })), { file: "/home/me/x", origin: "setting" });
});

test("a folder that is not trusted brings no program", () => {
  const inside = "/projects/shop/bin/gatelint";
  const untrusted = { trusted: false, path: "/projects/shop/bin" };
  assert.match(problem(around([PROJECT, inside], untrusted)), /no gatelint program/);
  assert.match(problem(around([inside], { ...untrusted, setting: inside })), /not trusted/);
  assert.deepEqual(find(around([INSTALLED, PROJECT], { trusted: false })), { file: INSTALLED, origin: "installed" });
  const beside = { trusted: false, path: "/projects/shop-tools" };
  assert.deepEqual(find(around(["/projects/shop-tools/gatelint"], beside)), { file: "/projects/shop-tools/gatelint", origin: "installed" });
});

test("relative entries of PATH are not looked into", () => {
  assert.match(problem(around(["bin/gatelint", "gatelint"])), /no gatelint program/);
});

test("what a desktop leaves out of PATH is found", () => {
  assert.deepEqual(find(around(["/home/me/.cargo/bin/gatelint"])), { file: "/home/me/.cargo/bin/gatelint", origin: "installed" });
});

test("a program of Windows has its own name", () => {
  const found = find(around(["/ext/bin/gatelint.exe", BUNDLED], { platform: "win32" }));
  assert.deepEqual(found, { file: "/ext/bin/gatelint.exe", origin: "extension" });
});

function problem(given: Surroundings): string {
  const found = find(given);
  assert.ok("problem" in found, `found ${JSON.stringify(found)}`);
  return found.problem;
}
