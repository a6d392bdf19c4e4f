import { existsSync, readFileSync } from "node:fs";
import { ownFile } from "../files/own-files.ts";
import { engineVersion } from "./engine-version.ts";
import { tracerLibrary } from "./tracer-library.ts";

const PLUGIN = "clients/pytest/src/tt_memwatch/__init__.py";
const TRACER = "clients/native/python/tt_memwatch_tracer/__init__.py";

const NAME_WIDTH = "engine".length;

/** The versions of all parts that come along, one to a line. */
export function versionsText(): string {
  const library = tracerLibrary();
  const tracer = existsSync(library) ? library : "not built: `tt-memwatch doctor` says why";
  const parts = [
    ["engine", engineVersion(), ""],
    ["plugin", pythonVersion(PLUGIN), ""],
    ["tracer", pythonVersion(TRACER), tracer],
    ["node", process.versions.node, process.execPath],
  ] as const;
  const lines = parts.map(
    ([name, version, where]) => `  ${name.padEnd(NAME_WIDTH)}  ${version}${where === "" ? "" : ` (${where})`}`,
  );
  return [`tt-memwatch ${engineVersion()}`, ...lines].join("\n");
}

function pythonVersion(path: string): string {
  return /^__version__ = "(.*)"$/m.exec(readFileSync(ownFile(path), "utf8"))?.[1] ?? "unknown";
}
