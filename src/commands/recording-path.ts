import { statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../core/base/usage-error.ts";
import { checkWritable } from "./check-writable.ts";
import type { NamedFile } from "./different-files.ts";

/** The option of every command that records. */
export const RECORD_FLAG = "--record <file>";
export const RECORD_HELP = "record all of it in this file, for tt-memwatch replay and inspect";

/**
 * Where `--record` puts its file, absolute; null: nothing is recorded.
 *
 * @param command whose option it is, for the message
 * @throws UsageError if no recording can be written there
 */
export function recordingPath(command: string, value: string | undefined, cwd: string): string | null {
  return value === undefined ? null : newRecordingPath(command, "--record", value, cwd);
}

/** The same for any option that names a recording to write. */
export function newRecordingPath(command: string, flag: string, value: string, cwd: string): string {
  const option = `${command}: ${flag}`;
  if (value === "") throw new UsageError(`${option} needs the name of a file, for example ${flag} run.mcap`);
  if (value === "-") throw new UsageError(`${option} needs a file of its own; it cannot go to standard output`);
  const path = resolve(cwd, value);
  checkWritable(command, flag, path);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    throw new UsageError(`${option} ${path} is not a regular file; name one, or a new one`);
  }
  return path;
}

/** The file of `--record`, where something is recorded. */
export function recordingFiles(path: string | null): NamedFile[] {
  return path === null ? [] : [{ name: "--record", path }];
}
