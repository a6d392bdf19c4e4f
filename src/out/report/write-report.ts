import { randomBytes } from "node:crypto";
import { appendFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { getSystemErrorMessage } from "node:util";

/** A report that could not be written. The message says where, why, and what to do. */
export class ReportWriteError extends Error {
  override readonly name = "ReportWriteError";
  readonly path: string;

  constructor(path: string, cause: NodeJS.ErrnoException) {
    super(`cannot write the report to ${JSON.stringify(path)}: ${reasonOf(cause)}; ${remedyOf(cause.code)}`, { cause });
    this.path = path;
  }
}

/**
 * Writes a report. A regular file appears whole or not at all: it is written beside its place and renamed; a symbolic
 * link is followed. What exists and is not a regular file (a pipe, a terminal, /dev/full) is written directly.
 *
 * @throws ReportWriteError; whatever was there before is still there then
 */
export async function writeReport(path: string, text: string): Promise<void> {
  try {
    switch (await kindOf(path)) {
      case "special":
        return await writeFile(path, text);
      case "regular":
        return await replaceFile(await realpath(path), text);
      case "absent":
        return await replaceFile(path, text);
    }
  } catch (error) {
    if (isErrno(error)) throw new ReportWriteError(path, error);
    throw error;
  }
}

/**
 * Adds to a file that others write to as well, such as $GITHUB_STEP_SUMMARY.
 *
 * @throws ReportWriteError
 */
export async function appendReport(path: string, text: string): Promise<void> {
  await appendFile(path, text).catch((error: unknown) => {
    throw isErrno(error) ? new ReportWriteError(path, error) : error;
  });
}

async function kindOf(path: string): Promise<"absent" | "regular" | "special"> {
  const found = await stat(path).catch((error: unknown) => {
    if (isErrno(error) && error.code === "ENOENT") return null;
    throw error;
  });
  if (found === null) return "absent";
  return found.isFile() ? "regular" : "special";
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await writeFile(temporary, text, { flag: "wx", flush: true });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "errno" in error;
}

function reasonOf({ errno, code, message }: NodeJS.ErrnoException): string {
  return errno === undefined ? message : `${getSystemErrorMessage(errno)} (${code})`;
}

function remedyOf(code: string | undefined): string {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "make room or name a path on another disk";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "name a path that you may write to";
    case "ENOENT":
    case "ENOTDIR":
      return "make the folder first or name another path";
    case "EISDIR":
      return "name a file, not a folder";
    default:
      return "name another path";
  }
}
