import { type Command, InvalidArgumentError, Option, type OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { pytestAt } from "../../out/report/offered-command.ts";
import { declareJsonFlag } from "../ask/options.ts";

/** More than it takes to find one of a thousand tests. */
const DEFAULT_RUNS_MAX = 30;
const RUNS_MAX = 1000;

export interface BisectOptions {
  readonly command: readonly string[];
  /** pytest's node id; null: the first that fails. */
  readonly test: string | null;
  readonly runsMax: number;
  readonly isJson: boolean;
  /** Whether the runs' own output is shown. */
  readonly isVerbose: boolean;
}

const Flags = z.object({
  test: z.string().min(1).optional(),
  maxRuns: z.number().default(DEFAULT_RUNS_MAX),
  json: z.boolean().default(false),
  verbose: z.boolean().default(false),
});

export function declareBisectFlags(command: Command): Command {
  return declareJsonFlag(command.usage("[options] -- COMMAND [ARGUMENT...]"))
    .option(
      "--test <id>",
      "the failing test to explain (default: the first that ran out of memory, else the first that failed)",
    )
    .addOption(
      new Option(
        "--max-runs <count>",
        `stop after this many runs of the command and report what is known (default: ${DEFAULT_RUNS_MAX})`,
      ).argParser(parseRuns),
    )
    .option("-v, --verbose", "show what the command prints in each run, on standard error")
    .argument("[command...]")
    .passThroughOptions();
}

/** Throws UsageError, which says what is wanted. */
export function parseBisectOptions(values: OptionValues, command: readonly string[]): BisectOptions {
  if (values.test === "")
    throw new UsageError("bisect: --test needs the id of a test, for example tests/test_mlp.py::test_mlp");
  const { test, maxRuns, json, verbose } = Flags.parse(values);
  if (pytestAt(command) === null) {
    const got = command.length === 0 ? "no command" : `"${command.join(" ")}"`;
    throw new UsageError(
      `bisect: got ${got}; wanted one that starts pytest itself, because its tests are chosen anew in each run: tt-memwatch bisect -- pytest tests`,
    );
  }
  return { command, test: test ?? null, runsMax: maxRuns, isJson: json, isVerbose: verbose };
}

function parseRuns(text: string): number {
  const runs = Number(text);
  if (/^\d+$/.test(text) && runs >= 1 && runs <= RUNS_MAX) return runs;
  throw new InvalidArgumentError(`Wanted a number of runs from 1 to ${RUNS_MAX}.`);
}
