import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import type { Io } from "../io.ts";
import { HISTORY_VARIABLE, type HistoryPlace, historyPlace } from "./history-place.ts";

/** Of one run. */
const LABELS_MAX = 64;
const LABEL_VALUE_LENGTH_MAX = 1_000;

const LABEL = /^([A-Za-z0-9_.-]{1,64})=(.*)$/s;

export type Labels = ReadonlyMap<string, string>;

/** Declares what a command needs that stores a run. */
export function declareStoringFlags(command: Command): Command {
  return command
    .option(
      "--history [where]",
      `store the run in the history: a file NAME.db or NAME.sqlite, or postgres://USER@HOST/DATABASE (default: $${HISTORY_VARIABLE}, else the configuration, else a file of your own)`,
    )
    .option("--no-history", "do not store it, whatever the configuration says")
    .addOption(
      labelOption("label the run in the history; commit, branch, host, board and job replace what was detected"),
    );
}

export const HistoryFlags = z.object({
  history: z.union([z.string(), z.boolean()]).optional(),
  label: z.custom<Labels>().default(new Map()),
});

/** Which history a command reads. */
export function historyOption(): Option {
  return new Option(
    "--history <where>",
    `the history: a file NAME.db or NAME.sqlite, or postgres://USER@HOST/DATABASE (default: $${HISTORY_VARIABLE}, else the configuration, else a file of your own)`,
  );
}

/** Where to store a run, and what to say of it. Throws UsageError, which names the command. */
export function parseStoringFlags(
  command: string,
  { history: flag, label: labels }: z.output<typeof HistoryFlags>,
  io: Io,
): { readonly history: HistoryPlace | null; readonly labels: Labels } {
  const history = historyPlace(command, flag, io);
  if (history === null && labels.size > 0 && flag !== false) {
    throw new UsageError(`${command}: --label is for the history; add --history to store the run there`);
  }
  return { history, labels };
}

export function labelOption(what: string): Option {
  return new Option("--label <name=value>", what).argParser(addLabel);
}

function addLabel(text: string, before: Labels = new Map()): Labels {
  const [, name, value = ""] = LABEL.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError("Wanted NAME=VALUE, for example --label suite=nightly.");
  if (value.length > LABEL_VALUE_LENGTH_MAX) {
    throw new InvalidArgumentError(
      `Its value has ${value.length} characters, wanted ${LABEL_VALUE_LENGTH_MAX} at most.`,
    );
  }
  const labels = new Map(before).set(name, value);
  if (labels.size > LABELS_MAX) throw new InvalidArgumentError(`A run has ${LABELS_MAX} labels at most.`);
  return labels;
}
