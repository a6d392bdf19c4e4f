import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option, type OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { VERDICTS, type Verdict } from "../../core/model/finding.ts";
import type { Rules } from "../../core/model/rules.ts";
import { DEFAULT_SOCKET } from "../../in/sources/default-socket.ts";
import { FILE_FORMATS, type FileFormat, REPORTERS } from "../../out/report/reporters.ts";
import { checkWritable } from "../check-writable.ts";
import type { Io } from "../io.ts";
import { sayRenamed } from "../renamed.ts";
import { SOCKET_VARIABLE, socketPath } from "../socket-option.ts";
import { type PluginOptions, pluginVariables } from "./environment.ts";
import { declareLimitFlags, limitWords, parseLimits } from "./limits.ts";
import { checkPluginEnvironment, REPEATS_MAX } from "./plugin-environment.ts";
import { declareTracerFlags, parseTracerFlags, TracerFlags, type TracerOptions } from "./tracer-options.ts";

/** Two more times tell what grows from what is kept. */
const DEFAULT_REPEATS = 2;
const RUNS_MAX = 100;

/** As many as a screen has room for. */
const DEFAULT_PEAKS = 10;
const PEAKS_MAX = 1_000_000;

const CLEAR_MODES = ["always", "growth", "never"] as const;
const COLOR_MODES = ["auto", "always", "never"] as const;
const ANNOTATE_MODES = ["auto", "github", "never"] as const;
/** Standard output as a report's file. */
const STDOUT = "-";

/** What --strict makes fail beside what fails anyway. */
const STRICT_VERDICTS: readonly Verdict[] = ["fragmentation", "untrusted", "bad-mark", "fixed"];

/** A report that goes to a file with an absolute path, or to standard output (null). */
interface ReportFile {
  readonly format: FileFormat;
  readonly path: string | null;
}

export interface RunOptions {
  readonly command: readonly string[];
  /** How often to run it. */
  readonly runs: number;
  /** null: the defaults. */
  readonly rulesFile: string | null;
  /** null: what the rules say. */
  readonly failOn: readonly Verdict[] | null;
  readonly isStrict: boolean;
  readonly files: readonly ReportFile[];
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** Options as they were given that decide which verdict a finding gets, and whether that fails. */
  readonly verdictWords: readonly string[];
  /** Prints each finding, however many have one cause. */
  readonly isDetailed: boolean;
  /** How many tests that had most live at once to print; null: none. */
  readonly peaks: number | null;
  readonly hasStatus: boolean;
  readonly color: (typeof COLOR_MODES)[number];
  /** `auto`: where GitHub's runner says that it is one. */
  readonly annotate: (typeof ANNOTATE_MODES)[number];
  readonly plugin: PluginOptions;
  /** Of the allocation server. */
  readonly socketPath: string;
  /** Whether the user says which server that is; by default there need not be one. */
  readonly isServerNamed: boolean;
  readonly tracer: TracerOptions;
}

/** The file of one format of the report. */
const FileFlag = z.string().optional();

const Flags = z.object({
  rules: z.string().optional(),
  failOn: z.string().optional(),
  strict: z.boolean().default(false),
  quiet: z.boolean().default(false),
  verbose: z.boolean().default(false),
  details: z.boolean().default(false),
  status: z.boolean().default(true),
  color: z.enum(COLOR_MODES).default("auto"),
  annotate: z.enum(ANNOTATE_MODES).default("auto"),
  clear: z.enum(CLEAR_MODES).optional(),
  confirm: z.union([z.number(), z.literal(true).transform(() => DEFAULT_REPEATS)]).optional(),
  peaks: z
    .union([z.number(), z.literal(true).transform(() => DEFAULT_PEAKS)])
    .nullable()
    .default(null),
  runs: z.number().optional(),
  /** The old name of `runs`. */
  repeat: z.number().optional(),
  explain: z.boolean().default(false),
  hostMemory: z.boolean().default(true),
  ...TracerFlags.shape,
  socket: z.string().optional(),
});

/** Declares the flags of `tt-memwatch run`. */
export function declareRunFlags(command: Command): Command {
  command
    .usage("[options] -- COMMAND [ARGUMENT...]")
    .option("--rules <file>", "judge by the rules in this file instead of the defaults (see: tt-memwatch rules)")
    .option("--fail-on <verdicts>", "fail only on these verdicts, e.g. leak,suspect")
    .option("--strict", `also fail on ${STRICT_VERDICTS.join(", ")}`);
  for (const format of FILE_FORMATS) command.option(`--${format} <file>`, REPORTERS[format].help);
  declareTracerFlags(command)
    .option("-q, --quiet", "print the report only if something fails or nothing could be checked")
    .option("-v, --verbose", "also print why memory was expected, and each remaining buffer")
    .addOption(peaksOption())
    .option("--details", "print each finding on its own and whole, however many there are")
    .option(
      "--socket <path>",
      `the allocation server to report to as well (default: what ${SOCKET_VARIABLE} says, or ${DEFAULT_SOCKET})`,
    )
    .option("--no-status", "do not show a status line while the command runs")
    .addOption(new Option("--color <when>", "colour the report").choices(COLOR_MODES))
    .addOption(
      new Option(
        "--annotate <host>",
        "print findings as workflow commands that GitHub shows beside the code; auto (default): where GITHUB_ACTIONS=true",
      ).choices(ANNOTATE_MODES),
    )
    .addOption(new Option("--clear <mode>", "when to clear the program cache after a test").choices(CLEAR_MODES));
  return declareLimitFlags(command)
    .addOption(confirmOption())
    .addOption(runsOption("--runs <count>"))
    .addOption(runsOption("--repeat <count>").hideHelp())
    .option(
      "--explain",
      "name the ttnn function behind each buffer allocated inside an operation (slow: for a few tests)",
    )
    .option("--no-host-memory", "do not look whether the host memory of the tests' processes grows with the tests")
    .argument("[command...]")
    .passThroughOptions();
}

function runsOption(name: string): Option {
  const what = "run the command this many times, the first to warm up, and report whether the memory it leaves grows";
  return new Option(name, what).argParser((text) => {
    const runs = Number(text);
    if (/^\d+$/.test(text) && runs >= 1 && runs <= RUNS_MAX) return runs;
    throw new InvalidArgumentError(`Wanted a number of runs from 1 to ${RUNS_MAX}.`);
  });
}

function peaksOption(): Option {
  const what = `also print which tests had most device memory live at once (without a number: ${DEFAULT_PEAKS} of them)`;
  return new Option("--peaks [count]", what).argParser((text) => {
    const tests = Number(text);
    if (/^\d+$/.test(text) && tests >= 1 && tests <= PEAKS_MAX) return tests;
    throw new InvalidArgumentError(`Wanted a number of tests from 1 to ${PEAKS_MAX}.`);
  });
}

function confirmOption(): Option {
  const what = `repeat each test that left memory, in the same process, to see whether it grows (without a number: ${DEFAULT_REPEATS} times)`;
  return new Option("--confirm [times]", what).argParser(parseRepeats);
}

function parseRepeats(text: string): number {
  const times = Number(text);
  if (/^\d+$/.test(text) && times <= REPEATS_MAX) return times;
  throw new InvalidArgumentError(`Wanted a number of repeats from 0 to ${REPEATS_MAX}.`);
}

/** Checks everything that can be checked before the command starts. Throws UsageError. */
export function parseRunOptions(values: OptionValues, command: readonly string[], io: Io): RunOptions {
  if (command.length === 0) {
    throw new UsageError("run: say which command to run, for example: tt-memwatch run -- pytest tests");
  }
  const flags = Flags.parse(values);
  const files = FILE_FORMATS.flatMap((format) => reportFile(format, FileFlag.parse(values[format]), io.cwd));
  checkDifferent(files);
  const tracer = parseTracerFlags(flags, io);
  const server = socketPath(flags.socket ?? null, io);
  sayRenamed(
    [
      { was: "--repeat", now: "--runs", isUsed: flags.repeat !== undefined },
      { was: "TT_MEMWATCH_TRACE", now: "TT_MEMWATCH_TRACE_LIMIT", isUsed: Boolean(io.env.TT_MEMWATCH_TRACE) },
    ],
    io,
  );
  const plugin: PluginOptions = {
    clear: flags.clear ?? null,
    limits: parseLimits(values),
    confirm: flags.confirm ?? null,
    isExplained: flags.explain,
    looksAtHost: flags.hostMemory,
  };
  checkPluginEnvironment({ ...io.env, ...pluginVariables(plugin) });
  return {
    command,
    runs: flags.runs ?? flags.repeat ?? 1,
    rulesFile: flags.rules ?? null,
    failOn: flags.failOn === undefined ? null : parseVerdicts(flags.failOn),
    isStrict: flags.strict,
    files,
    isQuiet: flags.quiet,
    isVerbose: flags.verbose,
    isDetailed: flags.details,
    peaks: flags.peaks,
    verdictWords: verdictWords(flags, values),
    hasStatus: flags.status,
    color: flags.color,
    annotate: flags.annotate,
    socketPath: server,
    // A run names its server to what it starts, whether the user named it or not.
    isServerNamed: flags.socket !== undefined || server !== DEFAULT_SOCKET,
    tracer,
    plugin,
  };
}

function verdictWords(flags: z.output<typeof Flags>, values: OptionValues): readonly string[] {
  const given: readonly (readonly [string, string | undefined])[] = [
    ["--rules", flags.rules],
    ["--fail-on", flags.failOn],
    ["--clear", flags.clear],
    ...limitWords(values),
    ["--tracer", flags.tracer ?? flags.trace],
  ];
  return [
    ...given.flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    ...(flags.strict ? ["--strict"] : []),
    ...(flags.confirm === undefined ? [] : [`--confirm=${flags.confirm}`]),
  ];
}

/** The rules with what the flags change of them. */
export function applyFlags(rules: Rules, { failOn, isStrict }: Pick<RunOptions, "failOn" | "isStrict">): Rules {
  const verdicts = [...(failOn ?? rules.failOn), ...(isStrict ? STRICT_VERDICTS : [])];
  return { ...rules, failOn: [...new Set(verdicts)] };
}

function parseVerdicts(text: string): Verdict[] {
  return text.split(",").map((name) => {
    const verdict = VERDICTS.find((known) => known === name.trim());
    if (verdict !== undefined) return verdict;
    throw new UsageError(`run: --fail-on got "${name.trim()}"; wanted some of ${VERDICTS.join(", ")}`);
  });
}

function reportFile(format: FileFormat, value: string | undefined, cwd: string): ReportFile[] {
  if (value === undefined) return [];
  if (value === STDOUT) return [{ format, path: null }];
  const path = resolve(cwd, value);
  checkWritable("run", `--${format}`, path);
  return [{ format, path }];
}

function checkDifferent(files: readonly ReportFile[]): void {
  const [twice] = [...Map.groupBy(files, ({ path }) => path).values()].filter((group) => group.length > 1);
  if (twice === undefined) return;
  const flags = twice.map(({ format }) => `--${format}`).join(" and ");
  const place = twice[0]?.path ?? "standard output";
  throw new UsageError(`run: ${flags} both name ${place}; give each report a file of its own`);
}
