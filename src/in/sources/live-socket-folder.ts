import { accessSync, constants, lstatSync } from "node:fs";
import { join } from "node:path";
import { makeOwnFolder, type OwnFolder, ownFoldersIn } from "./own-folder.ts";
import { hasRoom } from "./socket-folder.ts";

/** The name of the socket at which a program sends its snapshots, in a folder of its own. */
const LIVE_SOCKET_NAME = "live.sock";

/** Programs that are listened to at a time; others wait for a place. */
const LIVE_SOURCES_MAX = 100;

/**
 * Where programs of this user announce themselves: the one place in which those who look for them look. Not in TMPDIR, which
 * differs from one program to the next. null: there is none.
 */
export function livePlace(env: Readonly<NodeJS.ProcessEnv>): string | null {
  const runtimeDir = env.XDG_RUNTIME_DIR;
  const candidates = [...(runtimeDir?.startsWith("/") ? [runtimeDir] : []), `/run/user/${process.getuid?.()}`, "/tmp"];
  return candidates.find((folder) => hasRoom(folder, LIVE_SOCKET_NAME) && isWritable(folder)) ?? null;
}

/** A folder of one program's own there, and the path of its socket. Throws where it cannot be made. */
export function makeLiveFolder(place: string): OwnFolder & { readonly socket: string } {
  const folder = makeOwnFolder(place);
  return { ...folder, socket: join(folder.path, LIVE_SOCKET_NAME) };
}

/** The sockets of all programs of this user that announced themselves there and are not known to have ended. */
export function liveSockets(place: string): readonly string[] {
  const sockets = ownFoldersIn(place).map((folder) => join(folder, LIVE_SOCKET_NAME));
  return sockets.filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSocket()).slice(0, LIVE_SOURCES_MAX);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
