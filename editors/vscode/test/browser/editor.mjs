// The packed extension in a real VS Code: it shows findings, hints and trails, and mends the buffer.
//
//     node editor.mjs INSTALLED VSIX GATELINT FOLDER      INSTALLED has code-server in node_modules; FOLDER gets the screenshots
//
// The browser is $CHROMIUM, else /usr/bin/chromium.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "./server.mjs";

const [installed, vsix, gatelint, out] = process.argv.slice(2).map((path) => resolve(path));
assert.ok(out, "usage: node editor.mjs INSTALLED VSIX GATELINT FOLDER");
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
setTimeout(() => assert.fail("this takes too long"), 240_000).unref();

const project = join(out, "shop");
rmSync(project, { recursive: true, force: true });
mkdirSync(project, { recursive: true });
copyFileSync(fileURLToPath(new URL("../../../../tests/editors/serverless.yml", import.meta.url)), join(project, "serverless.yml"));

const server = await serve(installed, vsix, { "gatelint.path": gatelint });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
try {
  await check(await browser.newPage({ viewport: { width: 1280, height: 860 } }));
} finally {
  await browser.close();
  server.stop();
}

async function check(tab) {
  tab.setDefaultTimeout(30_000);
  const picture = (name) => tab.screenshot({ path: join(out, `${name}.png`) });
  const said = (what) => console.log(`vscode: ${what}`);
  try {
    await tab.goto(server.address(project));
    await tab.locator(".explorer-folders-view .monaco-list-row", { hasText: "serverless.yml" }).dblclick();
    const editor = tab.locator(".editor-instance .view-lines");
    const line = (text) => editor.locator(".view-line", { hasText: text }).first();

    await line(/auth:\snone\s\(default\)/).waitFor();
    await line(/auth:\sjwt/).waitFor();
    said("hints");

    await tab.keyboard.press("Control+Shift+M");
    const finding = tab.locator(".markers-panel .monaco-list-row", { hasText: "accepts writes from anyone" });
    await finding.waitFor();
    assert.match(await finding.innerText(), /POST \/orders[^]*public-write/);
    said("findings");

    await line("POST").getByText("POST").hover();
    const hover = tab.locator(".monaco-hover:visible");
    await hover.getByText("asks for none").first().waitFor();
    await picture("hover");
    said("trail on hover");

    await finding.getByText("accepts writes from anyone").dblclick();
    // The keys do nothing before the editor has asked what can be done.
    await tab.locator(".editor-instance [class*=light i][class*=bulb i]:visible").first().waitFor();
    await tab.keyboard.press("Control+.");
    const actions = tab.locator(".action-widget");
    await actions.getByText("Ignore `public-write` here").waitFor();
    await picture("actions");
    await actions.locator(".monaco-list-row", { hasText: "Fix, to be looked at" }).click();
    await line(/authorizer:/).waitFor();
    await finding.waitFor({ state: "detached" });
    await line(/auth:\snone/).waitFor({ state: "detached" });
    await picture("mended");
    said("fix applied to the buffer, finding gone, hint renewed");
  } catch (error) {
    await picture("failed");
    throw error;
  }
}
