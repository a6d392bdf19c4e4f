import { resolve } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { NO_TOLERANCE, type Tolerance } from "../../core/known/tolerance.ts";
import type { Baseline } from "../../core/model/baseline.ts";
import type { KnownFindings } from "../../core/model/known-findings.ts";
import type { Suppressions } from "../../core/model/suppression.ts";
import type { NamedFile } from "../different-files.ts";
import { historyFiles } from "../history/history-place.ts";
import type { Io } from "../io.ts";
import type { HistoryPlaceOf } from "./read-source.ts";
import { DEFAULT_SUPPRESSIONS, defaultSuppressions, readSuppressions } from "./read-suppressions.ts";
import { wantedRun } from "./stored-source.ts";
import { toleranceOption } from "./tolerance-option.ts";

/** What the flags say of findings that are known; false: nothing is to be. */
export const KnownFlags = z.object({
  suppressions: z.union([z.string(), z.literal(false)]).optional(),
  baseline: z.union([z.string(), z.literal(false)]).optional(),
  baselineTolerance: z.custom<Tolerance>().optional(),
});

export type KnownFlags = z.output<typeof KnownFlags>;

/** Declares the flags that say which findings are known. */
export function declareKnownFlags(command: Command): Command {
  return command
    .option(
      "--baseline <name>",
      "fail only on what is new or grew since this baseline: a file (tt-memwatch baseline update), or last, last-green or branch:NAME of the history",
    )
    .option("--no-baseline", "compare with no baseline")
    .addOption(toleranceOption("baseline-tolerance"))
    .option(
      "--suppressions <file>",
      `accept the findings that this file names (default: ${DEFAULT_SUPPRESSIONS} if it exists, or those of the recording)`,
    )
    .option("--no-suppressions", "accept no finding");
}

/** The files that say what is known, as far as they are files. `place`: where the history is. */
export function knownFiles({ suppressions, baseline }: KnownFlags, place: HistoryPlaceOf, cwd: string): NamedFile[] {
  const accepted = suppressions === false ? null : (suppressions ?? DEFAULT_SUPPRESSIONS);
  return [
    ...(accepted === null ? [] : [{ name: "--suppressions", path: resolve(cwd, accepted) }]),
    ...(baseline ? baselineFiles(baseline, place, cwd) : []),
  ];
}

function baselineFiles(name: string, place: HistoryPlaceOf, cwd: string): NamedFile[] {
  if (wantedRun(name) !== null) return historyFiles(`--baseline ${name} in`, place());
  return [{ name: "--baseline", path: resolve(cwd, name) }];
}

/**
 * What is known of a run's findings.
 *
 * @param recorded what was known of a run that was recorded, which is so again unless the flags say otherwise; null: it is not recorded
 * @throws UsageError where a file cannot be read, or is wrong
 */
export async function readKnown(
  command: string,
  flags: KnownFlags,
  recorded: KnownFindings | null,
  place: HistoryPlaceOf,
  io: Io,
): Promise<KnownFindings> {
  return {
    suppressions: suppressionsOf(flags, recorded, io),
    baseline: await baselineOf(command, flags, recorded, place, io),
  };
}

function suppressionsOf(
  { suppressions: file }: KnownFlags,
  recorded: KnownFindings | null,
  io: Io,
): Suppressions | null {
  if (file === false) return null;
  if (file !== undefined) return readSuppressions(file, io);
  return recorded === null ? defaultSuppressions(io) : recorded.suppressions;
}

async function baselineOf(
  command: string,
  { baseline: name, baselineTolerance: tolerance }: KnownFlags,
  recorded: KnownFindings | null,
  place: HistoryPlaceOf,
  io: Io,
): Promise<Baseline | null> {
  const usual = name === undefined ? (recorded?.baseline ?? null) : null;
  const baseline = typeof name === "string" ? await namedBaseline(command, name, place, io) : usual;
  if (baseline !== null) return { tolerance: NO_TOLERANCE, ...baseline, ...(tolerance && { tolerance }) };
  if (tolerance === undefined) return null;
  throw new UsageError(`${command}: --baseline-tolerance needs a baseline; name one with --baseline FILE`);
}

/** Loaded only where one is named: it reads recordings and reports too. */
async function namedBaseline(
  command: string,
  name: string,
  place: HistoryPlaceOf,
  io: Io,
): Promise<Pick<Baseline, "name" | "entries">> {
  const { readBaseline } = await import("./read-baseline.ts");
  return readBaseline(command, name, place, io);
}
