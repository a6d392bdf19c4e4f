import { readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { readBeginning } from "../../files/open-outside-file.ts";
import { makeOwnFolder, type OwnFolder } from "./own-folder.ts";

/** Memory that processes share: a ring there is never written to a disk. */
export const SHARED_MEMORY = "/dev/shm";
export const RING_SUFFIX = ".ring";
const REASON_SUFFIX = ".reason";

/** Of one reason; what follows is not read. */
const REASON_BYTES_MAX = 1_000;

/** Reasons that are read; there is one for each process that could not be traced. */
const REASONS_MAX = 1_000;

/** Where traced processes put their rings: mode 0700, removed with all that is in it. */
export interface RingFolder extends OwnFolder {
  /** Paths of the rings that are there; null where the folder cannot be listed any more. */
  rings(): readonly string[] | null;
  /** Removes one that nobody reads or writes any more. */
  remove(ring: string): void;
  /** Why processes could not be traced, each reason once. */
  reasons(): readonly string[];
}

/** Throws where `/dev/shm` cannot be written to. */
export function makeRingFolder(sharedMemory: string = SHARED_MEMORY): RingFolder {
  const folder = makeOwnFolder(sharedMemory);
  return {
    ...folder,
    rings: () => filesIn(folder.path, RING_SUFFIX),
    remove: (ring) => rmSync(ring, { force: true }),
    reasons: () => reasonsIn(folder.path),
  };
}

/** A ring is named `<pid>.<start time>.ring`. */
export function pidOfRing(path: string): number {
  return Number.parseInt(basename(path), 10) || 0;
}

/** Tests may remove what they find in `/dev/shm`. */
function filesIn(path: string, suffix: string): string[] | null {
  try {
    return readdirSync(path).flatMap((name) => (name.endsWith(suffix) ? [join(path, name)] : []));
  } catch {
    return null;
  }
}

function reasonsIn(path: string): string[] {
  const files = filesIn(path, REASON_SUFFIX) ?? [];
  return [...new Set(files.slice(0, REASONS_MAX).flatMap(reasonIn))];
}

/** What is not a file that can be read gives no reason. */
function reasonIn(file: string): string[] {
  try {
    return [readBeginning(file, REASON_BYTES_MAX)];
  } catch {
    return [];
  }
}
