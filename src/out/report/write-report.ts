import { closeSync, statSync, writeFileSync } from "node:fs";
import { getSystemErrorMessage } from "node:util";
import { openFile } from "../../files/open-outside-file.ts";
import { placeOf, replaceFile, systemError } from "../../files/replace-file.ts";
import { bytesOf, type Text } from "../../files/text-bytes.ts";
import { writeStream } from "../../files/write-stream.ts";

/** A report, or another file, that could not be written. The message says where, why, and what to do. */
export class ReportWriteError extends Error {
  override readonly name = "ReportWriteError";
  readonly path: string;

  /** `what` it is: "the report". */
  constructor(path: string, cause: NodeJS.ErrnoException, what = "the report") {
    super(`cannot write ${what} to ${JSON.stringify(path)}: ${whyUnwritten(cause)}`, { cause });
    this.path = path;
  }
}

/** Names of what this program has open: what they lead to has a place of its own, which is not to be replaced. */
const DESCRIPTOR = /^\/(dev\/(stdout|stderr|fd\/)|proc\/)/;

/**
 * Writes a report. A regular file appears whole or not at all, with the permissions and owner of what was there; a
 * symbolic link is followed, also to a file that is not there yet. What exists and is not a regular file (a pipe, a
 * terminal, /dev/full) is written directly.
 *
 * @param what it is, for the message
 * @throws ReportWriteError; whatever was there before is still there then
 */
export async function writeReport(path: string, text: Text, what = "the report"): Promise<void> {
  await explainWriting(path, what, async () => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || (found.isFile() && !DESCRIPTOR.test(path))) replaceFile(placeOf(path), text);
    else if (found.isFile()) appendText(path, text);
    else if (found.isDirectory()) throw systemError("EISDIR");
    else await writeStream(path, text);
  });
}

/**
 * Adds to a file that others write to as well, such as $GITHUB_STEP_SUMMARY.
 *
 * @throws ReportWriteError
 */
export function appendReport(path: string, text: Text): Promise<void> {
  return explainWriting(path, "the report", async () => appendText(path, text));
}

function appendText(path: string, text: Text): void {
  const file = openFile(path, { access: "append", kinds: ["regular file", "pipe", "device"], links: "own" });
  try {
    // Not in pieces where it can be helped: others write there too.
    for (const bytes of bytesOf(text)) writeFileSync(file, bytes);
  } finally {
    closeSync(file);
  }
}

/** Has `write` write it. Throws ReportWriteError where the system does not let it. */
export async function explainWriting(path: string, what: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw isSystemError(error) ? new ReportWriteError(path, error, what) : error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}

/** Why something could not be written, and what to do, for the end of a sentence. */
export function whyUnwritten(error: NodeJS.ErrnoException): string {
  return `${reasonOf(error)}; ${remedyOf(error.code)}`;
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
    case "ENXIO":
    case "EAGAIN":
      return "start what reads it, or name a file";
    case "ENAMETOOLONG":
      return "name a shorter path";
    case "ELOOP":
      return "name a path whose symbolic links lead somewhere";
    case "EISDIR":
      return "name a file, not a folder";
    default:
      return "name another path";
  }
}
