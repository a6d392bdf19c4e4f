import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Longest path of a Unix socket in bytes: `sun_path` of Linux holds 108, one of them the final zero. */
export const SOCKET_PATH_BYTES_MAX = 107;

const FOLDER_PREFIX = "tt-memwatch-";
/** What mkdtemp appends to the prefix, in bytes. */
const RANDOM_SUFFIX_BYTES = 6;

/** A folder of mode 0700 that is removed with all that is in it. */
export interface PrivateFolder extends Disposable {
  readonly path: string;
}

/** Where the folder may go, best first. `/tmp` is last because it is short and always there. */
export function folderCandidates(env: NodeJS.ProcessEnv): string[] {
  const runtimeDir = env.XDG_RUNTIME_DIR;
  return [...(runtimeDir?.startsWith("/") ? [runtimeDir] : []), tmpdir(), "/tmp"];
}

/**
 * Makes a folder that only this user can enter, in the first candidate that can be written to and in which the path of
 * a socket named `socketName` is not too long. Throws the last candidate's error when there is none.
 */
export function makePrivateFolder(candidates: readonly string[], socketName: string): PrivateFolder {
  let failure: unknown = new Error(`no folder whose path leaves room for a socket: ${candidates.join(", ")}`);
  for (const candidate of candidates) {
    if (!hasRoom(candidate, socketName)) continue;
    try {
      const path = mkdtempSync(join(candidate, FOLDER_PREFIX));
      return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function hasRoom(candidate: string, socketName: string): boolean {
  const fixed = Buffer.byteLength(join(candidate, FOLDER_PREFIX)) + RANDOM_SUFFIX_BYTES;
  return fixed + 1 + Buffer.byteLength(socketName) <= SOCKET_PATH_BYTES_MAX;
}
