import { resolve } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../core/base/usage-error.ts";
import { DEFAULT_SOCKET } from "../in/sources/default-socket.ts";
import { SOCKET_PATH_BYTES_MAX } from "../in/sources/socket-folder.ts";

/** The flag that every command that speaks to a server has. */
export function declareSocketFlag(command: Command): Command {
  return command.option("--socket <path>", `the server's socket (default: ${DEFAULT_SOCKET})`);
}

/** An absolute path that fits into a socket's address. */
export function socketPath(path: string, cwd: string): string {
  if (path === "") throw new UsageError('--socket needs a path, got ""');
  const absolute = resolve(cwd, path);
  const bytes = Buffer.byteLength(absolute);
  if (bytes <= SOCKET_PATH_BYTES_MAX) return absolute;
  throw new UsageError(`${absolute} has ${bytes} bytes, more than the ${SOCKET_PATH_BYTES_MAX} of a socket's path`);
}
