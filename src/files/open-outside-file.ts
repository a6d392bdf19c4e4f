import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";

const { O_RDONLY, O_WRONLY, O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;

/** What a path may lead to. */
type FileKind = "regular file" | "pipe" | "device";

/** Somebody else than the owner may put names into a folder with one of these. */
const OTHERS_MAY_WRITE = 0o022;

/** What is read at once, in bytes. */
const PORTION_BYTES = 65_536;

/** What a path leads to that was not asked for. The message says what it is and what was wanted. */
export class OpenError extends Error {
  override readonly name = "OpenError";
  readonly code = "EUNWANTED";
}

export interface WantedFile {
  readonly access: "read" | "write" | "append" | "create";
  readonly kinds: readonly FileKind[];
  /**
   * `refuse`: the path's last part is not a symbolic link. `own`: it may be one, but in a folder that others may write to
   * only this user's or the folder's owner's.
   */
  readonly links: "refuse" | "own";
  /** Largest regular file that is taken. */
  readonly sizeBytesMax?: number;
  /** The user that a file has to belong to. */
  readonly owner?: number | undefined;
  /** Permissions of a file that is made. */
  readonly mode?: number;
}

const FLAGS: Readonly<Record<WantedFile["access"], number>> = {
  read: O_RDONLY,
  write: O_WRONLY,
  append: O_WRONLY | constants.O_APPEND | constants.O_CREAT,
  create: O_RDWR | constants.O_CREAT | constants.O_EXCL,
};

/**
 * Opens a path that came from outside, without ever waiting for it: a pipe that nobody writes to would keep the program
 * for good. What it leads to is looked at before, because opening some devices does something, and again once it is
 * open, because the name may have been given to something else meanwhile.
 *
 * @returns the descriptor, which is the caller's to close
 * @throws OpenError if it is not what is wanted, else the system's error
 */
export function openFile(path: string, wanted: WantedFile): number {
  const isLinkRefused = wanted.links === "refuse" || isLinkOfOthers(path);
  const found = isLinkRefused ? lstatSync(path, { throwIfNoEntry: false }) : statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) check(found, wanted);
  const flags = FLAGS[wanted.access] | O_NONBLOCK | (isLinkRefused ? O_NOFOLLOW : 0);
  const file = openSync(path, flags, wanted.mode ?? 0o666);
  try {
    check(fstatSync(file), wanted);
    return file;
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * The text of a regular file.
 *
 * @throws as `openFile`, also if it grows beyond its limit while it is read
 */
export function readTextFile(path: string, sizeBytesMax: number, links: WantedFile["links"] = "own"): string {
  const file = openFile(path, { access: "read", kinds: ["regular file"], links, sizeBytesMax });
  try {
    return readAll(file, sizeBytesMax).toString("utf8");
  } finally {
    closeSync(file);
  }
}

/** At most the first `bytesMax` of a regular file that others may have put there, as text. */
export function readBeginning(path: string, bytesMax: number, links: WantedFile["links"] = "refuse"): string {
  const file = openFile(path, { access: "read", kinds: ["regular file"], links });
  try {
    const bytes = Buffer.alloc(bytesMax);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytesMax, 0));
  } finally {
    closeSync(file);
  }
}

function readAll(file: number, sizeBytesMax: number): Buffer {
  const portions: Buffer[] = [];
  let size = 0;
  for (;;) {
    const portion = Buffer.alloc(PORTION_BYTES);
    const count = readSync(file, portion, 0, PORTION_BYTES, null);
    if (count === 0) return Buffer.concat(portions, size);
    portions.push(portion.subarray(0, count));
    size += count;
    if (size > sizeBytesMax) throw tooLarge(size, sizeBytesMax);
  }
}

function check(found: Stats, { kinds, sizeBytesMax = Number.POSITIVE_INFINITY, owner }: WantedFile): void {
  const kind = kindOf(found);
  if (!kinds.some((each) => each === kind)) throw new OpenError(`it is a ${kind}, wanted a ${kinds.join(" or ")}`);
  if (found.isFile() && found.size > sizeBytesMax) throw tooLarge(found.size, sizeBytesMax);
  if (owner !== undefined && found.uid !== owner) {
    throw new OpenError(`it belongs to the user ${found.uid}, wanted one of the user ${owner}`);
  }
}

function tooLarge(sizeBytes: number, sizeBytesMax: number): OpenError {
  return new OpenError(`it has ${sizeBytes} bytes, wanted ${sizeBytesMax} at most`);
}

function kindOf(found: Stats): FileKind | "folder" | "symbolic link" | "socket" {
  if (found.isFile()) return "regular file";
  if (found.isDirectory()) return "folder";
  if (found.isFIFO()) return "pipe";
  if (found.isSocket()) return "socket";
  return found.isSymbolicLink() ? "symbolic link" : "device";
}

/** As Linux has it with `protected_symlinks`, which is not switched on everywhere. */
export function isLinkOfOthers(path: string): boolean {
  const link = lstatSync(path, { throwIfNoEntry: false });
  if (link?.isSymbolicLink() !== true || link.uid === process.getuid?.()) return false;
  const folder = statSync(dirname(path), { throwIfNoEntry: false });
  return folder !== undefined && (folder.mode & OTHERS_MAY_WRITE) !== 0 && folder.uid !== link.uid;
}
