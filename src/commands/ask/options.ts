import type { Command, OptionValues } from "commander";
import { z } from "zod";
import type { Io } from "../io.ts";
import { declareSocketFlag, socketPath } from "../socket-option.ts";

/** Time that `--wait` waits for a server. */
const WAIT_SECONDS = 30;

/** What every command that asks a server has. */
export interface AskOptions {
  readonly socketPath: string;
  readonly isJson: boolean;
  readonly waitMs: number;
}

const Flags = z.object({
  socket: z.string().optional(),
  json: z.boolean().default(false),
  wait: z.boolean().default(false),
});

export function declareAskFlags(command: Command): Command {
  return declareJsonFlag(declareSocketFlag(command)).option(
    "--wait",
    `wait for a server that is being started, up to ${WAIT_SECONDS} seconds`,
  );
}

export function declareJsonFlag(command: Command): Command {
  return command.option("--json", "print the answer as JSON");
}

/** Throws UsageError for what cannot be meant. */
export function parseAskOptions(flags: OptionValues, io: Io): AskOptions {
  const { socket, json, wait } = Flags.parse(flags);
  return { socketPath: socketPath(socket ?? null, io), isJson: json, waitMs: wait ? WAIT_SECONDS * 1000 : 0 };
}
