import type { AllocationsReport } from "../model/allocations-report.ts";
import { deviceId } from "../model/device.ts";
import type { ProcessInfo } from "../model/event.ts";
import { gradedOf } from "../model/finding-order.ts";
import { MEMORY_TYPES } from "../model/memory-type.ts";
import type { Allocation, DeviceLooks, ProcessRecord, RunRecord, TestRecord } from "../model/run-record.ts";
import type {
  DeviceOfTest,
  HeldMemory,
  HostReport,
  LostTest,
  ProcessReport,
  ProcessTracing,
  RunReport,
  RunSummary,
  TestReport,
  TracedProcess,
} from "../model/run-report.ts";
import { type HostGrowth, hostGrowths } from "../verdicts/host-growth.ts";
import { clashReport } from "./clash-report.ts";
import { exitCodeOf } from "./decide-exit-code.ts";
import { exposedReports } from "./exposed-to-replay.ts";
import { type OfProcess, outOfMemoryReport } from "./out-of-memory.ts";
import { PeakParts, peakReports } from "./peak-reports.ts";
import { TestPositions } from "./test-positions.ts";

/** What is known of a run beside what was recorded of it. */
export type RunFacts = Pick<
  RunSummary,
  "command" | "invocation" | "cwd" | "engine" | "startedAt" | "durationMs" | "commandExitCode" | "warnings"
>;

/** What was found, and what of that is known. */
export type Judged = Pick<RunReport, "findings" | "suppressions" | "baseline">;

export const NOTHING_JUDGED: Judged = { findings: [], suppressions: null, baseline: null };

/** Puts together everything a report can show. */
export function buildRunReport(
  record: RunRecord,
  judged: Judged,
  facts: RunFacts,
  allocations: AllocationsReport | null,
  otherTraced: readonly TracedProcess[],
): RunReport {
  const infos: Infos = new Map(record.processes.map(({ process, info }) => [process, info]));
  const tests = testReports(record, infos);
  const unfreed = record.allocations.filter(isHeld);
  const counts = countTests(tests);
  const graded = gradedOf({ ...judged, allocations });
  const run: RunSummary = {
    ...facts,
    exitCode: exitCodeOf(facts.commandExitCode, graded, counts, record.processes),
    processes: processReports(record),
    tests: counts,
    repeatedTests: countRepeatedTests(record),
    lost: lostTests(record.processes, unfreed),
    tracing: record.processes.flatMap(tracingOf),
    otherTraced,
    refused: record.refused,
  };
  const ofProcess = partsByProcess(record, infos);
  return {
    run,
    tests,
    ...judged,
    remaining: remainingMemory(record.processes, unfreed),
    outOfMemory: record.outOfMemory.map((moment) => outOfMemoryReport(moment, ofProcess(moment.process))),
    clashes: record.clashes.map((clash) => clashReport(clash, ofProcess(clash.process))),
    exposedToReplay: exposedReports(record),
    allocations,
    reruns: null,
  };
}

/** Of each process, by its number. */
type Infos = ReadonlyMap<number, ProcessInfo>;

function testReports(record: RunRecord, infos: Infos): TestReport[] {
  const parts = new PeakParts();
  return ownAttempts(record).map((test) => testReport(test, infos.get(test.process), parts));
}

/** Tests that were run again once they had been warmed up, by their first repeat that counts. */
function countRepeatedTests(record: RunRecord): number {
  const warmUps = new Map(
    ownAttempts(record).map(({ process, ref, warmUp }) => [`${process} ${ref.test}`, warmUp?.runs ?? 0]),
  );
  const repeated = record.tests.filter(({ process, ref, repeat }) => {
    return repeat === 1 + (warmUps.get(`${process} ${ref.test}`) ?? 0);
  });
  return repeated.length;
}

function processReports({ processes, tests }: RunRecord): ProcessReport[] {
  const hosts = new Map(hostGrowths(tests).map((growth) => [growth.process, hostReport(growth)]));
  return processes.map((process) => processReport(process, hosts.get(process.process) ?? null));
}

/** What reports on memory that ran out need of the process it ran out in. */
function partsByProcess({ tests }: RunRecord, infos: Infos): (process: number) => OfProcess {
  const positions = new TestPositions(tests);
  return (process) => {
    const { pid = 0, rootDir = "/" } = infos.get(process) ?? {};
    return {
      pid,
      rootDir,
      positionOf: (ref) => positions.of(process, ref),
      runOf: (ref) => positions.runOf(process, ref),
    };
  };
}

/** Of processes that a test was forked into, all ended with them. */
function remainingMemory(processes: readonly ProcessRecord[], unfreed: readonly Allocation[]): HeldMemory[] {
  const endedForks = new Set(processes.filter(isEndedFork).map(({ process }) => process));
  const pids = new Map(processes.map(({ process, info }) => [process, info.pid]));
  return heldMemory(
    unfreed.filter(({ process }) => !endedForks.has(process)),
    pids,
  );
}

/** A child that was forked for a test and ended: its memory ended with it. */
function isEndedFork({ info, end }: ProcessRecord): boolean {
  return info.role === "fork" && end !== "still-running";
}

/** Nobody freed it, its device goes on, and more than pytest's own books of a test hold it. */
function isHeld({ death, endedWithDevice, keptBy }: Allocation): boolean {
  return death === null && endedWithDevice === null && (keptBy === null || keptBy === "failure");
}

/** The attempts that pytest itself asked for: without repeats. */
export function ownAttempts(record: RunRecord): readonly TestRecord[] {
  return record.tests.filter(({ repeat }) => repeat === 0);
}

/** How many tests are in each state. */
function countTests(tests: readonly Pick<TestReport, "state">[]): RunSummary["tests"] {
  const count = (wanted: TestReport["state"]) => tests.filter(({ state }) => state === wanted).length;
  return { checked: count("checked"), notChecked: count("not-checked"), noDevice: count("no-device") };
}

function processReport(
  { info, sessions, exitStatus, end, dropped }: ProcessRecord,
  host: HostReport | null,
): ProcessReport {
  return { ...info, sessions: sessions.length, exitStatus, end, droppedMessages: dropped, host };
}

function hostReport({ beforeBytes, afterBytes, withTests }: HostGrowth): HostReport {
  return { beforeBytes, afterBytes, growsWithTests: withTests !== null };
}

/** Controllers start workers and touch no device. */
function tracingOf({ info, trace }: ProcessRecord): ProcessTracing[] {
  return trace.state === null || info.role === "controller" ? [] : [{ pid: info.pid, ...trace }];
}

function testReport(test: TestRecord, info: ProcessInfo | undefined, parts: PeakParts): TestReport {
  return {
    test: test.ref.test,
    attempt: test.ref.attempt,
    pid: info?.pid ?? 0,
    session: test.session,
    worker: info?.worker ?? null,
    outcome: test.outcome,
    durationMs: test.durationMs,
    state: stateOf(test),
    // A list that was added to has room for more, and there are many of them.
    devices: test.devices.flatMap(deviceOfTest).slice(),
    peaks: peakReports(test, info, parts),
    host: test.host,
    otherPids: test.otherPids,
  };
}

/** A test that never ended was not looked at afterwards, so nothing is known of what it left. */
export function stateOf(
  test: Pick<TestRecord, "notChecked" | "outcome" | "devices" | "otherPids">,
): TestReport["state"] {
  if (test.notChecked.length > 0 || test.outcome === null) return "not-checked";
  return test.devices.length + test.otherPids.length === 0 ? "no-device" : "checked";
}

function deviceOfTest({ device, looks }: DeviceLooks): DeviceOfTest[] {
  const before = looks[0];
  const after = looks.at(-1);
  if (before === undefined || after === undefined) return [];
  return [
    {
      device: deviceId(device),
      chips: device.chips,
      before: before.usage,
      after: after.usage,
      liveBlocksBefore: before.liveBlocks,
      liveBlocksAfter: after.liveBlocks,
      cacheEntriesBefore: before.cacheEntries,
      cacheEntriesAfter: after.cacheEntries,
    },
  ];
}

function lostTests(processes: readonly ProcessRecord[], unfreed: readonly Allocation[]): LostTest[] {
  const live = Map.groupBy(unfreed, ({ process }) => process);
  return processes
    .filter(({ end }) => end === "lost" || end === "refused")
    .map(({ process, info, runningTest, refusal }) => ({
      pid: info.pid,
      worker: info.worker,
      test: runningTest?.test ?? null,
      refusal,
      live: heldMemory(live.get(process) ?? [], new Map([[process, info.pid]])),
    }));
}

/** Allocations as people look for them: by process, device and memory type, in the order every output lists them. */
function heldMemory(allocations: readonly Allocation[], pids: ReadonlyMap<number, number>): HeldMemory[] {
  const groups = Map.groupBy(
    allocations,
    ({ process, device, memoryType }) => `${process} ${deviceId(device)} ${memoryType}`,
  );
  return [...groups.values()].flatMap((group) => heldMemoryOf(group, pids)).toSorted(inOrder);
}

function heldMemoryOf(group: readonly Allocation[], pids: ReadonlyMap<number, number>): HeldMemory[] {
  const [first] = group;
  if (first === undefined) return [];
  const buffers = group.map(({ address, bytesPerBank, banks, birth }) => ({
    address,
    sizeBytes: bytesPerBank * banks,
    test: birth.ref?.test ?? null,
  }));
  return [
    {
      pid: pids.get(first.process) ?? 0,
      device: deviceId(first.device),
      memoryType: first.memoryType,
      sizeBytes: buffers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      buffers,
    },
  ];
}

function inOrder(a: HeldMemory, b: HeldMemory): number {
  return (
    a.pid - b.pid || a.device - b.device || MEMORY_TYPES.indexOf(a.memoryType) - MEMORY_TYPES.indexOf(b.memoryType)
  );
}
