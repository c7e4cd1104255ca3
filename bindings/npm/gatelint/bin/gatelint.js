#!/usr/bin/env node
// Starts the program that was installed for this platform, and ends as it ends.
"use strict";

const { spawnSync } = require("node:child_process");
const { constants } = require("node:os");

const platform = `${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "gatelint.exe" : "gatelint";

let program;
try {
  program = require.resolve(`@gatelint/${platform}/${file}`);
} catch {
  console.error(`error: there is no gatelint for ${platform} here`);
  console.error(" help: install without `--omit=optional` or `--no-optional`, on this platform itself; or build it with cargo");
  process.exit(2);
}

const ended = spawnSync(program, process.argv.slice(2), { stdio: "inherit", windowsHide: true });
if (ended.error) {
  console.error(`error: gatelint cannot be started: ${ended.error.message}`);
  process.exit(2);
}
process.exit(ended.signal ? 128 + constants.signals[ended.signal] : ended.status);
