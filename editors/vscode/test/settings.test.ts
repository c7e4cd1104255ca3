import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { options, rules, status } from "../src/settings";

test("settings become what the server reads", () => {
  const said = { stage: " prod ", diagnostics: "onSave", inlayHints: false, codeLens: true };
  assert.deepEqual(options(said), { stages: ["prod"], diagnostics: "onSave", inlayHints: false, codeLens: true });
});

test("a cleared stage is told as none, and an unknown moment is the default", () => {
  const said = { stage: "", diagnostics: "sometimes", inlayHints: true, codeLens: false };
  assert.deepEqual(options(said), { stages: [], diagnostics: "onType", inlayHints: true, codeLens: false });
});

test("the status says the version and how many findings there are", () => {
  const some = status("0.1.0", { errors: 1, warnings: 2, notes: 0 });
  assert.equal(some.text, "$(shield) gatelint 3");
  assert.equal(some.tooltip, "gatelint 0.1.0\n3 findings: 1 error, 2 warnings\nClick for the output");
  assert.match(status("0.1.0", { errors: 0, warnings: 0, notes: 0 }).tooltip, /no findings/);
  assert.match(status("0.1.0", { errors: 0, warnings: 10, notes: 0 }).tooltip, /10 findings: 10 warnings\n/);
});

test("the list of rules is read, and what is none is an empty one", () => {
  assert.deepEqual(rules('{"rules":[{"id":"public-write","title":"t"},{"id":"x"},7]}'), [{ id: "public-write", title: "t" }, { id: "x", title: "" }]);
  assert.deepEqual(["", "null", "{}", '{"rules":{}}'].map(rules), [[], [], [], []]);
});

test("a workspace cannot say which program is started", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  assert.equal(manifest.contributes.configuration.properties["gatelint.path"].scope, "machine");
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ["gatelint.path"]);
});

test("the version is that of the program", () => {
  const cargo = readFileSync("../../Cargo.toml", "utf8");
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  assert.equal(manifest.version, /^version = "(.*)"$/m.exec(cargo)?.[1]);
});
