import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { makeOwnFolder, type OwnFolder } from "./own-folder.ts";
import { hasRoom } from "./socket-folder.ts";

/** The name of the socket at which a program tells what it knows now, in a folder of its own. */
const LIVE_SOCKET_NAME = "live.sock";

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

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
