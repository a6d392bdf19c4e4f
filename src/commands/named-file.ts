import { resolve } from "node:path";
import { UsageError } from "../core/base/usage-error.ts";
import { readTextFile } from "../files/open-outside-file.ts";
import type { Io } from "./io.ts";

/** A kind of file that the user names. */
export interface NamedKind {
  /** "the rules in". */
  readonly what: string;
  /** What to do where it cannot be read. */
  readonly remedy: string;
}

/** The text of a file that the user named. Throws UsageError where it cannot be read. */
export function readNamedFile(
  file: string,
  kind: NamedKind & { readonly sizeBytesMax: number },
  io: Pick<Io, "cwd">,
): string {
  return readingNamed(file, kind, () => readTextFile(resolve(io.cwd, file), kind.sizeBytesMax));
}

/** What `read` gives. Throws UsageError where it cannot. */
export function readingNamed<T>(file: string, { what, remedy }: NamedKind, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${what} ${file} cannot be read: ${whyUnread(error)}; ${remedy}`);
  }
}

/** Why a file or folder could not be opened or read, for a sentence. */
export function whyUnread(error: unknown, what: "file" | "folder" = "file"): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.code === "ENOENT" ? `there is no such ${what}` : error.message;
}
