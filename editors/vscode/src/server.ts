// The language server and the editor's end of it: started, told of settings, restarted, asked for rule pages.
// Sends nothing anywhere: it speaks with a program on this machine, over its standard input and output.
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import * as vscode from "vscode";
import { ExecuteCommandRequest, LanguageClient, type LanguageClientOptions } from "vscode-languageclient/node";
import { find, type Found } from "./program";
import { options, type Options } from "./settings";

/** The command of the server that tells a rule's page; the client registers it, by what the server says it can do. */
const OPEN_PAGE = "gatelint.openPage";

/** Showing a document is not called off. */
const NEVER = new vscode.CancellationTokenSource();

const SELECTOR: NonNullable<LanguageClientOptions["documentSelector"]> = [
  { scheme: "file", language: "yaml" },
  { scheme: "file", language: "json" },
  { scheme: "file", language: "jsonc" },
  { scheme: "file", pattern: "**/*.template" },
  { scheme: "file", pattern: "**/{gatelint,.gatelint}.toml" },
  { scheme: "file", pattern: "**/.gatelint/rules/*.md" },
];

/** Looks for the program that is to be started. */
export function locate(context: vscode.ExtensionContext): Found {
  // Machine scope keeps a workspace from setting it; only what the user or the machine set is read besides.
  const setting = vscode.workspace.getConfiguration("gatelint").inspect<string>("path")?.globalValue ?? "";
  return find({
    setting,
    extension: context.extensionPath,
    folders: (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath),
    trusted: vscode.workspace.isTrusted,
    home: homedir(),
    path: process.env["PATH"] ?? "",
    platform: process.platform,
    arch: process.arch,
    runs,
  });
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What a command of the program said. */
export interface Said {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs a command of the program, without a shell. */
export function run(program: string, args: readonly string[], cwd?: string): Promise<Said> {
  return new Promise((done) => {
    const limits = { cwd, maxBuffer: 64 << 20, timeout: 120_000, windowsHide: true };
    execFile(program, args, limits, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      done({ status, stdout, stderr: stderr === "" && error !== null ? error.message : stderr });
    });
  });
}

/** What the settings say now, in the server's words. */
export function told(): Options {
  const settings = vscode.workspace.getConfiguration("gatelint");
  return options({
    stage: settings.get("stage", ""),
    diagnostics: settings.get<string>("diagnostics", "onType"),
    inlayHints: settings.get("inlayHints.enable", true),
    codeLens: settings.get("codeLens.enable", false),
  });
}

/** One run of the server. */
export class Server {
  readonly #client: LanguageClient;
  #isAsking = false;

  /** `open` shows a rule's page when a code action asks for it. */
  constructor(
    readonly program: string,
    output: vscode.OutputChannel,
    open: (rule: string) => Promise<void>,
  ) {
    this.#client = new LanguageClient(
      "gatelint",
      "gatelint",
      { command: program, args: ["lsp"] },
      {
        documentSelector: SELECTOR,
        initializationOptions: told(),
        outputChannel: output,
        middleware: {
          executeCommand: (command, args, next) => {
            const rule: unknown = args[0];
            return command === OPEN_PAGE && typeof rule === "string" ? open(rule) : next(command, args);
          },
          window: {
            // While we show the page ourselves, the address it refers to need not come up as well.
            showDocument: async (params, next) => {
              if (this.#isAsking) return { success: true };
              const shown = await next(params, NEVER.token);
              return shown instanceof Error ? { success: false } : shown;
            },
          },
        },
      },
    );
  }

  start(): Promise<void> {
    return this.#client.start();
  }

  async stop(): Promise<void> {
    if (this.#client.needsStop()) await this.#client.stop();
    await this.#client.dispose();
  }

  get version(): string {
    return this.#client.initializeResult?.serverInfo?.version ?? "of an unknown version";
  }

  /** Tells the server what the settings say now. */
  async configure(): Promise<void> {
    await this.#client.sendNotification("workspace/didChangeConfiguration", { settings: { gatelint: told() } });
  }

  /** A rule's page as Markdown. */
  async page(rule: string): Promise<string | undefined> {
    this.#isAsking = true;
    try {
      const answer: unknown = await this.#client.sendRequest(ExecuteCommandRequest.type, { command: OPEN_PAGE, arguments: [rule] });
      const known = typeof answer === "object" && answer !== null && "markdown" in answer;
      return known && typeof answer.markdown === "string" ? answer.markdown : undefined;
    } finally {
      this.#isAsking = false;
    }
  }
}
