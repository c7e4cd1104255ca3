// Which program is started. Never one that a folder named, unless the user trusts that folder; never one found by a relative
// path. Knows nothing of the editor: what there is comes in, what to start goes out.
import { delimiter, isAbsolute, join, relative, sep } from "node:path";

/** What the search depends on. */
export interface Surroundings {
  /** `gatelint.path` of the user or the machine; empty when not set. */
  setting: string;
  /** The folder of the extension. */
  extension: string;
  /** The folders of the workspace. */
  folders: readonly string[];
  /** Whether the user trusts them. */
  trusted: boolean;
  /** The user's home. */
  home: string;
  /** `PATH` of the environment. */
  path: string;
  /** As `process.platform` and `process.arch` say it. */
  platform: string;
  arch: string;
  /** Whether a file is there and may be run. */
  runs(file: string): boolean;
}

/** Where a program came from. */
export type Origin = "setting" | "extension" | "project" | "installed";

/** What was found, or why nothing was. */
export type Found = { file: string; origin: Origin } | { problem: string };

/** Finds the program: that of the setting, of the extension, of the project's `node_modules`, an installed one. */
export function find(around: Surroundings): Found {
  if (around.setting.trim() !== "") return named(around);
  const places: [Origin, string[]][] = [
    ["extension", [join(around.extension, "bin")]],
    ["project", ofProject(around)],
    ["installed", installed(around)],
  ];
  for (const [origin, folders] of places) {
    const file = folders.map((folder) => join(folder, executable(around.platform))).find((one) => around.runs(one));
    if (file !== undefined) return { file, origin };
  }
  const searched = around.trusted ? "the extension, node_modules and PATH" : "the extension and PATH";
  return { problem: `no gatelint program was found in ${searched}` };
}

// A setting that does not hold is said, not replaced by whatever else there is.
function named(around: Surroundings): Found {
  const said = around.setting.trim();
  const file = said.startsWith("~/") ? join(around.home, said.slice(2)) : said;
  if (!isAbsolute(file)) return { problem: `gatelint.path has to be an absolute path, and is "${said}"` };
  if (!around.trusted && isInside(file, around.folders)) {
    return { problem: `gatelint.path is in this folder, which is not trusted: ${file}` };
  }
  return around.runs(file) ? { file, origin: "setting" } : { problem: `gatelint.path is no program: ${file}` };
}

function ofProject(around: Surroundings): string[] {
  if (!around.trusted) return [];
  const name = `${around.platform}-${around.arch}`;
  return around.folders.map((folder) => join(folder, "node_modules", "@gatelint", name));
}

// An editor started from a desktop often has a shorter PATH than a shell: the usual places are looked into as well.
function installed(around: Surroundings): string[] {
  const usual = [join(around.home, ".cargo", "bin"), join(around.home, ".local", "bin")];
  if (around.platform !== "win32") usual.push("/opt/homebrew/bin", "/usr/local/bin");
  const named = around.path.split(delimiter).filter((folder) => isAbsolute(folder));
  return [...named, ...usual].filter((folder) => around.trusted || !isInside(folder, around.folders));
}

function isInside(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const way = relative(folder, path);
    return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  });
}

function executable(platform: string): string {
  return platform === "win32" ? "gatelint.exe" : "gatelint";
}
