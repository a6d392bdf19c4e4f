import { createHash } from "node:crypto";
import { once } from "node:events";
import { lstatSync, realpathSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
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
 * @throws UsageError if a live server has it (naming the process), or it is not a socket, or cannot be removed, or its
 * directory is none or closed to this user
 */
export async function claimSocket(path: string): Promise<SocketClaim> {
  const claim = createServer();
  try {
    claim.listen(claimName(path));
    await once(claim, "listening");
  } catch (error) {
    throw codeOf(error) === "EADDRINUSE"
      ? new UsageError(heldBy(path, await listenerOf(path)))
      : asUsageError(path, error);
  }
  try {
    await clear(path);
  } catch (error) {
    await close(claim);
    throw asUsageError(path, error);
  }
  claim.unref();
  return { path, [Symbol.asyncDispose]: () => close(claim) };
}

/** The same for every way to write a path, and short enough whatever its length. */
function claimName(path: string): string {
  const folder = dirname(path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UsageError(`${folder} is not a directory: make it, or choose another --socket`);
  }
  return `\0tt-memwatch claims ${socketDigest(path)}`;
}

/** A name of the socket that is the same for every way to write its path. Throws where its folder is none. */
export function socketDigest(path: string): string {
  const file = join(realpathSync(dirname(path)), basename(path));
  return createHash("sha256").update(file).digest("hex");
}

function asUsageError(path: string, error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  const why = error instanceof Error ? error.message : error;
  return new UsageError(`cannot use ${path}: ${why}: choose another --socket`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : null;
}

async function clear(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) throw new UsageError(`${path} is a directory: choose a name in it with --socket`);
  if (!stat.isSocket()) throw new UsageError(`${path} is a file, not a socket: remove it, or choose another --socket`);
  const listener = await listenerOf(path);
  if (listener !== null) throw new UsageError(heldBy(path, listener));
  rmSync(path, { force: true });
}

function heldBy(path: string, listener: Listener | null): string {
  const who = listener?.pid ? `process ${listener.pid} (${listener.command ?? "hidden"})` : "another server";
  return `${path} belongs to ${who}: use that one, stop it, or choose another --socket`;
}

export interface Listener {
  /** Null where that is not known: it is too busy to accept, or this user may not speak to it. */
  readonly pid: number | null;
  readonly command: string | null;
}

/** The process that listens on a socket; null if none does. */
export async function listenerOf(path: string): Promise<Listener | null> {
  // One connection for both questions: a second one may find no room in the queue.
  const socket = connect(path);
  try {
    await once(socket, "connect");
    const fd = descriptorOf(socket);
    const pid = fd === null ? null : (peerCredentials(fd)?.pid ?? null);
    return { pid, command: pid === null ? null : commandLine(pid) };
  } catch (error) {
    const isNobody = codeOf(error) === "ECONNREFUSED" || codeOf(error) === "ENOENT";
    return isNobody ? null : { pid: null, command: null };
  } finally {
    socket.destroy();
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
