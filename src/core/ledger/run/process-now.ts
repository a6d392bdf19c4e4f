import { deviceId } from "../../model/device.ts";
import type { ProcessInfo } from "../../model/event.ts";
import type { TypeUsage } from "../../model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../../model/memory-type.ts";
import type { ProcessEnd } from "../../model/run-record.ts";
import type { TraceContext } from "../../model/trace-record.ts";
import type { PeakUse } from "../../model/trace-report.ts";
import { sizeBytesOf } from "../traced-size.ts";
import type { DeviceLedger } from "./device-ledger.ts";
import { type BufferQuestions, largestOf, type MemoryNow, memoryNow } from "./memory-now.ts";
import type { LookedBlock } from "./open-allocation.ts";
import type { ProcessTrace } from "./process-trace.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** What is known of a process now. */
export interface ProcessNow {
  readonly process: number;
  readonly info: ProcessInfo;
  readonly end: ProcessEnd;
  /** The context it is in; null: not known. */
  readonly context: TraceContext | null;
  readonly memories: readonly MemoryNow[];
  /** Of traced memories. */
  readonly peaks: readonly PeakUse[];
  readonly lostRecords: number;
  /** When a traced buffer came or went last; 0: none did. */
  readonly changedNs: number;
}

/** What the allocator of a device, by `MeshDevice.id()`, said last of a memory; null: nobody asked, or it is closed. */
type UsageOf = (device: number, memoryType: MemoryType) => TypeUsage | null;

/** What refers to a live buffer on the host, as far as it is known. */
type HoldersOf = (buffer: TracedBuffer) => readonly string[];

/** The memories of a traced process that have anything live, up to the last record. `listedMax`: buffers of each that are listed. */
export function tracedNow(
  trace: ProcessTrace,
  listedMax: number,
  usageOf: UsageOf = () => null,
  holdersOf: HoldersOf = () => [],
): readonly MemoryNow[] {
  const { memory } = trace;
  const isWhole = memory.lostRecords === 0;
  const birthOf = (buffer: TracedBuffer) => trace.names.birthOf(buffer);
  const questions: BufferQuestions<TracedBuffer> = { sizeOf: sizeBytesOf, birthOf, holdersOf };
  return [...memory.memories()].flatMap(({ device, memoryType, buffers, seen }) => {
    const [first] = buffers.values();
    if (first === undefined) return [];
    const found = { place: trace.numberOf(first), memoryType, usage: usageOf(device, memoryType) };
    return [memoryNow({ ...found, buffers, seen, isWhole }, questions, listedMax)];
  });
}

/** The memories of a process, in the order of devices: up to its last record where it is traced, else as its `open` devices were looked at last. */
export function memoriesNow(
  trace: ProcessTrace,
  open: readonly DeviceLedger[],
  listedMax: number,
): readonly MemoryNow[] {
  if (!trace.isLive) return open.flatMap((device) => lookedNow(device, trace, listedMax)).toSorted(inOrder);
  const byKey = new Map(open.map((ledger) => [ledger.device.key, ledger]));
  const usageOf = (device: number, memoryType: MemoryType): TypeUsage | null => {
    return byKey.get(device)?.usage.find((each) => each.memoryType === memoryType) ?? null;
  };
  const holdersOf = (buffer: TracedBuffer) => byKey.get(buffer.device)?.holdersOf(buffer) ?? [];
  const traced = tracedNow(trace, listedMax, usageOf, holdersOf);
  return [...traced, ...open.flatMap((device) => emptyNow(device, traced))].toSorted(inOrder);
}

/** The memories of an open device as its allocator listed them last. */
function lookedNow(device: DeviceLedger, trace: ProcessTrace, listedMax: number): readonly MemoryNow[] {
  const questions = {
    sizeOf: ({ sizeBytes }: LookedBlock) => sizeBytes,
    birthOf: (block: LookedBlock) => block.birth(trace.names),
    holdersOf: ({ holders }: LookedBlock) => holders,
  };
  return device.usage.map((usage) => {
    const blocks = device.live(usage.memoryType);
    return {
      place: { device: deviceId(device.device), openedAs: null },
      memoryType: usage.memoryType,
      knownFrom: "looks",
      usage,
      usedBytes: usage.banks * usage.allocatedBytesPerBank,
      largestFreeBytesPerBank: usage.largestFreeBytesPerBank,
      buffers: blocks.length,
      largest: largestOf(blocks, questions, listedMax),
    };
  });
}

/** The memories of an open device of a traced process in which nothing is live: as its allocator said, but empty. */
function emptyNow(device: DeviceLedger, known: readonly MemoryNow[]): readonly MemoryNow[] {
  const place = { device: deviceId(device.device), openedAs: null };
  const isKnown = (memoryType: MemoryType): boolean => {
    return known.some((each) => each.memoryType === memoryType && each.place.device === place.device);
  };
  return device.usage
    .filter(({ memoryType }) => !isKnown(memoryType))
    .map((usage) => ({
      place,
      memoryType: usage.memoryType,
      knownFrom: "events",
      usage,
      usedBytes: 0,
      largestFreeBytesPerBank: usage.totalBytesPerBank,
      buffers: 0,
      largest: [],
    }));
}

/** In the order of devices and memory types. */
export function inOrder(a: MemoryNow, b: MemoryNow): number {
  const byType = MEMORY_TYPES.indexOf(a.memoryType) - MEMORY_TYPES.indexOf(b.memoryType);
  return a.place.device - b.place.device || byType;
}
