import { resolve } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../core/base/usage-error.ts";
import { DEFAULT_SOCKET } from "../in/sources/default-socket.ts";
import { SOCKET_PATH_BYTES_MAX } from "../in/sources/socket-folder.ts";
import type { Io } from "./io.ts";

/** Where plugins, tracers and commands look for a server, where no option says it. */
export const SOCKET_VARIABLE = "TT_MEMWATCH_SERVER_SOCKET";

const DEFAULT_WORDS = `default: $${SOCKET_VARIABLE}, else ${DEFAULT_SOCKET}`;

/** The flag that every command that speaks to a server has. */
export function declareSocketFlag(command: Command, what = "the server's socket"): Command {
  return command.option("--socket <path>", `${what} (${DEFAULT_WORDS})`);
}

/** An absolute path that fits into a socket's address; null stands for what the environment says. */
export function socketPath(path: string | null, { cwd, env }: Pick<Io, "cwd" | "env">): string {
  if (path === "") throw new UsageError('--socket needs a path, got ""');
  const absolute = resolve(cwd, path ?? (env[SOCKET_VARIABLE] || DEFAULT_SOCKET));
  const bytes = Buffer.byteLength(absolute);
  if (bytes <= SOCKET_PATH_BYTES_MAX) return absolute;
  const name = path === null ? `${SOCKET_VARIABLE}: ` : "";
  throw new UsageError(
    `${name}${absolute} has ${bytes} bytes, more than the ${SOCKET_PATH_BYTES_MAX} of a socket's path`,
  );
}
