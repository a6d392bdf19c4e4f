import { once } from "node:events";
import { lstatSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { UsageError } from "../../core/base/usage-error.ts";
import { descriptorOf } from "./adopt-socket.ts";
import { peerCredentials } from "./libc.ts";
import { commandLine } from "./proc.ts";

/**
 * The sole right to make, replace and remove a socket's file, as long as this process lives: an abstract socket named
 * after it, which the system takes back at the process's end, however that comes.
 */
export interface SocketClaim extends AsyncDisposable {
  readonly path: string;
}

/**
 * Claims a path and clears it of a file that no server listens on any more.
 *
 * @throws UsageError if a live server has it (naming the process), or it is no socket, or cannot be removed
 */
export async function claimSocket(path: string): Promise<SocketClaim> {
  const claim = createServer();
  claim.listen(`\0tt-memwatch claims ${path}`);
  const failure = await Promise.race([once(claim, "listening").then(() => null), once(claim, "error")]);
  if (failure !== null) throw new UsageError(await heldBy(path));
  try {
    await clear(path);
  } catch (error) {
    await close(claim);
    throw error;
  }
  claim.unref();
  return { path, [Symbol.asyncDispose]: () => close(claim) };
}

async function clear(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new UsageError(`${path} is a file, not a socket: remove it, or choose another --socket`);
  if (await isListenedTo(path)) throw new UsageError(await heldBy(path));
  unlinkSync(path);
}

async function isListenedTo(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function heldBy(path: string): Promise<string> {
  const owner = await listenerOf(path);
  const who = owner === null ? "another server" : `process ${owner.pid} (${owner.command ?? "hidden"})`;
  return `${path} belongs to ${who}: use that one, stop it, or choose another --socket`;
}

/** The process that listens on a socket; null if none does or it cannot be told. */
export async function listenerOf(path: string): Promise<{ pid: number; command: string | null } | null> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    const fd = descriptorOf(socket);
    const credentials = fd === null ? null : peerCredentials(fd);
    return credentials === null ? null : { pid: credentials.pid, command: commandLine(credentials.pid) };
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
