import { createHash } from "node:crypto";
import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bootId, lifeOf, pidNamespace, processFacts } from "./proc.ts";

/** How the names of such folders begin. */
export const OWN_FOLDER_PREFIX = "tt-memwatch-";
/** Characters that name a boot and a pid namespace. */
const PLACE_CHARACTERS = 8;
/** Where that is hidden: of such a folder nobody knows whether its maker lives. */
const UNKNOWN_PLACE = "unknown";
/** What mkdtemp appends, in bytes. */
const RANDOM_SUFFIX_BYTES = 6;

/** Who made the folder: the place it is known in, pid, start time; then what mkdtemp appends, which is longer in Python. */
const NAME = /^tt-memwatch-([0-9a-f]{8})-(\d+)-(\d+)-\w{6,8}$/;

/** A folder of mode 0700 that is removed with all that is in it. */
export interface OwnFolder extends Disposable {
  readonly path: string;
}

/**
 * Makes a folder that only this user can enter, and removes those in the same place that this user's killed programs
 * left: each has its maker's name, and is removed if that is known to have ended. Throws where `parent` cannot be
 * written to.
 */
export function makeOwnFolder(parent: string): OwnFolder {
  removeAbandoned(parent);
  const path = mkdtempSync(join(parent, ownPrefix()));
  return { path, [Symbol.dispose]: () => remove(path) };
}

/** Bytes of the folder's name, whatever its last characters are. */
export function ownFolderNameBytes(): number {
  return Buffer.byteLength(ownPrefix()) + RANDOM_SUFFIX_BYTES;
}

function ownPrefix(): string {
  const start = processFacts(process.pid)?.startTime ?? "0";
  return `${OWN_FOLDER_PREFIX}${ownPlace()}-${process.pid}-${start}-`;
}

/** A pid and a start time mean something in one pid namespace, until the machine is started again. */
function ownPlace(): string {
  const [boot, namespace] = [bootId(), pidNamespace("self")];
  if (boot === null || namespace === null) return UNKNOWN_PLACE;
  return createHash("sha256").update(`${boot} ${namespace}`).digest("hex").slice(0, PLACE_CHARACTERS);
}

/** Folders in a place that programs of this user made, without those that are known to have ended. */
export function ownFoldersIn(parent: string): readonly string[] {
  const place = ownPlace();
  return namesIn(parent)
    .filter((name) => name.startsWith(OWN_FOLDER_PREFIX) && !isAbandoned(name, place))
    .map((name) => join(parent, name))
    .filter(isOurs);
}

/** Removes folders whose makers, programs of this user, have ended without removing them. */
export function removeAbandoned(parent: string): void {
  const place = ownPlace();
  if (place === UNKNOWN_PLACE) return;
  for (const name of namesIn(parent)) {
    if (isAbandoned(name, place) && isOurs(join(parent, name))) remove(join(parent, name));
  }
}

function namesIn(parent: string): readonly string[] {
  try {
    return readdirSync(parent);
  } catch {
    // A folder that cannot be listed can still be written to.
    return [];
  }
}

function isAbandoned(name: string, ownPlace: string): boolean {
  const [, place, pid, start = ""] = NAME.exec(name) ?? [];
  return place === ownPlace && lifeOf(Number(pid), start) === "ended";
}

function isOurs(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

/** What cannot be removed, or is being written to, stays: the next program tries again. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {}
}
