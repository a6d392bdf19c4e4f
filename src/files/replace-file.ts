import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { getSystemErrorMessage } from "node:util";
import { isLinkOfOthers, OpenError, openFile } from "./open-outside-file.ts";
import { bytesOf, type Text } from "./text-bytes.ts";

/** As Linux: longer chains of symbolic links are loops. */
const LINKS_MAX = 40;

/** Of a file's mode: permissions and what goes with them. */
const MODE_BITS = 0o7777;

/**
 * Where a path leads when its last part's symbolic links are followed, also to a name that is not there yet.
 *
 * @throws the system's error for a loop, OpenError for another user's link where others may write
 */
export function placeOf(path: string): string {
  let place = resolve(path);
  for (let links = 0; links < LINKS_MAX; links += 1) {
    if (lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return place;
    if (isLinkOfOthers(place)) throw new OpenError(`${place} is another user's symbolic link`);
    place = resolve(dirname(place), readlinkSync(place));
  }
  throw systemError("ELOOP");
}

/** Writes all that a file is to have into the descriptor of an empty one; done anew where that was in vain. */
type Fill = (file: number) => void;

/** Gives the file at `place` this text, as `replaceFileBy` does it. */
export function replaceFile(place: string, text: Text, mode?: number): void {
  replaceFileBy(place, (file) => writeAll(file, text), mode);
}

/**
 * Gives the file at `place` what `fill` writes. It appears whole or not at all: it is written beside its place and renamed, with
 * the permissions and owner of what was there. Where that cannot be, because the file is mounted, has several names or
 * an owner that cannot be given to another, or its folder takes no files, it is written where it is.
 *
 * `mode`: permissions of a file that was not there, less what the user's umask takes.
 */
export function replaceFileBy(place: string, fill: Fill, mode = 0o666): void {
  const before = statSync(place, { throwIfNoEntry: false });
  try {
    if (before !== undefined && before.nlink > 1) writeInPlace(place, fill);
    else renameOver(place, fill, before, mode);
  } catch (error) {
    if (before === undefined || before.nlink > 1 || !isNoPlaceForIt(error)) throw error;
    writeInPlace(place, fill);
  }
}

/** Whether `replaceFile` could write there now; makes nothing that stays. Throws the system's error if not. */
export function checkReplaceable(place: string): void {
  try {
    const probe = temporaryBeside(place);
    closeSync(openFile(probe, { access: "create", kinds: ["regular file"], links: "refuse", mode: 0o600 }));
    rmSync(probe, { force: true });
    // Its own name may be too long where the probe's is not.
    lstatSync(place, { throwIfNoEntry: false });
  } catch (error) {
    if (!isNoPlaceForIt(error) || statSync(place, { throwIfNoEntry: false }) === undefined) throw error;
    closeSync(openFile(place, { access: "write", kinds: ["regular file"], links: "refuse" }));
  }
}

/** Of one length whatever the file's name, which may be as long as names can be. */
function temporaryBeside(place: string): string {
  return join(dirname(place), `.tt-memwatch-${randomBytes(6).toString("hex")}.tmp`);
}

function renameOver(place: string, fill: Fill, before: Stats | undefined, modeOfNew: number): void {
  const temporary = temporaryBeside(place);
  const mode = before === undefined ? modeOfNew : 0o600;
  const file = openFile(temporary, { access: "create", kinds: ["regular file"], links: "refuse", mode });
  try {
    try {
      fill(file);
      if (before !== undefined) keepOwner(file, before);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function keepOwner(file: number, before: Stats): void {
  const { uid, gid } = fstatSync(file);
  if (uid !== before.uid || gid !== before.gid) fchownSync(file, before.uid, before.gid);
  // Last: giving a file to another owner takes some of it away.
  fchmodSync(file, before.mode & MODE_BITS);
}

function writeInPlace(place: string, fill: Fill): void {
  const file = openFile(place, { access: "write", kinds: ["regular file"], links: "refuse" });
  try {
    ftruncateSync(file, 0);
    fill(file);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A write may take a part of what it is given. */
function writeAll(file: number, text: Text): void {
  for (const bytes of bytesOf(text)) {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
  }
}

function isNoPlaceForIt(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return code === "EBUSY" || code === "EPERM" || code === "EACCES" || code === "EROFS" || code === "EXDEV";
}

/** An error as the system gives it. */
export function systemError(code: "ELOOP" | "EISDIR"): NodeJS.ErrnoException {
  const errno = -constants.errno[code];
  return Object.assign(new Error(`${code}: ${getSystemErrorMessage(errno)}`), { code, errno });
}
