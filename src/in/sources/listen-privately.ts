import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  linkSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
} from "node:fs";
import type { Server } from "node:net";
import { dirname, join } from "node:path";
import { SOCKET_PATH_BYTES_MAX } from "./socket-folder.ts";

/** What the socket is called in its folder. */
const NAME = "s";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

export interface ListenOptions {
  readonly path: string;
  readonly mode: number;
  /** Group id of the socket's file; null to leave it. */
  readonly gid: number | null;
  readonly backlog: number;
}

/**
 * Makes a server listen at a path that nobody has. The socket is made in a folder of mode 0700 beside its place, gets its
 * group and permissions there, and only then its name: at no time can somebody else put another file where it is being
 * made or changed, and nobody finds it before its permissions are right. What Node removes at the program's end is the
 * name it was made by, not the path, which by then may be another server's.
 *
 * Throws the system's error, EEXIST if the path was taken meanwhile.
 */
export async function listenPrivately(server: Server, { path, mode, gid, backlog }: ListenOptions): Promise<void> {
  // Not join(), which takes a last dot away.
  const folder = mkdtempSync(`${dirname(path)}/.`);
  const descriptor = openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    const made = join(folder, NAME);
    // The folder's own path may be longer than the one that was asked for.
    const bound = Buffer.byteLength(made) <= SOCKET_PATH_BYTES_MAX ? made : `/proc/self/fd/${descriptor}/${NAME}`;
    const umask = process.umask(0o177);
    try {
      server.listen({ path: bound, backlog });
    } finally {
      process.umask(umask);
    }
    await once(server, "listening");
    if (gid !== null) chownSync(made, -1, gid);
    chmodSync(made, mode);
    giveName(made, path);
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A second name never replaces what came there meanwhile; not every file system has them. */
function giveName(made: string, path: string): void {
  try {
    linkSync(made, path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw error;
    renameSync(made, path);
  }
}
