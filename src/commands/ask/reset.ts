import { count } from "../../core/base/count.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { askServer } from "../../in/sources/allocation-client.ts";
import type { CommandRow } from "../command-row.ts";
import { declareAskFlags, parseAskOptions } from "./options.ts";

export const resetCommand: CommandRow = {
  name: "reset",
  summary: "make a running allocation server forget what is live",
  declare: (command) => declareAskFlags(command).usage("[options]"),
  run: async (flags, _operands, io) => {
    const { socketPath, isJson, waitMs } = parseAskOptions(flags, io);
    let live = 0;
    for await (const answer of askServer(socketPath, { request: "checkpoint" }, waitMs)) {
      if (answer.kind === "checkpoint") live = answer.live;
    }
    for await (const _ of askServer(socketPath, { request: "reset" }));
    io.stdout.write(isJson ? `${JSON.stringify({ forgotten: live })}\n` : `forgot ${count(live, "live buffer")}\n`);
    return ExitCode.clean;
  },
};
