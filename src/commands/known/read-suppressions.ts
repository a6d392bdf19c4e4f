import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../../core/base/usage-error.ts";
import type { Suppression, Suppressions } from "../../core/model/suppression.ts";
import { parseSuppressions } from "../../in/rules/suppressions-file.ts";
import type { Io } from "../io.ts";
import { readNamedFile } from "../named-file.ts";

/** Taken where it lies in the folder of the run and no other is named. */
export const DEFAULT_SUPPRESSIONS = "memwatch-suppressions.toml";

/** Largest file of suppressions that is read. */
const SUPPRESSIONS_BYTES_MAX = 4_194_304;

const SUPPRESSIONS_FILE = {
  what: "the suppressions in",
  sizeBytesMax: SUPPRESSIONS_BYTES_MAX,
  remedy: "tt-memwatch suppress writes one",
};

/** The suppressions of a file that the user named. Throws UsageError with a line for each fault. */
export function readSuppressions(file: string, io: Io): Suppressions {
  return { file, path: resolve(io.cwd, file), entries: checkSuppressions(suppressionsText(file, io), file) };
}

/** What is in the text of a file of that name. Throws UsageError with a line for each fault. */
export function checkSuppressions(text: string, file: string): readonly Suppression[] {
  const result = parseSuppressions(text, file);
  if (result.kind === "faults") throw new UsageError(result.faults.join("\n"));
  return result.entries;
}

/** Its text. Throws UsageError where it cannot be read. */
export function suppressionsText(file: string, io: Io): string {
  return readNamedFile(file, SUPPRESSIONS_FILE, io);
}

/** Those of the file that lies where it is looked for; null: there is none. */
export function defaultSuppressions(io: Io): Suppressions | null {
  return existsSync(resolve(io.cwd, DEFAULT_SUPPRESSIONS)) ? readSuppressions(DEFAULT_SUPPRESSIONS, io) : null;
}
