import { type Command, InvalidArgumentError, Option, type OptionValues } from "commander";
import { z } from "zod";
import { parseSize } from "../../core/base/bytes.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { FINDING_STATES, type FindingState } from "../../core/model/history.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { ACTIONS, checkWords, type HistoryAction } from "./check-history-words.ts";
import { historyOption, type Labels, labelOption } from "./history-options.ts";
import { historyPlaceOrOwn } from "./history-place.ts";
import type { HistoryRequest } from "./history-request.ts";

const DEFAULT_LIMIT = 20;
const LIMIT_MAX = 1_000_000;
const DAYS_MAX = 100_000;

const Flags = z.object({
  history: z.string().optional(),
  branch: z.string().optional(),
  host: z.string().optional(),
  board: z.string().optional(),
  label: z.custom<Labels>().default(new Map()),
  state: z.custom<readonly FindingState[]>().default(FINDING_STATES),
  limit: z.number().default(DEFAULT_LIMIT),
  keepDays: z.number().optional(),
  keepSize: z.number().optional(),
  json: z.boolean().default(false),
});

const HELP = `
runs           lists the stored runs, newest first (the default)
findings       lists what runs left, by signature: whether it is new, came back, is known or fixed, and since when
test ID        shows what a test left and needed over the runs, with a chart
prune          removes the oldest runs, by --keep-days and --keep-size or else by the configuration
export         writes each run to standard output, as a line of JSON
import FILE    stores what export wrote, without runs that are stored already; - is standard input

tt-memwatch run --history stores a run. A finding's state is that of the last run that checked its test.

Examples:
  tt-memwatch run --history -- pytest tests
  tt-memwatch history findings --branch main
  tt-memwatch history test tests/test_mlp.py::test_mlp
  tt-memwatch history export | tt-memwatch history import --history=postgres://ci@db/memwatch -`;

export const historyCommand: CommandRow = {
  name: "history",
  summary: "list stored runs, and findings that were new, known, fixed or came back",
  declare: (command: Command) =>
    command
      .usage("[options] [runs | findings | test ID | prune | export | import FILE]")
      .addOption(historyOption())
      .option("--branch <name>", "only runs of this branch")
      .option("--host <name>", "only runs on this host")
      .option("--board <name>", "only runs on this board")
      .addOption(labelOption("only runs with this label"))
      .addOption(
        new Option("--state <states>", "only findings in these states, e.g. new,came-back").argParser(parseStates),
      )
      .addOption(limitOption())
      .addOption(daysOption())
      .addOption(
        new Option("--keep-size <size>", 'prune: how much space all runs may take, e.g. "1 GB"').argParser(parseBytes),
      )
      .option("--json", "print the answer as JSON")
      .argument("[action]")
      .argument("[name]")
      .addHelpText("after", HELP),
  run: async (values: OptionValues, operands: readonly string[], io: Io) => {
    const action = actionOf(operands);
    checkWords(action, Object.keys(values), operands[1] ?? null);
    const request = requestOf(values, operands, io);
    const { HISTORY_ACTIONS } = await import("./history-actions.ts");
    return HISTORY_ACTIONS[action](request, io);
  },
};

function actionOf([word = "runs"]: readonly string[]): HistoryAction {
  const action = ACTIONS.find((known) => known === word);
  if (action !== undefined) return action;
  throw new UsageError(`history: there is no "${word}"; wanted one of ${ACTIONS.join(", ")}`);
}

function requestOf(values: OptionValues, [, operand, ...more]: readonly string[], io: Io): HistoryRequest {
  const flags = Flags.parse(values);
  if (more.length > 0) throw new UsageError(`history: "${more[0]}" is one word too many`);
  const { branch = null, host = null, board = null, label: labels } = flags;
  return {
    place: historyPlaceOrOwn("history", flags.history, io),
    operand: operand ?? null,
    filter: { branch, host, board, labels, beforeMs: null },
    states: new Set(flags.state),
    limit: flags.limit,
    keepDays: flags.keepDays ?? null,
    keepBytes: flags.keepSize ?? null,
    isJson: flags.json,
  };
}

function limitOption(): Option {
  return new Option("--limit <count>", `list at most this many runs (default: ${DEFAULT_LIMIT})`).argParser((text) => {
    return wholeNumber(text, LIMIT_MAX, "runs");
  });
}

function daysOption(): Option {
  return new Option("--keep-days <count>", "prune: how old a run may be").argParser((text) => {
    return wholeNumber(text, DAYS_MAX, "days");
  });
}

function wholeNumber(text: string, max: number, what: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
  throw new InvalidArgumentError(`Wanted a number of ${what} from 1 to ${max}.`);
}

function parseStates(text: string): readonly FindingState[] {
  return text.split(",").map((name) => {
    const state = FINDING_STATES.find((known) => known === name.trim());
    if (state !== undefined) return state;
    throw new InvalidArgumentError(`Wanted some of ${FINDING_STATES.join(", ")}.`);
  });
}

function parseBytes(text: string): number {
  try {
    return parseSize(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
