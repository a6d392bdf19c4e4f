import { z } from "zod";
import { ExitCode } from "../../core/model/exit-code.ts";
import { LISTED_BUFFERS_MAX } from "../../core/model/server-view.ts";
import { askServer } from "../../in/sources/allocation-client.ts";
import type { CommandRow } from "../command-row.ts";
import { declareAskFlags, parseAskOptions } from "./options.ts";
import { collectDump, dumpText } from "./server-dump.ts";

const Flags = z.object({ all: z.boolean().default(false) });

const HELP = `
Prints what is live on the allocation server, after the server has read all that any client sent before. It lists
buffers individually where a device has at most ${LISTED_BUFFERS_MAX} of a type, or with --all.

Example: tt-memwatch dump --json | jq '.groups'`;

export const dumpCommand: CommandRow = {
  name: "dump",
  summary: "print what is live on a running allocation server",
  declare: (command) =>
    declareAskFlags(command)
      .usage("[options]")
      .option("--all", "list every buffer, whatever their number")
      .addHelpText("after", HELP),
  run: async (flags, _operands, io) => {
    const { socketPath, isJson, waitMs } = parseAskOptions(flags, io);
    const listedMax = Flags.parse(flags).all ? null : LISTED_BUFFERS_MAX;
    const dump = await collectDump(askServer(socketPath, { request: "dump", listedMax, since: null }, waitMs));
    io.stdout.write(isJson ? `${JSON.stringify(dump, null, 2)}\n` : dumpText(dump));
    return ExitCode.clean;
  },
};
