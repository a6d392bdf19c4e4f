import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { compareLeftovers } from "../../core/known/compare-two-runs.ts";
import { NO_TOLERANCE, type Tolerance } from "../../core/known/tolerance.ts";
import type { ComparedRun, Comparison } from "../../core/model/comparison.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { diffMarkdown } from "../../out/report/known/diff-markdown.ts";
import { diffText } from "../../out/report/known/diff-text.ts";
import type { CommandRow } from "../command-row.ts";
import { historyOption } from "../history/history-options.ts";
import { historyPlaceOrOwn } from "../history/history-place.ts";
import type { Io } from "../io.ts";
import { filesThere } from "./gone-files.ts";
import { type HistoryPlaceOf, type NamedRun, readSource } from "./read-source.ts";
import { toleranceOption } from "./tolerance-option.ts";

const DIFF_SCHEMA_ID = "urn:tt-memwatch:diff:1";

const Flags = z.object({
  json: z.boolean().default(false),
  markdown: z.boolean().default(false),
  verbose: z.boolean().default(false),
  tolerance: z.custom<Tolerance>().default(NO_TOLERANCE),
  history: z.string().optional(),
});

type Flags = z.output<typeof Flags>;

const HELP = `
BEFORE and AFTER are recordings (run --record FILE), reports (run --json FILE) or runs of the history: last, last-green
(the last that exited with 0), branch:NAME or run:ID. What they left is matched by signature and test, even if the test's
file was renamed or its largest buffer is of another class of sizes. It is new, grew, same, shrank or gone, or not checked
if the later run did not check the test or all of its parameters. Memory that was freed in time or expected does not count,
nor do limits of peaks.

The exit code is 1 if a finding that fails in the later run is new or grew, 3 if that run checked no test, and 0 otherwise.

Examples:
  tt-memwatch diff main.json today.json
  tt-memwatch diff branch:main last
  tt-memwatch diff --tolerance 10% --markdown main.mcap today.mcap >> "$GITHUB_STEP_SUMMARY"`;

export const diffCommand: CommandRow = {
  name: "diff",
  summary: "compare what two runs left: what is new, grew, shrank or is gone",
  declare: (command: Command) =>
    command
      .usage("[options] BEFORE AFTER")
      .option("--json", "print the comparison as JSON")
      .option("--markdown", "print the comparison as Markdown")
      .option("-v, --verbose", "also list what did not change")
      .addOption(toleranceOption("tolerance"))
      .addOption(historyOption())
      .argument("[before]")
      .argument("[after]")
      .addHelpText("after", HELP),
  run: async (values: OptionValues, operands: readonly string[], io: Io) => {
    const flags = Flags.parse(values);
    if (flags.json && flags.markdown) throw new UsageError("diff: --json and --markdown are two formats; name one");
    const { comparison, hasChecked } = await compare(operands, flags, io);
    io.stdout.write(rendered(comparison, flags));
    if (comparison.leftovers.some(({ fails }) => fails)) return ExitCode.findings;
    return hasChecked ? ExitCode.clean : ExitCode.nothingChecked;
  },
};

/** Two runs, and whether the later one checked anything. */
interface Compared {
  readonly comparison: Comparison;
  readonly hasChecked: boolean;
}

async function compare([before, after]: readonly string[], { tolerance, history }: Flags, io: Io): Promise<Compared> {
  if (!before || !after) {
    throw new UsageError("diff: name two runs, the earlier one first: tt-memwatch diff BEFORE AFTER");
  }
  return compareNamed(before, after, tolerance, () => historyPlaceOrOwn("diff", history, io), io);
}

/** Two runs by the names that the user gave. Throws UsageError where one of them cannot be read. */
export async function compareNamed(
  before: string,
  after: string,
  tolerance: Tolerance,
  place: HistoryPlaceOf,
  io: Io,
): Promise<Compared> {
  const [was, is] = [await readSource("diff", before, place, io), await readSource("diff", after, place, io)];
  const leftovers = compareLeftovers(was, is, tolerance, filesThere(is.rootDirs, is.tests));
  return {
    comparison: { before: headOf(was), after: headOf(is), leftovers },
    hasChecked: is.tests.some(({ state }) => state === "checked"),
  };
}

function headOf({ name, run: { command, startedAt } }: NamedRun): ComparedRun {
  return { name, command, startedAt };
}

function rendered(comparison: Comparison, { json, markdown, verbose }: Flags): string {
  if (json) return `${JSON.stringify({ schema: DIFF_SCHEMA_ID, ...comparison }, null, 2)}\n`;
  return markdown ? diffMarkdown(comparison) : diffText(comparison, verbose);
}
