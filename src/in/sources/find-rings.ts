import { closeSync, fstatSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { openFile } from "../../files/open-outside-file.ts";
import { parseRingHeader } from "../regions/ring-header.ts";
import { HEADER_READ_BYTES } from "../regions/ring-layout.ts";
import { OWN_FOLDER_PREFIX } from "./own-folder.ts";
import { processFacts } from "./proc.ts";
import { RING_SUFFIX, SHARED_MEMORY } from "./ring-folder.ts";
import { socketDigest } from "./socket-claim.ts";

/** Rings that are looked at in one search. */
const RINGS_MAX = 4_096;

/** A ring of a process that runs here. */
export interface FoundRing {
  readonly path: string;
  readonly pid: number;
  /** Whose file it is. */
  readonly user: number;
}

/**
 * The rings of running processes that would have announced themselves to the server on `socketPath`, had it been there
 * when they started. `isKnown` leaves out those that need not be looked at.
 */
export function findRings(socketPath: string, isKnown: (path: string) => boolean): readonly FoundRing[] {
  const server = serverId(socketPath);
  const folders = namesIn(SHARED_MEMORY).filter((name) => name.startsWith(OWN_FOLDER_PREFIX));
  const paths = folders
    .map((name) => join(SHARED_MEMORY, name))
    .flatMap((folder) => namesIn(folder).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(RING_SUFFIX) && !isKnown(path));
  return paths.slice(0, RINGS_MAX).flatMap((path) => ringFor(server, path) ?? []);
}

/** What a ring's header calls a server. */
function serverId(socketPath: string): bigint {
  return Buffer.from(socketDigest(socketPath), "hex").readBigUInt64LE(0);
}

/** Null for what cannot be read, is not a ring, is another server's, or of no process that runs here. */
function ringFor(server: bigint, path: string): FoundRing | null {
  try {
    const file = openFile(path, { access: "read", kinds: ["regular file"], links: "refuse" });
    try {
      const bytes = Buffer.alloc(HEADER_READ_BYTES);
      const { size, uid } = fstatSync(file);
      const header = parseRingHeader(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, 0)), size);
      if (header?.server !== server) return null;
      const isRunning = processFacts(header.pid)?.startTime === String(header.startTicks);
      return isRunning ? { path, pid: header.pid, user: uid } : null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
