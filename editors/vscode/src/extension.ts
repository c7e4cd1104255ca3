// The extension: starts the language server where there is one, says so where there is none, and adds a status and four
// commands. Holds no judgement: all that is shown comes from the program.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { locate, run, Server, told } from "./server";
import { rules, status, type Count } from "./settings";

const SCHEME = "gatelint-rule";

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const editor = new Editor(context);
  const command = (name: string, act: () => unknown) => vscode.commands.registerCommand(`gatelint.${name}`, act);
  context.subscriptions.push(
    editor,
    command("restart", () => editor.restart()),
    command("showOutput", () => editor.output.show(true)),
    command("openRulePage", () => editor.choosePage()),
    command("report", () => editor.report()),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, { provideTextDocumentContent: (uri) => editor.pages.get(uri.path) }),
    vscode.languages.onDidChangeDiagnostics(() => editor.count()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => editor.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("gatelint.path")) return editor.restart();
      return change.affectsConfiguration("gatelint") ? editor.configure() : undefined;
    }),
  );
  await editor.restart();
}

/** What lives as long as the extension does. Its server comes and goes. */
class Editor implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel("gatelint");
  /** Rule pages that were asked for, by the path they are shown under. */
  readonly pages = new Map<string, string>();
  readonly #item = vscode.window.createStatusBarItem("gatelint", vscode.StatusBarAlignment.Right, 50);
  #server: Server | undefined;
  /** One start or stop at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(readonly context: vscode.ExtensionContext) {
    this.#item.name = "gatelint";
    this.#item.command = "gatelint.showOutput";
  }

  async dispose(): Promise<void> {
    await this.#stop();
    this.#item.dispose();
    this.output.dispose();
  }

  restart(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      await this.#stop();
      await this.#start();
    });
    return this.#turn;
  }

  async #stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.stop().catch((error: unknown) => this.output.appendLine(`while stopping: ${String(error)}`));
  }

  async #start(): Promise<void> {
    const found = locate(this.context);
    if ("problem" in found) return this.#fail(found.problem);
    const probe = await run(found.file, ["lsp", "--help"]);
    if (probe.status !== 0) {
      this.output.appendLine(probe.stderr.trim());
      return this.#fail(`${found.file} has no language server: it is too old, or no gatelint`);
    }
    this.output.appendLine(`starting ${found.file} (${found.origin})`);
    const server = new Server(found.file, this.output, (rule) => this.#show(rule));
    try {
      await server.start();
    } catch (error) {
      await server.stop().catch(() => undefined);
      return this.#fail(`the language server did not start: ${String(error)}`);
    }
    this.#server = server;
    this.output.appendLine(`gatelint ${server.version} is ready`);
    this.count();
  }

  // Not awaited: a message that nobody answers must not hold up the next start.
  #fail(problem: string): void {
    this.output.appendLine(problem);
    this.#item.text = "$(warning) gatelint";
    this.#item.tooltip = problem;
    this.#item.show();
    void vscode.window.showErrorMessage(`gatelint: ${problem}.`, "How to install", "Open the setting").then((choice) => {
      if (choice === "How to install") {
        return vscode.commands.executeCommand("markdown.showPreview", vscode.Uri.joinPath(this.context.extensionUri, "README.md"));
      }
      return choice === undefined ? undefined : vscode.commands.executeCommand("workbench.action.openSettings", "gatelint.path");
    });
  }

  async configure(): Promise<void> {
    await this.#server?.configure();
  }

  count(): void {
    if (this.#server === undefined) return;
    const count: Count = { errors: 0, warnings: 0, notes: 0 };
    for (const [, diagnostics] of vscode.languages.getDiagnostics()) {
      for (const { source, severity } of diagnostics) {
        if (source !== "gatelint") continue;
        if (severity === vscode.DiagnosticSeverity.Error) count.errors += 1;
        else if (severity === vscode.DiagnosticSeverity.Warning) count.warnings += 1;
        else count.notes += 1;
      }
    }
    const { text, tooltip } = status(this.#server.version, count);
    this.#item.text = text;
    this.#item.tooltip = tooltip;
    this.#item.show();
  }

  async choosePage(): Promise<void> {
    const server = this.#started();
    if (server === undefined) return;
    const said = await run(server.program, ["rules", "--format", "json"], vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
    const known = rules(said.stdout);
    if (known.length === 0) return this.#said("the rules cannot be listed", said.stderr);
    const here = this.#here();
    const picks = known.map(({ id, title }) => ({ label: id, description: title, picked: here.has(id) }));
    // The rules that fire on this line come first.
    picks.sort((a, b) => Number(b.picked) - Number(a.picked));
    const pick = await vscode.window.showQuickPick(picks, { placeHolder: "Which rule?", matchOnDescription: true });
    if (pick !== undefined) await this.#show(pick.label);
  }

  #here(): Set<string> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) return new Set();
    const all = vscode.languages.getDiagnostics(editor.document.uri);
    const line = editor.selection.active.line;
    const here = all.filter(({ source, range }) => source === "gatelint" && range.start.line <= line && line <= range.end.line);
    return new Set(here.map(({ code }) => String(typeof code === "object" ? code.value : code)));
  }

  async #show(rule: string): Promise<void> {
    const markdown = await this.#started()?.page(rule);
    if (markdown === undefined) return;
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${rule}.md` });
    this.pages.set(uri.path, markdown);
    await vscode.commands.executeCommand("markdown.showPreview", uri);
  }

  async report(): Promise<void> {
    const server = this.#started();
    const folder = server && (await chosenFolder());
    if (server === undefined || folder === undefined) return;
    const scratch = await mkdtemp(join(tmpdir(), "gatelint-"));
    try {
      const file = join(scratch, "report.html");
      const stages = told().stages.flatMap((stage) => ["--stage", stage]);
      const said = await run(server.program, ["report", ".", "--output", file, "--no-progress", ...stages], folder.uri.fsPath);
      const page = await readFile(file, "utf8").catch(() => undefined);
      if (page === undefined) return this.#said("there is no report", said.stderr);
      const panel = vscode.window.createWebviewPanel("gatelint.report", `gatelint: ${folder.name}`, vscode.ViewColumn.Active, {
        enableScripts: true,
        enableFindWidget: true,
        localResourceRoots: [],
      });
      panel.webview.html = page;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  #started(): Server | undefined {
    if (this.#server === undefined) this.#fail("the language server is not running");
    return this.#server;
  }

  #said(problem: string, why: string): void {
    this.output.appendLine(why.trim());
    void vscode.window.showErrorMessage(`gatelint: ${problem}; the output says why.`, "Show the output").then((choice) => {
      if (choice !== undefined) this.output.show(true);
    });
  }
}

async function chosenFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 1) return vscode.window.showWorkspaceFolderPick({ placeHolder: "Report on which folder?" });
  if (folders[0] === undefined) void vscode.window.showInformationMessage("gatelint: open a folder first.");
  return folders[0];
}
