import { RunLedger } from "../../core/ledger/run/run-ledger.ts";
import type { RunTimeline } from "../../core/ledger/timeline/run-timeline.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { Rules } from "../../core/model/rules.ts";
import type { RunRecord } from "../../core/model/run-record.ts";
import { RunProgress } from "../../core/report/run-progress.ts";
import { type OldName, PluginSocket, SOCKET_NAME } from "../../in/sources/plugin-socket.ts";
import { folderCandidates, makeSocketFolder } from "../../in/sources/socket-folder.ts";
import { StatusLine, systemClock } from "../../out/live/status-line.ts";
import { runChild } from "../child-process.ts";
import type { Io } from "../io.ts";
import { CountedBytes } from "../regions/counted-bytes.ts";
import { RegionCheck } from "../regions/region-check.ts";
import { SOCKET_VARIABLE } from "../socket-option.ts";
import { openRunTrace, type RunTrace } from "./follow-rings.ts";
import { GuardedLedger } from "./guarded-ledger.ts";
import type { LiveListener } from "./live-run.ts";
import type { RunOptions } from "./options.ts";
import { hasColor } from "./outputs.ts";
import { lastTimelineOf, type Seen } from "./report-of-run.ts";
import { openRunAllocations } from "./server/run-allocations.ts";
import { keepHeapSmall, keepHeapSmallest } from "./small-heap.ts";
import { SourceStatements } from "./source-statements.ts";
import { runEnvironment, type TracingEnvironment } from "./watched-environment.ts";
import type { RunRecording } from "./write-recording.ts";

/** Traced processes announce themselves to the allocation server that the run reports to. */
function serverEnvironment(env: NodeJS.ProcessEnv, { socketPath }: RunOptions): NodeJS.ProcessEnv {
  return { ...env, [SOCKET_VARIABLE]: socketPath };
}

/** What was seen of a command, and how it ended. */
export interface Watched extends Seen {
  readonly commandExitCode: number;
  readonly sources: SourceStatements;
  /** Options of the plugin that were given under an old name. */
  readonly oldNames: readonly OldName[];
}

/** Runs the command once, with everything that listens to it. */
export async function watchCommand(
  options: RunOptions,
  rules: Rules,
  engine: string,
  io: Io,
  recording: RunRecording,
  live: LiveListener,
  timeline: RunTimeline | null,
  interrupted: AbortSignal,
): Promise<Watched> {
  const { faults } = io;
  using folder = makeSocketFolder(folderCandidates(io.env), SOCKET_NAME);
  using status = openStatus(options, io);
  await using allocations = await openRunAllocations(engine, io, options, rules);
  using trace = openRunTrace(options.tracer, recording, timeline);
  const onApplied = (event: RunEvent): void => {
    status.note(event);
    allocations.note(event);
    live.note(event);
  };
  const onHeard = (event: RunEvent): void => {
    recording.event(event);
    faults.guard("drawing the timeline", () => timeline?.apply(event));
  };
  const ledger = new GuardedLedger(trace, io, onHeard, onApplied);
  live.follow(() => (ledger.soFar === null ? null : { ledger: ledger.soFar, trace }));
  using _check = checkRegions(trace, ledger, io);
  await using socket = await PluginSocket.open({
    engine,
    folder,
    target: ledger,
    readsUnsent: !allocations.isPrompt,
    onFault: (error, during) => faults.note(error, during),
  });
  keepHeapSmall();
  faults.commandBegan();
  const { exitCode } = await runChild(options.command, {
    env: runEnvironment(serverEnvironment(io.env, options), socket.path, options.plugin, tracing(trace, options)),
    stderr: io.stderr,
    signal: interrupted,
    output: options.output,
  });
  faults.commandEnded(exitCode);
  await faults.guardAsync("reading what plugins sent last", () => socket.drain());
  const served = await faults.guardAsync("asking the allocation server", () => allocations.report());
  keepHeapSmallest();
  live.commandEnded();
  const seen = seenAtEnd(ledger, trace, timeline, io);
  return {
    ...seen,
    commandExitCode: exitCode,
    warnings: [...socket.warnings(), ...allocations.warnings, ...trace.warnings, ...faultWarnings(io)],
    oldNames: socket.oldNames(),
    allocations: served,
  };
}

type SeenAtEnd = Pick<Watched, "record" | "sources" | "hashOf" | "otherTraced" | "rings" | "timeline">;

/** Takes the record out of the ledger, after which nothing that is heard counts. */
function seenAtEnd(ledger: GuardedLedger, trace: RunTrace, timeline: RunTimeline | null, io: Io): SeenAtEnd {
  const record = io.faults.guard("putting together what was seen", () => ledger.record()) ?? NOTHING_SEEN;
  const sources = new SourceStatements(record);
  return {
    record,
    sources,
    hashOf: sources.hashOf,
    otherTraced: trace.others(),
    rings: trace.rings(),
    timeline: lastTimelineOf(timeline, trace, io),
  };
}

/** Holds what is traced against what processes count themselves, while they run. */
function checkRegions(trace: RunTrace, ledger: GuardedLedger, { faults }: Io): Disposable {
  const check = new RegionCheck({
    counted: new CountedBytes(),
    processes: () => trace.checked(),
    onDifference: ({ process }, difference) => ledger.apply({ kind: "region-difference", process, difference }),
  });
  return check.begin((look) => faults.guard("reading what processes count in regions", look));
}

const NOTHING_SEEN: RunRecord = new RunLedger().record();

/** A report that a fault of ours may have cost something says so. */
function faultWarnings({ faults: { count } }: Io): string[] {
  if (count === 0) return [];
  const times = count === 1 ? "a fault" : `${count} faults`;
  return [`tt-memwatch had ${times} of its own: this report may be incomplete, and standard error says more`];
}

function tracing({ folder }: RunTrace, { tracer }: RunOptions): TracingEnvironment | null {
  return folder === null ? null : { folder, ...tracer };
}

/** The line at the bottom of a terminal, from the first event on. */
function openStatus({ hasStatus, color }: RunOptions, io: Io): Disposable & { note(event: RunEvent): void } {
  if (!hasStatus || io.stderr.isTTY !== true) return { note: () => {}, [Symbol.dispose]: () => {} };
  const isColored = hasColor(color, io.stderr, io.env);
  const line = new StatusLine(io.stderr, { term: io.env.TERM, color: isColored, clock: systemClock });
  const progress = new RunProgress();
  const note = (event: RunEvent): void => {
    progress.note(event);
    line.update(progress.status());
  };
  return { note, [Symbol.dispose]: () => line.close() };
}
