import { Argument } from "commander";
import { z } from "zod";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { LISTED_BUFFERS_MAX } from "../../core/model/server-view.ts";
import { askServer } from "../../in/sources/allocation-client.ts";
import { BASELINE_NAME_MAX } from "../../in/wire/server-requests.ts";
import type { CommandRow } from "../command-row.ts";
import { historyOption } from "../history/history-options.ts";
import type { Io } from "../io.ts";
import { type AskOptions, declareAskFlags, parseAskOptions } from "./options.ts";
import { collectDump, comparisonText } from "./server-dump.ts";

const DEFAULT_NAME = "default";

const ACTIONS = ["save", "compare", "update"] as const;

const OwnFlags = z.object({
  from: z.string().optional(),
  history: z.string().optional(),
  json: z.boolean().default(false),
});

const HELP = `
For a suite, in a file for its repository:
  update FILE --from REPORT  writes what a run left: a recording (run --record), a report (run --json) or a run of the
                             history (last, last-green, branch:NAME, run:ID). What the run did not check stays as it is.
                             With run --baseline FILE, only what is new or grew fails.

For a running allocation server:
  save [NAME]     remembers this moment until the server stops
  compare [NAME]  prints what was allocated since and is still live; the exit code is 1 if there is anything

Examples:
  tt-memwatch baseline update memwatch-baseline.txt --from report.json
  tt-memwatch baseline save; pytest tests; tt-memwatch baseline compare`;

export const baselineCommand: CommandRow = {
  name: "baseline",
  summary: "record what a run left, or compare an allocation server with an earlier moment",
  declare: (command) =>
    declareAskFlags(command)
      .usage("[options] update FILE --from REPORT | save [NAME] | compare [NAME]")
      .option("--from <report>", "the run to update the file from")
      .addOption(historyOption())
      .addArgument(new Argument("<action>", "what to do").choices(ACTIONS))
      .argument("[name]", `the file to update, or the name of the moment (default: ${DEFAULT_NAME})`)
      .addHelpText("after", HELP),
  run: async (flags, [action, operand], io) => {
    const { from, history, json } = OwnFlags.parse(flags);
    if (action === "update") {
      const { updateBaselineFile } = await import("../known/update-baseline-file.ts");
      return updateBaselineFile({ file: operand, from, history, isJson: json }, io);
    }
    if (from !== undefined) throw new UsageError("baseline: --from goes with update");
    const name = operand ?? DEFAULT_NAME;
    const options = parseAskOptions(flags, io);
    if (name === "" || name.length > BASELINE_NAME_MAX) {
      throw new UsageError(`a baseline's name has 1 to ${BASELINE_NAME_MAX} characters, got ${name.length}`);
    }
    return action === "save" ? save(name, options, io) : compare(name, options, io);
  },
};

async function save(name: string, { socketPath, isJson, waitMs }: AskOptions, io: Io): Promise<number> {
  for await (const answer of askServer(socketPath, { request: "baseline-save", name }, waitMs)) {
    if (answer.kind !== "end") continue;
    const text = `saved ${printable(name)}: ${count(answer.live, "live buffer")}\n`;
    io.stdout.write(isJson ? `${JSON.stringify({ name, live: answer.live })}\n` : text);
  }
  return ExitCode.clean;
}

async function compare(name: string, { socketPath, isJson, waitMs }: AskOptions, io: Io): Promise<number> {
  const request = { request: "dump", listedMax: LISTED_BUFFERS_MAX, since: name } as const;
  const dump = await collectDump(askServer(socketPath, request, waitMs));
  io.stdout.write(isJson ? `${JSON.stringify({ since: name, ...dump }, null, 2)}\n` : comparisonText(name, dump));
  return dump.live > 0 ? ExitCode.findings : ExitCode.clean;
}
