import type { TestRef } from "../../model/event.ts";
import type { BufferClash, MemoryError, RefusedAllocation } from "../../model/memory-error.ts";
import type { Clash, LiveShare, MemoryState, OutOfMemory } from "../../model/memory-shortage.ts";
import type { StackFrame } from "../../model/stack.ts";
import type { Birth, DeviceNumber } from "../../model/trace-record.ts";
import { liveAtClash } from "./clash-moment.ts";
import { layOut, type Placed, type PlacedShare } from "./lay-out.ts";
import type { KnownMemory, MemorySource } from "./memory-source.ts";
import { rangeOf } from "./seen-addresses.ts";

/** Errors that are kept with all that was live then. */
const MEMORY_ERRORS_MAX = 50;

/** Live buffers whose addresses are kept of all those errors together. */
const PLACED_MAX = 200_000;

const UNKNOWN_DEVICE: DeviceNumber = { device: -1, openedAs: -1 };

/** An exception that a test failed with. */
export interface ReportedError {
  readonly error: MemoryError;
  readonly ref: TestRef | null;
  readonly atNs: number | null;
  readonly stack: readonly StackFrame[];
}

interface KeptError extends ReportedError {
  readonly place: DeviceNumber;
  /** To be called when all is known of the run. */
  readonly memory: () => MemoryState;
}

/** What was live in the memory that an error is about. */
interface Found<Buffer extends Placed> {
  readonly memory: KnownMemory<Buffer>;
  readonly live: readonly Buffer[];
  readonly isWhole: boolean;
}

/** The errors of one process's tests that ran out of memory, and what was live then. */
export class MemoryErrors {
  readonly #kept: KeptError[] = [];
  #placesLeft = PLACED_MAX;
  /** Those beyond the ones that are kept. */
  more = 0;

  note<Buffer extends Placed>(told: ReportedError, source: MemorySource<Buffer>): void {
    if (this.#kept.length >= MEMORY_ERRORS_MAX) {
      this.more += 1;
      return;
    }
    const found = memoryOf(told.error, source);
    if (found === null) this.#kept.push({ ...told, place: UNKNOWN_DEVICE, memory: () => NOTHING_KNOWN });
    else this.#kept.push({ ...told, place: found.memory.place, memory: this.#keep(found, source) });
  }

  #keep<Buffer extends Placed>(
    { memory: { size, seen, largestFreeBytesPerBank }, live, isWhole }: Found<Buffer>,
    source: MemorySource<Buffer>,
  ): () => MemoryState {
    const { shares, layout } = layOut(live, (buffer) => source.birthKeyOf(buffer), this.#placesLeft);
    this.#placesLeft -= layout?.addresses.length ?? 0;
    const isLook = layout !== null && largestFreeBytesPerBank !== null;
    const range = size === null ? null : rangeOf(size, seen, isLook ? { layout, largestFreeBytesPerBank } : null);
    const resolved = () => shares.map((share) => liveShare(share, source.birthOf(share.first)));
    return () => ({ range, shares: resolved(), layout, knownFrom: source.knownFrom, isWhole });
  }

  clashes(process: number): Clash[] {
    return this.#kept.flatMap(({ error, place, memory, ref, atNs, stack }) =>
      isRefusal(error) ? [] : [{ process, ...place, error, ref, atNs, stack, memory: memory() }],
    );
  }

  /** Allocations that failed. What the tracer had recorded of one is reported with what the message said, and once. */
  outOfMemory(process: number, recorded: readonly OutOfMemory[]): OutOfMemory[] {
    const all = [...recorded];
    for (const kept of this.#kept) {
      const { error, ref } = kept;
      if (!isRefusal(error)) continue;
      const index = all.findLastIndex((moment) => isOf(moment, error, ref));
      const moment = all[index];
      if (moment === undefined) all.push(outOfMemory(process, kept, error));
      else all[index] = { ...moment, said: saidIn(error) };
    }
    return all;
  }
}

const NOTHING_KNOWN: MemoryState = { range: null, shares: [], layout: null, knownFrom: "nothing", isWhole: false };

export function liveShare<Buffer extends Placed>(
  { buffers, bytesPerBank, oldestNs }: PlacedShare<Buffer>,
  { context, stack, operation }: Birth,
): LiveShare {
  return { context, stack, operation, buffers, bytesPerBank, oldestNs: oldestNs === 0 ? null : oldestNs };
}

function isRefusal(error: MemoryError): error is RefusedAllocation {
  return error.error === "refused";
}

/** Whether it is the tracer's record of the allocation that the message is about, and no other message was. */
function isOf(
  { source, said, memoryType, requestedBytes, at }: OutOfMemory,
  error: RefusedAllocation,
  ref: TestRef | null,
): boolean {
  if (source !== "events" || said !== null) return false;
  const isSameTest = at?.ref?.test === ref?.test && at?.ref?.attempt === ref?.attempt;
  return isSameTest && memoryType === error.memoryType && requestedBytes === error.requestedBytes;
}

function outOfMemory(process: number, kept: KeptError, error: RefusedAllocation): OutOfMemory {
  const { memoryType, requestedBytes, banks, bytesPerBank } = error;
  const { ref, place, atNs, stack, memory } = kept;
  return {
    ...{ process, source: "message", ...place, memoryType, bytesPerBank },
    ...{ sizeBytes: bytesPerBank * banks, isExact: true, requestedBytes },
    ...{ at: { ref, phase: null, subtest: null, fixture: null }, atNs, stack, operation: null },
    ...{ said: saidIn(error), memory: memory() },
  };
}

function saidIn(error: RefusedAllocation): OutOfMemory["said"] {
  const { totalBytesPerBank, freeBytesPerBank, largestFreeBytesPerBank } = error;
  return { totalBytesPerBank, freeBytesPerBank, largestFreeBytesPerBank };
}

/** The message names no device: it is the one whose memory it fits. null: none, or more than one. */
function memoryOf<Buffer extends Placed>(error: MemoryError, source: MemorySource<Buffer>): Found<Buffer> | null {
  switch (error.error) {
    case "refused":
      return refusing(error, source.memories(error.memoryType));
    case "clash":
      return clashing(error, source.memories("L1"));
    case "too-large":
      return onlyOne(source.memories("L1").map(asItIs));
  }
}

function refusing<Buffer extends Placed>(
  { banks, totalBytesPerBank, allocatedBytesPerBank }: RefusedAllocation,
  memories: readonly KnownMemory<Buffer>[],
): Found<Buffer> | null {
  const alike = memories.filter(({ size }) => {
    return size?.banks === banks && (totalBytesPerBank === null || size.totalBytesPerBank === totalBytesPerBank);
  });
  const found = alike.map(asItIs).map((each) => {
    const liveBytesPerBank = each.live.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0);
    return { ...each, isWhole: each.isWhole && liveBytesPerBank === allocatedBytesPerBank };
  });
  return onlyOne(found.filter(({ isWhole }) => isWhole)) ?? onlyOne(found);
}

function clashing<Buffer extends Placed>(
  { lowestAddress }: BufferClash,
  memories: readonly KnownMemory<Buffer>[],
): Found<Buffer> | null {
  const found = memories.flatMap((memory) => {
    const live = liveAtClash(memory, lowestAddress);
    return live === null ? [] : [{ memory, live, isWhole: memory.isWhole }];
  });
  if (found.length > 0) return onlyOne(found);
  const inUse = memories.filter(({ buffers }) => buffers.length > 0);
  return onlyOne(inUse.map((memory) => ({ ...asItIs(memory), isWhole: false })));
}

function asItIs<Buffer extends Placed>(memory: KnownMemory<Buffer>): Found<Buffer> {
  return { memory, live: memory.buffers, isWhole: memory.isWhole };
}

function onlyOne<T>(all: readonly T[]): T | null {
  const [only, another] = all;
  return only === undefined || another !== undefined ? null : only;
}
