import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { UsageError } from "../core/base/usage-error.ts";
import { checkReplaceable, placeOf } from "../files/replace-file.ts";

/**
 * Whether a report can be written to an absolute path: learning that after an hour of tests is too late.
 *
 * @param command the command whose flag names the path, for the message
 * @throws UsageError if it cannot
 */
export function checkWritable(command: string, flag: string, path: string): void {
  const option = `${command}: ${flag}`;
  attempt(option, path, () => {
    checkFolder(option, path);
    const place = placeOf(path);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory()) throw new UsageError(`${option} ${path} is a folder; name a file in it`);
    // A pipe or a device is written where it is.
    if (found !== undefined && !found.isFile()) return accessSync(path, constants.W_OK);
    checkFolder(option, place);
    attempt(option, dirname(place), () => checkReplaceable(place));
  });
}

function checkFolder(option: string, path: string): void {
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new UsageError(`${option} ${path}: there is no folder ${folder}; make it first`);
}

function attempt(option: string, path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? ` (${reasonOf(error)})` : "";
    throw new UsageError(`${option}: ${path} cannot be written to${reason}; name another path`);
  }
}

function reasonOf(error: Error): string {
  return "errno" in error && "code" in error ? String(error.code) : error.message;
}
