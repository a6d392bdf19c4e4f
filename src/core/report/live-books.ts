import { jsonBytes } from "../base/bytes.ts";
import {
  LIVE_BUFFERS_MAX,
  LIVE_CAUSES_MAX,
  LIVE_DEVICES_MAX,
  LIVE_PROCESSES_MAX,
  LIVE_SCHEMA,
  type LiveBuffer,
  type LiveCause,
  type LiveCauses,
  type LiveDevice,
  type LiveMemory,
  type LiveProcess,
  type LiveSnapshot,
} from "../model/live-snapshot.ts";
import type { ServerFinding } from "../model/server-finding.ts";
import type { BookedBuffer, DeviceCounters, StatisticsView } from "../model/server-view.ts";
import { liveVerdicts } from "./live-causes.ts";
import { beginningOf, endOf } from "./shorten-live-text.ts";

/** What a walk through all that is booked shows. */
export interface BooksSeen {
  readonly largest: readonly BookedBuffer[];
  /** Bytes by pid. */
  readonly usedBytes: ReadonlyMap<number, number>;
  /** Bytes of tests that have ended, by `leftKey`; null: the books were not walked through yet. */
  readonly leftBytes: ReadonlyMap<string, number> | null;
  readonly causes: LiveCauses;
  readonly causesLeftOut: number;
}

/** `running`: the tests that run, by pid; null: none does. What a wider fixture allocated is of no test. */
export function isOfEndedTest(
  { pid, origin }: Pick<BookedBuffer, "pid" | "origin">,
  running: ReadonlyMap<number, string | null>,
): boolean {
  const test = origin?.test ?? null;
  return test !== null && test !== (running.get(pid) ?? null);
}

export function leftKey(device: number, memoryType: string): string {
  return `${device} ${memoryType}`;
}

/** What a snapshot of an allocation server is made of. */
export interface BooksParts extends Pick<LiveSnapshot, "source" | "state" | "atMs" | "traffic" | "lost"> {
  readonly statistics: StatisticsView;
  readonly processes: readonly Pick<LiveProcess, "pid" | "running" | "lostRecords">[];
  readonly seen: BooksSeen;
}

/** An allocation server has what clients reported of all processes together; it asks no allocator. */
export function buildBooksSnapshot(parts: BooksParts): LiveSnapshot {
  const { statistics, processes, seen, source, state, atMs, traffic, lost } = parts;
  const told = processes.slice(0, LIVE_PROCESSES_MAX);
  return {
    schema: LIVE_SCHEMA,
    source: { ...source, title: source.title.map(endOf) },
    state,
    atMs,
    tests: null,
    devices: statistics.devices.slice(0, LIVE_DEVICES_MAX).map((counters) => deviceOf(counters, seen.leftBytes)),
    processes: told.map((process) => processOf(process, seen.usedBytes.get(process.pid) ?? 0)),
    causes: seen.causes,
    largest: seen.largest.slice(0, LIVE_BUFFERS_MAX).map(bufferOf),
    buffers: statistics.active,
    traffic,
    lost,
    leftOut: {
      devices: Math.max(0, statistics.devices.length - LIVE_DEVICES_MAX),
      processes: processes.length - told.length,
      causes: seen.causesLeftOut,
    },
  };
}

export function booksCauses(
  findings: readonly ServerFinding[],
  judgedAtMs: number,
): Pick<BooksSeen, "causes" | "causesLeftOut"> {
  const list = findings.slice(0, LIVE_CAUSES_MAX).map(causeOf);
  const failing = findings.filter(({ fails }) => fails).length;
  const verdicts = liveVerdicts(
    findings.map(({ verdict, sizeBytes }) => ({ verdict, sizeBytes: jsonBytes(sizeBytes) })),
  );
  const causes = { judgedAtMs, reason: "", findings: findings.length, failing, known: 0, verdicts, list };
  return { causes, causesLeftOut: findings.length - list.length };
}

function deviceOf(counters: DeviceCounters, leftBytes: BooksSeen["leftBytes"]): LiveDevice {
  const bytes: Readonly<Record<string, bigint>> = {
    DRAM: counters.dramBytes,
    L1: counters.l1Bytes,
    L1_SMALL: counters.l1SmallBytes,
    TRACE: counters.traceBytes,
    CB: counters.cbBytes,
    KERNEL: counters.kernelBytes,
  };
  const memories = Object.entries(bytes).flatMap(([memoryType, used]) => {
    const left = leftBytes === null ? null : (leftBytes.get(leftKey(counters.device, memoryType)) ?? 0);
    return used > 0n || memoryType === "DRAM" || memoryType === "L1" ? [memoryOf(memoryType, used, left)] : [];
  });
  return { pid: null, device: counters.device, openedAs: null, memories };
}

function memoryOf(memoryType: string, used: bigint, leftBytes: number | null): LiveMemory {
  const unknown = { capacityBytes: null, largestFreeBytes: null, peakBytes: null, buffers: null };
  return { memoryType, usedBytes: jsonBytes(used), ...unknown, leftBytes, knownFrom: "messages" };
}

function processOf({ pid, running, lostRecords }: BooksParts["processes"][number], usedBytes: number): LiveProcess {
  return {
    ...{ pid, name: null, worker: null, state: "running", standstill: null, usedBytes, lostRecords },
    role: running === null ? "program" : "single",
    running: running === null ? null : { ...running, test: endOf(running.test) },
  };
}

function causeOf({ rule, verdict, fails, device, memoryType, sizeBytes, evidence }: ServerFinding): LiveCause {
  return {
    id: beginningOf(`${verdict} | ${rule} | ${device} | ${memoryType}`),
    ...{ verdict, fails, known: null, memoryType, sizeBytes: jsonBytes(sizeBytes), findings: 1 },
    ...{ operation: null, line: null, holder: null, test: null },
    evidence: beginningOf(evidence),
  };
}

function bufferOf({ pid, device, memoryType, address, sizeBytes, origin }: BookedBuffer): LiveBuffer {
  const line = origin?.line ?? null;
  return {
    ...{ pid, device, openedAs: null, memoryType, address: `0x${address.toString(16)}` },
    sizeBytes: jsonBytes(sizeBytes),
    operation: origin?.operation == null ? null : beginningOf(origin.operation),
    line: line === null ? null : { file: endOf(line.file), line: line.line },
    test: origin?.test == null ? null : endOf(origin.test),
    ...{ fixture: null, holder: null },
  };
}
