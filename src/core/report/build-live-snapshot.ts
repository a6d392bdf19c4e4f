import type { BufferNow, MemoryNow } from "../ledger/run/memory-now.ts";
import {
  LIVE_BUFFERS_MAX,
  LIVE_DEVICES_MAX,
  LIVE_PROCESSES_MAX,
  LIVE_SCHEMA,
  type LiveBuffer,
  type LiveCauses,
  type LiveDevice,
  type LiveLosses,
  type LiveMemory,
  type LiveProcess,
  type LiveSnapshot,
} from "../model/live-snapshot.ts";
import { fileOfTest } from "../model/test-subject.ts";
import type { PeakUse } from "../model/trace-report.ts";
import { originOf } from "../verdicts/user-line-in-stack.ts";
import { beginningOf, endOf } from "./shorten-live-text.ts";

/** What is reported of one process, and the folder to which its files are relative. */
export interface ProcessPart
  extends Pick<LiveProcess, "pid" | "worker" | "role" | "state" | "running" | "standstill" | "lostRecords"> {
  readonly rootDir: string;
  readonly memories: readonly MemoryNow[];
  readonly peaks: readonly PeakUse[];
}

/** What a snapshot is made of. */
export interface SnapshotParts extends Pick<LiveSnapshot, "source" | "state" | "atMs" | "tests" | "traffic"> {
  readonly processes: readonly ProcessPart[];
  readonly causes: LiveCauses;
  /** Causes that are not listed. */
  readonly causesLeftOut: number;
  readonly lost: Pick<LiveLosses, "messages" | "refused">;
}

export function buildLiveSnapshot(parts: SnapshotParts): LiveSnapshot {
  const { source, state, atMs, tests, processes, causes, causesLeftOut, traffic, lost } = parts;
  const devices = processes.flatMap(devicesOf);
  return {
    schema: LIVE_SCHEMA,
    source: { ...source, title: source.title.slice(0, TITLE_WORDS_MAX).map(beginningOf) },
    state,
    atMs,
    tests,
    devices: devices.slice(0, LIVE_DEVICES_MAX),
    processes: processes.slice(0, LIVE_PROCESSES_MAX).map(processOf),
    causes,
    largest: largestOf(processes),
    buffers: processes.reduce((sum, { memories }) => sum + sumOf(memories, ({ buffers }) => buffers), 0),
    traffic,
    lost: { records: processes.reduce((sum, { lostRecords }) => sum + lostRecords, 0), ...lost },
    leftOut: {
      devices: Math.max(0, devices.length - LIVE_DEVICES_MAX),
      processes: Math.max(0, processes.length - LIVE_PROCESSES_MAX),
      causes: causesLeftOut,
    },
  };
}

/** Words of a command that are reported. */
const TITLE_WORDS_MAX = 100;

function processOf(part: ProcessPart): LiveProcess {
  const { pid, worker, role, state, running, standstill, memories, lostRecords } = part;
  return {
    pid,
    name: null,
    worker: worker === null ? null : beginningOf(worker),
    role,
    state,
    running: running === null ? null : { ...running, test: endOf(running.test) },
    standstill,
    usedBytes: sumOf(memories, ({ usedBytes }) => usedBytes),
    lostRecords,
  };
}

/** Sub-meshes that begin with the same chip are one device to people. */
function devicesOf({ pid, memories, peaks }: ProcessPart): LiveDevice[] {
  const byDevice = Map.groupBy(memories, ({ place }) => `${place.device} ${place.openedAs}`);
  return [...byDevice.values()].flatMap((ofDevice) => {
    const [first] = ofDevice;
    if (first === undefined) return [];
    const byType = Map.groupBy(ofDevice, ({ memoryType }) => memoryType);
    return [{ pid, ...first.place, memories: [...byType.values()].map((alike) => memoryOf(alike, peaks)) }];
  });
}

/** `alike`: of one memory type, of one device and its sub-meshes; at least one. */
function memoryOf(alike: readonly MemoryNow[], peaks: readonly PeakUse[]): LiveMemory {
  const [first] = alike;
  if (first === undefined) throw new Error("a memory is one or more");
  const { place, memoryType } = first;
  const banks = alike.flatMap(({ usage }) => (usage === null ? [] : [usage.banks * usage.totalBytesPerBank]));
  const free = alike.map(({ usage, largestFreeBytesPerBank: piece }) => {
    return usage === null || piece === null ? null : usage.banks * piece;
  });
  const peak = peaks.find((each) => each.device === place.device && each.memoryType === memoryType);
  const usedBytes = sumOf(alike, (each) => each.usedBytes);
  return {
    memoryType,
    usedBytes,
    capacityBytes: banks.length === 0 ? null : Math.max(...banks),
    largestFreeBytes: leastOf(free),
    peakBytes: first.knownFrom === "looks" ? null : Math.max(peak?.peakBytes ?? 0, usedBytes),
    buffers: sumOf(alike, (each) => each.buffers),
    leftBytes: null,
    knownFrom: first.knownFrom,
  };
}

/** null: one of them is not known. */
function leastOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length < values.length || known.length === 0 ? null : Math.min(...known);
}

function largestOf(processes: readonly ProcessPart[]): LiveBuffer[] {
  const all = processes.flatMap((process) =>
    process.memories.flatMap((memory) => memory.largest.map((buffer) => ({ process, memory, buffer }))),
  );
  return all
    .toSorted((a, b) => b.buffer.sizeBytes - a.buffer.sizeBytes)
    .slice(0, LIVE_BUFFERS_MAX)
    .map(({ process, memory, buffer }) => bufferOf(process, memory, buffer));
}

function bufferOf({ pid, rootDir }: ProcessPart, { place, memoryType }: MemoryNow, buffer: BufferNow): LiveBuffer {
  const { context, stack, operation } = buffer.birth();
  const test = context?.ref?.test ?? null;
  const origin = originOf(stack, operation, { rootDir, testFile: test === null ? null : fileOfTest(test) });
  const [holder = null] = buffer.holders();
  return {
    pid,
    ...place,
    memoryType,
    address: `0x${buffer.address.toString(16)}`,
    sizeBytes: buffer.sizeBytes,
    operation: operation === null ? null : beginningOf(operation),
    line: origin === null ? null : { file: endOf(origin.file), line: origin.line },
    test: test === null ? null : endOf(test),
    fixture: context?.fixture == null ? null : beginningOf(context.fixture.name),
    holder: holder === null ? null : beginningOf(holder),
  };
}

function sumOf(memories: readonly MemoryNow[], of: (memory: MemoryNow) => number): number {
  return memories.reduce((sum, memory) => sum + of(memory), 0);
}
