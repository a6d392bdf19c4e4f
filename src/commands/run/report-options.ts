import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option, type OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { VERDICTS, type Verdict } from "../../core/model/finding.ts";
import type { Rules } from "../../core/model/rules.ts";
import { FILE_FORMATS, type FileFormat, REPORTERS } from "../../out/report/reporters.ts";
import { checkPage } from "../check-page.ts";
import { checkWritable } from "../check-writable.ts";
import type { NamedFile } from "../different-files.ts";
import { declareKnownFlags, KnownFlags, knownFiles } from "../known/known-options.ts";
import type { HistoryPlaceOf } from "../known/read-source.ts";

/** As many as a screen has room for. */
const DEFAULT_PEAKS = 10;
const PEAKS_MAX = 1_000_000;

const COLOR_MODES = ["auto", "always", "never"] as const;
const ANNOTATE_MODES = ["auto", "github", "never"] as const;

/** Standard output as a report's file. */
export const STDOUT = "-";

/** What --strict makes fail beside what fails anyway. */
const STRICT_VERDICTS: readonly Verdict[] = ["fragmentation", "untrusted", "bad-mark", "fixed"];

/** A report that goes to a file with an absolute path, or to standard output (null). */
interface ReportFile {
  readonly format: FileFormat;
  readonly path: string | null;
}

/** How a run is judged, and where the report goes: of a run that is watched, and of one that was recorded. */
export interface ReportOptions {
  /** null: the defaults. */
  readonly rulesFile: string | null;
  /** null: what the rules say. */
  readonly failOn: readonly Verdict[] | null;
  readonly isStrict: boolean;
  readonly known: KnownFlags;
  readonly files: readonly ReportFile[];
  /** Whether the page shows lines of the suite's files. */
  readonly hasSource: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** Prints each finding, however many have one cause. */
  readonly isDetailed: boolean;
  /** How many tests that had most live at once to print; null: none. */
  readonly peaks: number | null;
  readonly color: (typeof COLOR_MODES)[number];
  /** `auto`: where GitHub's runner says that it is one. */
  readonly annotate: (typeof ANNOTATE_MODES)[number];
}

/** The file of one format of the report. */
const FileFlag = z.string().optional();

export const ReportFlags = z.object({
  ...KnownFlags.shape,
  rules: z.string().optional(),
  failOn: z.string().optional(),
  strict: z.boolean().default(false),
  quiet: z.boolean().default(false),
  verbose: z.boolean().default(false),
  details: z.boolean().default(false),
  color: z.enum(COLOR_MODES).default("auto"),
  annotate: z.enum(ANNOTATE_MODES).default("auto"),
  source: z.boolean().default(true),
  peaks: z
    .union([z.number(), z.literal(true).transform(() => DEFAULT_PEAKS)])
    .nullable()
    .default(null),
});

/** Declares the flags of what is judged, and those of each report's file. */
export function declareJudgingFlags(command: Command): Command {
  command
    .option("--rules <file>", "judge by the rules in this file instead of the defaults (see: tt-memwatch rules)")
    .option("--fail-on <verdicts>", "fail only on these verdicts, e.g. leak,suspect")
    .option("--strict", `also fail on ${STRICT_VERDICTS.join(", ")}`);
  declareKnownFlags(command);
  for (const format of FILE_FORMATS) command.option(`--${format} <file>`, REPORTERS[format].help);
  return command.option("--no-source", "keep the lines of your files out of the page");
}

/** Declares the flags of what is printed. */
export function declarePrintingFlags(command: Command): Command {
  return command
    .option("-q, --quiet", "print the report only if something fails or nothing could be checked")
    .option("-v, --verbose", "also print why memory was expected, and each remaining buffer")
    .addOption(peaksOption())
    .option("--details", "print every finding separately and in full")
    .addOption(new Option("--color <when>", "colour the report").choices(COLOR_MODES))
    .addOption(
      new Option(
        "--annotate <host>",
        "print findings as workflow commands that GitHub shows beside the code; auto (default): where GITHUB_ACTIONS=true",
      ).choices(ANNOTATE_MODES),
    );
}

function peaksOption(): Option {
  const what = `also print the tests with the most device memory live at once (without a number: ${DEFAULT_PEAKS})`;
  return new Option("--peaks [count]", what).argParser((text) => {
    const tests = Number(text);
    if (/^\d+$/.test(text) && tests >= 1 && tests <= PEAKS_MAX) return tests;
    throw new InvalidArgumentError(
      `Wanted a number of tests from 1 to ${PEAKS_MAX}. Write --peaks=${DEFAULT_PEAKS} if another word follows.`,
    );
  });
}

/** `values`: with the file of each format. Throws UsageError, which names the command. */
export function parseReportFlags(
  command: string,
  flags: z.output<typeof ReportFlags>,
  values: OptionValues,
  cwd: string,
): ReportOptions {
  return {
    rulesFile: flags.rules ?? null,
    failOn: flags.failOn === undefined ? null : parseVerdicts(command, flags.failOn),
    isStrict: flags.strict,
    known: KnownFlags.parse(flags),
    files: FILE_FORMATS.flatMap((format) => reportFile(command, format, FileFlag.parse(values[format]), cwd)),
    isQuiet: flags.quiet,
    isVerbose: flags.verbose,
    isDetailed: flags.details,
    peaks: flags.peaks,
    color: flags.color,
    annotate: flags.annotate,
    hasSource: flags.source,
  };
}

/** Whether a report goes to standard output, so that nothing else may. */
export function isStdoutTaken({ files }: Pick<ReportOptions, "files">): boolean {
  return files.some(({ path }) => path === null);
}

/** The rules with what the flags change of them. */
export function applyFlags(rules: Rules, { failOn, isStrict }: Pick<ReportOptions, "failOn" | "isStrict">): Rules {
  const verdicts = [...(failOn ?? rules.failOn), ...(isStrict ? STRICT_VERDICTS : [])];
  return { ...rules, failOn: [...new Set(verdicts)] };
}

function parseVerdicts(command: string, text: string): Verdict[] {
  return text.split(",").map((name) => {
    const verdict = VERDICTS.find((known) => known === name.trim());
    if (verdict !== undefined) return verdict;
    throw new UsageError(`${command}: --fail-on got "${name.trim()}"; wanted some of ${VERDICTS.join(", ")}`);
  });
}

function reportFile(command: string, format: FileFormat, value: string | undefined, cwd: string): ReportFile[] {
  if (value === undefined) return [];
  if (format === "html") checkPage(command, "--html");
  if (value === STDOUT) return [{ format, path: null }];
  const path = resolve(cwd, value);
  checkWritable(command, `--${format}`, path);
  return [{ format, path }];
}

/** The files that a run is judged by. `place`: where the history is. */
export function judgingFiles(
  { rulesFile, known }: Pick<ReportOptions, "rulesFile" | "known">,
  place: HistoryPlaceOf,
  cwd: string,
): NamedFile[] {
  const rules = rulesFile === null ? [] : [{ name: "--rules", path: resolve(cwd, rulesFile) }];
  return [...rules, ...knownFiles(known, place, cwd)];
}

/** The files that reports go to. */
export function reportFiles({ files }: Pick<ReportOptions, "files">): NamedFile[] {
  return files.map(({ format, path }) => ({ name: `--${format}`, path }));
}
