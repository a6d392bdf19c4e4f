import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../core/base/usage-error.ts";
import { DEFAULT_SOCKET } from "../in/sources/allocation-socket.ts";
import type { Io } from "./io.ts";
import { declareSocketFlag, socketPath } from "./serve-options.ts";

/** Seconds that `--wait` waits where no number is given. */
const WAIT_SECONDS = 10;
const WAIT_SECONDS_MAX = 3_600;

/** What every command that asks a server has. */
export interface AskOptions {
  readonly socketPath: string;
  readonly isJson: boolean;
  readonly waitMs: number;
}

const Flags = z.object({
  socket: z.string().min(1).default(DEFAULT_SOCKET),
  json: z.boolean().default(false),
  wait: z.union([z.literal(true), z.string()]).optional(),
});

export function declareAskFlags(command: Command): Command {
  return declareSocketFlag(command)
    .option("--json", "print the answer as JSON")
    .option("--wait [seconds]", `wait for a server that is being started (default: ${WAIT_SECONDS})`);
}

/** Throws UsageError for what cannot be meant. */
export function parseAskOptions(flags: OptionValues, io: Io): AskOptions {
  const { socket, json, wait } = Flags.parse(flags);
  return { socketPath: socketPath(socket, io.cwd), isJson: json, waitMs: parseWait(wait) * 1000 };
}

function parseWait(wait: string | true | undefined): number {
  if (wait === undefined) return 0;
  if (wait === true) return WAIT_SECONDS;
  const seconds = Number(wait);
  if (wait.trim() !== "" && seconds >= 0 && seconds <= WAIT_SECONDS_MAX) return seconds;
  throw new UsageError(`--wait ${wait}: want seconds from 0 to ${WAIT_SECONDS_MAX}`);
}
