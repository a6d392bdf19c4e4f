import { closeSync, fstatSync, lstatSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import type { RegionImage, UnreadRegion } from "../../core/model/memory-region.ts";
import { OpenError, openFile } from "../../files/open-outside-file.ts";
import { RegionError } from "../regions/region-error.ts";
import { parseRegion, regionId } from "../regions/region-image.ts";
import { REGION_BYTES_MAX } from "../regions/region-layout.ts";

/** Regions that are read of a folder: there is one for each chip of a machine. */
export const REGIONS_MAX = 1_024;

/** Copies of a region that is being written to; the last one is taken as it is. */
const COPIES_MAX = 4;

/** A file by what the system knows it by, whatever its name. */
export interface RegionFile {
  readonly path: string;
  /** As /proc/PID/maps has them. */
  readonly device: string;
  readonly inode: string;
}

/** A region as it is now. */
export interface ReadRegion {
  readonly file: RegionFile;
  readonly image: RegionImage;
}

export interface RegionFolderContent {
  readonly regions: readonly ReadRegion[];
  readonly unread: readonly UnreadRegion[];
  /** Files beyond those that are read. */
  readonly leftOut: number;
}

/**
 * Reads all regions that lie in a folder, by id. Nothing is written, and each is opened anew: a file that was removed and
 * made again is another one.
 *
 * @throws what the system says, where the folder cannot be listed
 */
export function readRegions(folder: string): RegionFolderContent {
  const found = readdirSync(folder)
    .flatMap((name) => {
      const id = regionId(name);
      return id === null ? [] : [{ id, path: join(folder, name) }];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const content = { regions: [] as ReadRegion[], unread: [] as UnreadRegion[] };
  for (const { id, path } of found.slice(0, REGIONS_MAX)) {
    try {
      content.regions.push(readRegion(path, id));
    } catch (error) {
      // One that has gone meanwhile is not a region any more.
      if (codeOf(error) !== "ENOENT") content.unread.push({ path, reason: reasonOf(error, path) });
    }
  }
  return { ...content, leftOut: Math.max(0, found.length - REGIONS_MAX) };
}

function readRegion(path: string, id: bigint): ReadRegion {
  const file = openFile(path, { access: "read", kinds: ["regular file"], links: "refuse" });
  try {
    const { dev, ino, size } = fstatSync(file, { bigint: true });
    const image = parseRegion(settledCopy(file), id, Number(size));
    if (image === null) throw new RegionError("whoever makes it has not finished: look again");
    return { file: { path, device: mapsDevice(dev), inode: `${ino}` }, image };
  } finally {
    closeSync(file);
  }
}

/** A copy that is the same twice, so that its counters belong together; of one that changes all the time the last. */
function settledCopy(file: number): Buffer {
  let copy = copyOf(file);
  for (let copies = 1; copies < COPIES_MAX; copies += 1) {
    const again = copyOf(file);
    if (again.equals(copy)) return again;
    copy = again;
  }
  return copy;
}

/** By reading, not by mapping: a file that somebody shortens meanwhile is a short copy and no SIGBUS. */
function copyOf(file: number): Buffer {
  const bytes = Buffer.allocUnsafe(REGION_BYTES_MAX);
  return bytes.subarray(0, readSync(file, bytes, 0, REGION_BYTES_MAX, 0));
}

/** A device number as /proc/PID/maps writes it: major and minor, in hexadecimal. */
function mapsDevice(dev: bigint): string {
  const major = (dev >> 8n) & 0xfffn;
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xfff00n);
  return [major, minor].map((part) => part.toString(16).padStart(2, "0")).join(":");
}

function reasonOf(error: unknown, path: string): string {
  if (error instanceof RegionError || error instanceof OpenError) return error.message;
  if (codeOf(error) === "EACCES" || codeOf(error) === "EPERM") {
    const uid = lstatSync(path, { throwIfNoEntry: false })?.uid;
    return `it belongs to the user ${uid}, and nobody else may read it: look as that user or as root`;
  }
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : null;
}
