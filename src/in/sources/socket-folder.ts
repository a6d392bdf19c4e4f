import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../../core/base/usage-error.ts";
import { makeOwnFolder, type OwnFolder, ownFolderNameBytes } from "./own-folder.ts";

/** Longest path of a Unix socket in bytes: `sun_path` of Linux holds 108, one of them the final zero. */
export const SOCKET_PATH_BYTES_MAX = 107;

/** Where the folder may go, best first. `/tmp` is last because it is short and nearly always there. */
export function folderCandidates(env: Readonly<NodeJS.ProcessEnv>): string[] {
  const runtimeDir = env.XDG_RUNTIME_DIR;
  return [...(runtimeDir?.startsWith("/") ? [runtimeDir] : []), tmpdir(), "/tmp"];
}

/**
 * Makes a folder of our own in the first candidate that can be written to and in which the path of a socket named
 * `socketName` is not too long.
 *
 * @throws UsageError if there is none
 */
export function makeSocketFolder(candidates: readonly string[], socketName: string): OwnFolder {
  let reason = "their paths leave no room for a socket";
  for (const candidate of candidates) {
    if (!hasRoom(candidate, socketName)) continue;
    try {
      return makeOwnFolder(candidate);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  const tried = [...new Set(candidates)].join(", ");
  throw new UsageError(`cannot make a private folder in ${tried} (${reason}): set TMPDIR to a folder you may write to`);
}

/** Whether the path of a socket in a folder of ours there is not too long. */
export function hasRoom(candidate: string, socketName: string): boolean {
  const fixed = Buffer.byteLength(join(candidate, "/")) + ownFolderNameBytes();
  return fixed + 1 + Buffer.byteLength(socketName) <= SOCKET_PATH_BYTES_MAX;
}
