import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { assertNever } from "../../core/base/assert-never.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import type { RecordedRun } from "../../core/model/recording.ts";
import { withFailedReports } from "../../core/report/decide-exit-code.ts";
import { checkPage } from "../check-page.ts";
import type { CommandRow } from "../command-row.ts";
import { checkDifferent } from "../different-files.ts";
import { earlierRuns } from "../history/earlier-runs.ts";
import { declareStoringFlags, HistoryFlags, parseStoringFlags } from "../history/history-options.ts";
import { historyFiles, historyPlaceOrOwn } from "../history/history-place.ts";
import { type RunToStore, storeRun, toStore } from "../history/store-run.ts";
import type { Io } from "../io.ts";
import { readKnown } from "../known/known-options.ts";
import { openPage } from "../open-page.ts";
import { rulesOf } from "../rules.ts";
import { junitFilesOf } from "../run/junit-files.ts";
import { hasTimeline, writeOutputs } from "../run/outputs.ts";
import { pageExtras } from "../run/page-extras.ts";
import { judgeRun, reportOf } from "../run/report-of-run.ts";
import {
  applyFlags,
  declareJudgingFlags,
  declarePrintingFlags,
  judgingFiles,
  parseReportFlags,
  ReportFlags,
  type ReportOptions,
  reportFiles,
  STDOUT,
} from "../run/report-options.ts";
import { keepHeapSmall } from "../run/small-heap.ts";
import { writeTraceReport } from "../trace/write-trace-report.ts";
import { UiFlag, uiOption } from "../ui-option.ts";
import { untilStopped } from "../until-stopped.ts";
import { openSteps, recordingInSlices, recordingOperand, withRecording } from "./open-recording.ts";
import { type PlayUntil, play, playing } from "./play.ts";
import { playUntil } from "./play-until.ts";
import { RecordingPage } from "./recording-page.ts";
import { replayProgram } from "./replay-program.ts";
import { replayServer } from "./replay-server.ts";
import { factsOf } from "./replayed-run.ts";
import { MOMENT_HELP, parseUntil } from "./until.ts";

const Flags = z.object({ ...ReportFlags.shape, ...HistoryFlags.shape, until: z.string().optional(), ui: UiFlag });

const HELP = `
FILE is what tt-memwatch run --record FILE wrote. The run is judged by its own rules or by others and reported as run reports
it. The exit code is the one that run had, or would have had by these rules.

A recording of tt-memwatch trace is reported as trace did, with --json too. For a recording of tt-memwatch serve, replay
prints what tt-memwatch dump would have printed at the end, or with --until at a time, to about a second (with --details:
dump --all). A recording has no counters of tt-memwatch stats and no books of serve --compat.

Examples:
  tt-memwatch replay run.mcap
  tt-memwatch replay --rules memwatch.toml --html report.html run.mcap
  tt-memwatch replay --until tests/test_mlp.py::test_mlp run.mcap
  tt-memwatch replay --until 1m30s run.mcap
  tt-memwatch replay --ui run.mcap`;

export const replayCommand: CommandRow = {
  name: "replay",
  summary: "report on a run that was recorded",
  declare: (command: Command) => {
    declareJudgingFlags(command.usage("[options] FILE"));
    declareStoringFlags(command);
    return declarePrintingFlags(command)
      .addOption(uiOption("show it in the browser, in outline until all of it is read"))
      .option("--until <test or time>", `report the run as it was ${MOMENT_HELP}`)
      .argument("[file]")
      .addHelpText("after", HELP);
  },
  run: (flags, operands, io) => replay(flags, operands, io),
};

async function replay(values: OptionValues, operands: readonly string[], io: Io): Promise<number> {
  keepHeapSmall();
  const flags = Flags.parse(values);
  // First: "--history run.mcap" leaves no operand, and the place it names says what is wrong.
  const stored = parseStored(flags, io);
  const file = recordingOperand("replay", operands);
  const until = flags.until === undefined ? null : parseUntil("replay: --until", flags.until);
  const options = parseReportFlags("replay", flags, values, io.cwd);
  if (flags.ui !== null) checkPage("replay", "--ui");
  const place = () => stored?.place ?? historyPlaceOrOwn("replay", undefined, io);
  const recording = { name: "FILE", path: resolve(io.cwd, file) };
  const added = historyFiles("--history", stored?.place ?? null);
  checkDifferent("replay", [recording, ...judgingFiles(options, place, io.cwd), ...added], reportFiles(options));
  const begun = withRecording("replay", file, io, (reader) => openSteps(reader).begun);
  if (stored !== null && begun.source !== "run") {
    throw new UsageError(`replay: --history keeps runs; this is a recording of ${begun.source}`);
  }
  if (begun.source !== "run" && until?.kind === "test") {
    const source = `a recording of tt-memwatch ${begun.source}`;
    throw new UsageError(`replay: --until ${until.test}: ${source} does not say when tests end; name a time`);
  }
  if (begun.source !== "run" && flags.ui !== null) {
    throw new UsageError(`replay: --ui shows runs; this is a recording of ${begun.source}`);
  }
  const upTo = until === null ? null : playUntil("replay", until, file, io);
  switch (begun.source) {
    case "run":
      return replayRun({ file, run: begun, until: upTo, uiPort: flags.ui }, options, stored, io);
    case "trace":
      return replayTrace(file, upTo, options, io);
    case "serve":
      return replayServer(file, upTo, options, io);
    default:
      return assertNever(begun);
  }
}

/** What the environment says is about runs: their history is not to have each look at a recording. */
function parseStored(flags: z.output<typeof Flags>, io: Io): RunToStore | null {
  const { history, labels } = parseStoringFlags("replay", { ...flags, history: flags.history ?? false }, io);
  if (history === null) return null;
  if (flags.until !== undefined) throw new UsageError("replay: --history keeps whole runs; leave out --until");
  return toStore(history, labels);
}

/** Of which run, up to where, and where its page is; null: it has none. */
interface ToReplay {
  readonly file: string;
  readonly run: RecordedRun;
  readonly until: PlayUntil | null;
  readonly uiPort: number | null;
}

async function replayRun(
  { file, run, until, uiPort }: ToReplay,
  options: ReportOptions,
  stored: RunToStore | null,
  io: Io,
): Promise<number> {
  const given = options.rulesFile === null ? null : rulesOf(options.rulesFile, io);
  await using opened = new AsyncDisposableStack();
  const page = uiPort === null ? null : new RecordingPage(file, run);
  if (page !== null) opened.use(await openPage("replay", page, () => page.snapshot(), uiPort ?? 0, io));
  // Of a part of a recording there is no outline.
  if (until === null) await page?.outline(io);
  const taken = { until, hasTimeline: page !== null || hasTimeline(options) };
  const played =
    page === null
      ? withRecording("replay", file, io, (reader) => play(reader, taken, io))
      : await recordingInSlices("replay", file, io, (reader) => {
          page.reads(() => reader.readableBytes / reader.sizeBytes);
          return playing(reader, taken, io);
        });
  const rules = applyFlags(given ?? played.run.rules, options);
  const place = () => stored?.place ?? historyPlaceOrOwn("replay", undefined, io);
  const known = await readKnown("replay", options.known, played.run.known, place, io);
  const judged = judgeRun(played, { rules, known, startedAt: played.run.startedAt }, io);
  // Pages are told in between that we are there.
  await setImmediate();
  const report = reportOf(played, judged, factsOf(played), io);
  // pytest's own file was the run's to add to; here it is only if the user names it.
  const named = new Set(options.files.map(({ path }) => path));
  const merged = new Set([...junitFilesOf(report)].filter((path) => named.has(path)));
  const hasPage = page !== null || hasTimeline(options);
  const earlier = stored === null || !hasPage ? null : await earlierRuns(stored.place, report.run.startedAt, io);
  const extras = pageExtras(played, report, options, earlier);
  await io.faults.guardAsync("showing the recording on its page", async () => {
    await page?.ended(report, extras, judged.findings);
  });
  const areAllWritten = await writeOutputs(report, extras, options, merged, io);
  if (stored !== null) await storeRun(stored, report, io);
  if (page !== null) await untilStopped(io);
  return withFailedReports(report.run.exitCode, !areAllWritten);
}

/** A program without tests has no findings: what trace prints, and its JSON. */
async function replayTrace(file: string, until: PlayUntil | null, options: ReportOptions, io: Io): Promise<number> {
  if (until?.kind === "test") throw new Error("a traced program has no tests");
  const other = options.files.find(({ format }) => format !== "json");
  if (other !== undefined) {
    throw new UsageError(`replay: --${other.format}: a recording of tt-memwatch trace has no findings; use --json`);
  }
  const report = withRecording("replay", file, io, (reader) => replayProgram(reader, until));
  const [json] = options.files;
  const isWritten = await writeTraceReport(report, json === undefined ? null : (json.path ?? STDOUT), io);
  return withFailedReports(report.commandExitCode ?? ExitCode.nothingChecked, !isWritten);
}
