import { type Command, InvalidArgumentError, Option, type OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { REPEATS_MAX } from "../../core/model/repeats-max.ts";
import { DEFAULT_SOCKET } from "../../in/sources/default-socket.ts";
import { checkPage } from "../check-page.ts";
import { checkDifferent } from "../different-files.ts";
import { declareStoringFlags, HistoryFlags, type Labels, parseStoringFlags } from "../history/history-options.ts";
import { type HistoryPlace, historyFiles, historyPlaceOrOwn } from "../history/history-place.ts";
import type { Io } from "../io.ts";
import type { KnownFlags } from "../known/known-options.ts";
import { declareMetricsFlags, MetricsFlags, type MetricsOptions, metricsOptions } from "../metrics-options.ts";
import { RECORD_FLAG, RECORD_HELP, recordingFiles, recordingPath } from "../recording-path.ts";
import { sayRenamed } from "../renamed.ts";
import { SOCKET_VARIABLE, socketPath } from "../socket-option.ts";
import { UiFlag, uiOption } from "../ui-option.ts";
import { checkPluginEnvironment } from "./check-plugin-environment.ts";
import { declareLimitFlags, limitWords, parseLimits } from "./limit-options.ts";
import {
  declareJudgingFlags,
  declarePrintingFlags,
  isStdoutTaken,
  judgingFiles,
  parseReportFlags,
  ReportFlags,
  type ReportOptions,
  reportFiles,
} from "./report-options.ts";
import { declareTracerFlags, parseTracerFlags, TracerFlags, type TracerOptions } from "./tracer-options.ts";
import { type PluginOptions, pluginVariables } from "./watched-environment.ts";

/** Two more times distinguish what grows from what is kept. */
const DEFAULT_REPEATS = 2;
/** Once is enough for what is made on first use. */
const DEFAULT_WARM_UPS = 1;
const RUNS_MAX = 100;

const CLEAR_MODES = ["always", "growth", "never"] as const;
export interface RunOptions extends ReportOptions {
  readonly command: readonly string[];
  /** How often to run it. */
  readonly runs: number;
  /** Absolute; null: nothing is recorded. */
  readonly recordingFile: string | null;
  /** null: the run is not stored. */
  readonly history: HistoryPlace | null;
  readonly labels: Labels;
  /** Options as they were given that decide which verdict a finding gets, and whether that fails. */
  readonly verdictWords: readonly string[];
  readonly hasStatus: boolean;
  /** Where what the command writes to its standard output goes; `hidden`: nobody sees that, nor its standard error. */
  readonly output: "stdout" | "stderr" | "hidden";
  readonly plugin: PluginOptions;
  /** Of the allocation server. */
  readonly socketPath: string;
  /** Whether the user says which server that is; by default there need not be one. */
  readonly isServerNamed: boolean;
  readonly tracer: TracerOptions;
  /** Where the page is served, 0 for any port that is free; null: nowhere. */
  readonly uiPort: number | null;
  readonly metrics: MetricsOptions;
}

const Flags = z.object({
  ...ReportFlags.shape,
  status: z.boolean().default(true),
  clear: z.enum(CLEAR_MODES).optional(),
  confirm: z.union([z.number(), z.literal(true).transform(() => DEFAULT_REPEATS)]).optional(),
  record: z.string().optional(),
  warmUp: z.union([z.number(), z.literal(true).transform(() => DEFAULT_WARM_UPS)]).optional(),
  runs: z.number().optional(),
  /** The old name of `runs`. */
  repeat: z.number().optional(),
  ...HistoryFlags.shape,
  explain: z.boolean().default(false),
  hostMemory: z.boolean().default(true),
  ...TracerFlags.shape,
  socket: z.string().optional(),
  ui: UiFlag,
  ...MetricsFlags.shape,
});

/** Declares the flags of `tt-memwatch run`. */
export function declareRunFlags(command: Command): Command {
  declareJudgingFlags(command.usage("[options] -- COMMAND [ARGUMENT...]"));
  declareTracerFlags(command).option(RECORD_FLAG, RECORD_HELP);
  declareStoringFlags(command);
  declareMetricsFlags(declarePrintingFlags(command))
    .option(
      "--socket <path>",
      `the allocation server to report to as well (default: $${SOCKET_VARIABLE}, else ${DEFAULT_SOCKET})`,
    )
    .addOption(uiOption())
    .option("--no-status", "do not show a status line while the command runs")
    .addOption(new Option("--clear <mode>", "when to clear the program cache after a test").choices(CLEAR_MODES));
  return declareLimitFlags(command)
    .addOption(confirmOption())
    .addOption(warmUpOption())
    .addOption(runsOption("--runs <count>"))
    .addOption(runsOption("--repeat <count>").hideHelp())
    .option(
      "--explain",
      "name the ttnn function behind each buffer allocated inside an operation (slow: for a few tests)",
    )
    .option("--no-host-memory", "do not check whether the host memory of the test processes grows")
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

function confirmOption(): Option {
  const what = `repeat each test that left memory, in the same process, to see whether it grows (without a number: ${DEFAULT_REPEATS} times)`;
  return new Option("--confirm [times]", what).argParser(parseRepeats);
}

function warmUpOption(): Option {
  const what = `ignore what the first runs of each test leave: this many, in the same process (without a number: ${DEFAULT_WARM_UPS})`;
  return new Option("--warm-up [times]", what).argParser(parseRepeats);
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
  const report = parseReportFlags("run", flags, values, io.cwd);
  const runs = flags.runs ?? flags.repeat ?? 1;
  if (runs > 1) checkIsOfSeveralRuns(flags);
  if (flags.ui !== null) checkPage("run", "--ui");
  const recordingFile = recordingPath("run", flags.record, io.cwd);
  const storing = parseStoringFlags("run", flags, io);
  const place = () => storing.history ?? historyPlaceOrOwn("run", undefined, io);
  checkDifferent(
    "run",
    [...judgingFiles(report, place, io.cwd), ...historyFiles("--history", storing.history)],
    [...reportFiles(report), ...recordingFiles(recordingFile)],
  );
  const tracer = parseTracerFlags(flags, io);
  const server = socketPath(flags.socket ?? null, io);
  sayRenamed(
    [
      { was: "--repeat", now: "--runs", isUsed: flags.repeat !== undefined },
      { was: "TT_MEMWATCH_TRACE", now: "TT_MEMWATCH_TRACE_LIMIT", isUsed: Boolean(io.env.TT_MEMWATCH_TRACE) },
    ],
    io,
  );
  const plugin = pluginOptions(flags, values);
  checkPluginEnvironment({ ...io.env, ...pluginVariables(plugin) });
  return {
    command,
    runs,
    ...report,
    recordingFile,
    ...storing,
    verdictWords: verdictWords(flags, values),
    hasStatus: flags.status,
    output: isStdoutTaken(report) ? "stderr" : "stdout",
    socketPath: server,
    // A run names its server to what it starts, whether the user named it or not.
    isServerNamed: flags.socket !== undefined || server !== DEFAULT_SOCKET,
    tracer,
    plugin,
    uiPort: flags.ui,
    metrics: metricsOptions(flags, io.env),
  };
}

function checkIsOfSeveralRuns({ record, ui }: z.output<typeof Flags>): void {
  if (record !== undefined) throw new UsageError("run: --record keeps one run; leave out --runs");
  if (ui !== null) throw new UsageError("run: --ui shows one run; leave out --runs");
}

function pluginOptions(flags: z.output<typeof Flags>, values: OptionValues): PluginOptions {
  return {
    clear: flags.clear ?? null,
    limits: parseLimits(values),
    confirm: flags.confirm ?? null,
    warmUp: flags.warmUp ?? null,
    isExplained: flags.explain,
    looksAtHost: flags.hostMemory,
  };
}

function verdictWords(flags: z.output<typeof Flags>, values: OptionValues): readonly string[] {
  const given: readonly (readonly [string, string | undefined])[] = [
    ["--rules", flags.rules],
    ["--fail-on", flags.failOn],
    ...knownWords(flags),
    ["--clear", flags.clear],
    ...limitWords(values),
    ["--tracer", flags.tracer ?? flags.trace],
  ];
  return [
    ...given.flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    ...(flags.strict ? ["--strict"] : []),
    ...(flags.suppressions === false ? ["--no-suppressions"] : []),
    ...(flags.confirm === undefined ? [] : [`--confirm=${flags.confirm}`]),
    ...(flags.warmUp === undefined ? [] : [`--warm-up=${flags.warmUp}`]),
  ];
}
/** Those that say which findings are known. */
function knownWords({ baseline, suppressions }: KnownFlags): readonly (readonly [string, string | undefined])[] {
  return [
    ["--baseline", baseline || undefined],
    ["--suppressions", suppressions || undefined],
  ];
}
