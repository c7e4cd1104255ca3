// What the language server is told of the settings, and what the status says of the findings. Knows nothing of the editor.

/** The settings as the user wrote them. */
export interface Settings {
  stage: string;
  diagnostics: string;
  inlayHints: boolean;
  codeLens: boolean;
}

/** What the server reads: `initializationOptions`, and later `gatelint` of `workspace/didChangeConfiguration`. */
export interface Options {
  stages: string[];
  diagnostics: "onType" | "onSave" | "off";
  inlayHints: boolean;
  codeLens: boolean;
}

/** Says it in the server's words. No stage is an empty list, so that clearing the setting clears it there as well. */
export function options(settings: Settings): Options {
  const stage = settings.stage.trim();
  const when = settings.diagnostics;
  return {
    stages: stage === "" ? [] : [stage],
    diagnostics: when === "onSave" || when === "off" ? when : "onType",
    inlayHints: settings.inlayHints,
    codeLens: settings.codeLens,
  };
}

/** Findings by how bad they are, as the editor counts: errors, warnings, and the rest. */
export interface Count {
  errors: number;
  warnings: number;
  notes: number;
}

/** What the status item says: its text and what is shown when the pointer rests on it. */
export function status(version: string, count: Count): { text: string; tooltip: string } {
  const total = count.errors + count.warnings + count.notes;
  const parts = [plural(count.errors, "error"), plural(count.warnings, "warning"), plural(count.notes, "note")];
  const said = total === 0 ? "no findings" : `${plural(total, "finding")}: ${parts.filter((part) => !part.startsWith("0 ")).join(", ")}`;
  return { text: `$(shield) gatelint ${total}`, tooltip: `gatelint ${version}\n${said}\nClick for the output` };
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** The ids and titles of `gatelint rules --format json`; empty when it is not understood. */
export function rules(json: string): { id: string; title: string }[] {
  let said: unknown;
  try {
    said = JSON.parse(json);
  } catch {
    return [];
  }
  const list = typeof said === "object" && said !== null && "rules" in said ? said.rules : [];
  if (!Array.isArray(list)) return [];
  return list.flatMap((rule: unknown) => {
    if (typeof rule !== "object" || rule === null || !("id" in rule) || typeof rule.id !== "string") return [];
    return [{ id: rule.id, title: "title" in rule && typeof rule.title === "string" ? rule.title : "" }];
  });
}
