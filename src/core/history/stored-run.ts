import { shortHash } from "../base/short-hash.ts";
import type { Finding } from "../model/finding.ts";
import type { MemoryAmounts, StoredFinding, StoredRun, StoredTest, Surroundings } from "../model/history.ts";
import type { MemoryType } from "../model/memory-type.ts";
import type { DeviceOfTest, RunReport, RunSummary, TestReport } from "../model/run-report.ts";

/** What is kept of all that holds the memory of one finding. */
const HOLDERS_MAX = 8;

/** What the history keeps of a run. */
export function storedRunOf({ run, tests, findings }: RunReport, surroundings: Surroundings): StoredRun {
  const { command, cwd, engine, startedAt, durationMs, exitCode, commandExitCode } = run;
  const first = run.processes.find(({ ttnn }) => ttnn !== null) ?? run.processes[0];
  return {
    id: idOf(run),
    command,
    cwd,
    engine,
    startedAt,
    durationMs,
    exitCode,
    commandExitCode,
    ttnn: first?.ttnn ?? null,
    python: first?.python ?? null,
    ...surroundings,
    tests: storedTests(tests, run.processes),
    findings: findings.map(storedFinding),
  };
}

/** The same for a run and for each replay of its recording. */
function idOf({ startedAt, cwd, command, processes }: RunSummary): string {
  return shortHash(JSON.stringify([startedAt, cwd, command, processes.map(({ pid }) => pid)]));
}

/** The last attempt of each test. */
export function storedTests(tests: readonly TestReport[], processes: RunSummary["processes"]): StoredTest[] {
  const midway = new Set(processes.filter(({ end }) => end !== "finished").map(({ pid }) => pid));
  const last = new Map(tests.map((test) => [test.test, test]));
  return [...last.values()].map(({ test, outcome, state, durationMs, devices, peaks, pid }) => ({
    test,
    outcome,
    state,
    durationMs,
    left: sum(devices.flatMap(leftOn)),
    peak: sum(peaks.map(({ memoryType, ownBytes }) => [memoryType, ownBytes])),
    ...(midway.has(pid) ? { endedMidway: true } : {}),
  }));
}

type Amount = readonly [MemoryType, number];

function leftOn({ before, after }: DeviceOfTest): Amount[] {
  const was = new Map(before.map((usage) => [usage.memoryType, usage.allocatedBytesPerBank]));
  return after.map(({ memoryType, allocatedBytesPerBank, banks }) => {
    return [memoryType, (allocatedBytesPerBank - (was.get(memoryType) ?? 0)) * banks];
  });
}

function sum(amounts: readonly Amount[]): MemoryAmounts {
  const sums: Partial<Record<MemoryType, number>> = {};
  for (const [memoryType, sizeBytes] of amounts) sums[memoryType] = (sums[memoryType] ?? 0) + sizeBytes;
  return sums;
}

function storedFinding(finding: Finding): StoredFinding {
  const { verdict, test, attempt, device, memoryType, sizeBytes, origin, fails, known } = finding;
  return {
    verdict,
    test,
    attempt,
    device,
    memoryType,
    sizeBytes,
    buffers: finding.buffers.length,
    origin,
    holders: finding.holders.slice(0, HOLDERS_MAX),
    fails,
    known,
    signature: finding.signature,
    earlierSignatures: finding.earlierSignatures,
  };
}
