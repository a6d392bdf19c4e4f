import { type Device, deviceId } from "../../model/device.ts";
import type { RunEvent, TestRef } from "../../model/event.ts";
import type { Measurement } from "../../model/measurement.ts";
import type { MemoryState, OutOfMemory } from "../../model/memory-shortage.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { TestPeak, TestPeaks } from "../../model/peak.ts";
import type { Sighting, TraceDiscrepancy } from "../../model/run-record.ts";
import type { StackFrame } from "../../model/stack.ts";
import type {
  Birth,
  DeviceNumber,
  ExposedToReplay,
  TraceContext,
  TracedLife,
  TraceSummary,
} from "../../model/traced.ts";
import { deviceNumberOf, sizeBytesOf, tracedSizeOf } from "../traced-size.ts";
import type { DeviceLedger } from "./device-ledger.ts";
import { EnteredContexts } from "./entered-contexts.ts";
import type { FailedAllocation } from "./failed-allocations.ts";
import { liveShare } from "./memory-errors.ts";
import { MemorySizes } from "./memory-sizes.ts";
import type { KnownMemory, MemorySource } from "./memory-source.ts";
import type { GroupPeak } from "./peak-window.ts";
import { rangeOf } from "./seen-addresses.ts";
import { type TracedBuffer, tracedBirth } from "./traced-buffer.ts";
import { TracedMemory } from "./traced-memory.ts";
import type { GroupPeaks } from "./traced-peaks.ts";
import { TracedView } from "./traced-view.ts";

/** Differences told for one process: the first say what is wrong, and each is followed by others. */
const DISCREPANCIES_MAX = 20;

type EventOf<Kind extends RunEvent["kind"]> = Extract<RunEvent, { kind: Kind }>;

/** What was traced of one process: its buffers, in which test and phase they came and went, and how far to trust it. */
export class ProcessTrace implements MemorySource<TracedBuffer> {
  readonly knownFrom = "events";
  readonly #process: number;
  readonly #contexts = new EnteredContexts();
  #peaksOfGroup: ((group: number) => GroupPeaks) | null = null;
  readonly #discrepancies: TraceDiscrepancy[] = [];
  /** Devices that were measured, by `MeshDevice.id()`. */
  readonly #measured = new Map<number, Device>();
  readonly #sizes = new MemorySizes();
  #context: TraceContext | null = null;
  #memory = new TracedMemory();
  #view = new TracedView(this.#memory);
  #state: TraceSummary["state"] = null;
  #reason = "";
  #stacks: ReadonlyMap<number, readonly StackFrame[]> = new Map();

  constructor(process: number) {
    this.#process = process;
  }

  /** Looks at what the records of the process's ring add up to. */
  follow(memory: TracedMemory): void {
    this.#memory = memory;
    this.#view = new TracedView(memory);
  }

  /** All that was recorded, which is ahead of what is told of the last mark. */
  get memory(): TracedMemory {
    return this.#memory;
  }

  /** The traced buffers as they were at the last mark that it went on to. */
  get view(): TracedView {
    return this.#view;
  }

  /** That was entered last; null: the plugin has named none. */
  get context(): TraceContext | null {
    return this.#context;
  }

  get isLive(): boolean {
    return this.#state === "live";
  }

  begin({ state, reason }: EventOf<"tracing">): void {
    [this.#state, this.#reason] = [state, reason];
  }

  enter({ number, phase, fixture, subtest, atNs }: EventOf<"context">, ref: TestRef | null): void {
    this.#context = { ref, phase, fixture, subtest };
    this.#contexts.enter(number, this.#context, atNs);
  }

  /** The most that the test of these groups of contexts had live at once in each memory it used; empty where that is not known. */
  peaksOf(groups: readonly number[]): TestPeaks {
    if (groups.length === 0) return NO_PEAKS;
    this.#peaksOfGroup ??= this.#memory.groupPeaks();
    const peaks = groups.map(this.#peaksOfGroup);
    const memories = peaks.flatMap((each) => each.memories).map((peak) => this.#peakOf(peak));
    const together = peaks.flatMap((each) => each.together);
    return { memories: largestOf(memories), together: together.length === 0 ? NO_PEAKS.together : together };
  }

  #peakOf({ number, context, stack, operation, largest, ...peak }: GroupPeak): TestPeak {
    return {
      ...number,
      ...peak,
      phase: this.#contextOf(context)?.phase ?? null,
      stack: this.#stacks.get(stack) ?? [],
      operation: this.#nameOf(operation),
      largest: largest.map((share) => ({
        ...share,
        stack: this.#stacks.get(share.stack) ?? [],
        operation: this.#nameOf(share.operation),
      })),
    };
  }

  /** Where in the run something happened, by the time of it; null: before the first context, or not known. */
  contextAt(timeNs: number): TraceContext | null {
    return this.#contexts.at(timeNs);
  }

  /** Bytes that a test allocated on other devices than these, and that were live at its end; by device. */
  leftBeside(devices: ReadonlySet<number>, ref: TestRef, endNs: number): ReadonlyMap<number, number> {
    const left = new Map<number, number>();
    for (const buffer of this.#memory.liveBeside(devices, endNs)) {
      const { context, device } = buffer;
      const at = this.#contextOf(context);
      if (at?.ref?.test !== ref.test || at.ref.attempt !== ref.attempt || at.fixture !== null || device < 0) continue;
      left.set(device, (left.get(device) ?? 0) + sizeBytesOf(buffer));
    }
    return left;
  }

  /** The Python stacks by number, once they are known. */
  setStacks(stacks: ReadonlyMap<number, readonly StackFrame[]>): void {
    this.#stacks = stacks;
  }

  /** What was live at a measurement; null: the process is not traced, or what it did up to then is not known. */
  viewAt(measurement: Measurement): TracedView | null {
    const { trace, device, usage } = measurement;
    this.#measured.set(device.key, device);
    this.#sizes.set(device.key, usage);
    this.#view.noteListed(measurement);
    return trace !== null && this.#view.advance(trace.mark) ? this.#view : null;
  }

  /** Holds the traced buffers against the allocator's figures, and against its blocks where those were listed. */
  compare(measurement: Measurement, at: Sighting, allocator: Pick<DeviceLedger, "listed">): void {
    const { trace, device } = measurement;
    if (trace === null || !trace.isStill) return;
    for (const usage of measurement.usage) {
      const { memoryType, banks, allocatedBytesPerBank } = usage;
      const listed = trace.listed.includes(memoryType) ? allocator.listed(memoryType) : null;
      const found = this.#view.compare(measurement, usage, listed);
      if (found === null || this.#discrepancies.length >= DISCREPANCIES_MAX) continue;
      const { tracedBytesPerBank, untold, unlisted } = found;
      const where = { process: this.#process, device, memoryType, banks, at };
      this.#discrepancies.push({ ...where, allocatedBytesPerBank, tracedBytesPerBank, untold, unlisted });
    }
  }

  lifeOf(buffer: TracedBuffer): TracedLife {
    const { freedContext, requestedBytes } = buffer;
    return {
      ...this.birthOf(buffer),
      freed: freedContext === null ? null : this.#contextOf(freedContext),
      requestedBytes: requestedBytes === 0 ? null : requestedBytes,
    };
  }

  discrepancies(): readonly TraceDiscrepancy[] {
    return this.#discrepancies;
  }

  /** What was live at the last mark. */
  memories(memoryType: MemoryType): KnownMemory<TracedBuffer>[] {
    return [...this.#view.memories(memoryType)].map(({ device, buffers, isWhole }) => {
      const departed = this.#view.departed.filter((buffer) => buffer.device === device);
      const [first] = [...buffers, ...departed];
      return {
        place: this.numberOf({ device, chip: first?.chip ?? null }),
        size: this.#sizes.of(device, memoryType),
        seen: this.#memory.seen(device, memoryType),
        largestFreeBytesPerBank: null,
        buffers,
        departed,
        isWhole,
      };
    });
  }

  birthKeyOf(buffer: TracedBuffer): string {
    return tracedBirth(buffer);
  }

  birthOf({ context, stack, operation }: TracedBuffer): Birth {
    return {
      context: this.#contextOf(context),
      stack: this.#stacks.get(stack) ?? [],
      operation: this.#nameOf(operation),
    };
  }

  outOfMemory(): OutOfMemory[] {
    return this.#memory.failedAllocations().map((failed) => ({
      process: this.#process,
      source: "events",
      ...this.numberOf(failed),
      memoryType: failed.memoryType,
      ...tracedSizeOf(failed),
      bytesPerBank: failed.bytesPerBank,
      at: this.#contextOf(failed.context),
      atNs: failed.timeNs,
      stack: this.#stacks.get(failed.stack) ?? [],
      operation: this.#nameOf(failed.operation),
      said: null,
      memory: this.#memoryIn(failed),
    }));
  }

  exposedToReplay(): ExposedToReplay[] {
    return this.#memory.exposed().groups.map(({ buffer, buffers, sizeBytes, isExact, replayed }) => ({
      process: this.#process,
      ...this.numberOf(buffer),
      memoryType: buffer.memoryType,
      buffers,
      sizeBytes,
      isExact,
      replayed,
      at: this.#contextOf(buffer.context),
      stack: this.#stacks.get(buffer.stack) ?? [],
      operation: this.#nameOf(buffer.operation),
    }));
  }

  summary(): TraceSummary {
    return { ...this.summarySoFar(), moreExposed: this.#memory.exposed().more };
  }

  /** Without buffers that a replay may overwrite: to ask for them ends what is being watched. */
  summarySoFar(): TraceSummary {
    return {
      state: this.#state,
      reason: this.#reason,
      records: this.#memory.records,
      lost: this.#memory.lostRecords,
      comparisons: this.#view.comparisons,
      repaired: this.#view.repaired,
      moreOutOfMemory: this.#memory.moreFailed,
      moreExposed: 0,
    };
  }

  #memoryIn({ device, memoryType, live, seen, isWhole }: FailedAllocation): MemoryState {
    const size = this.#sizes.of(device, memoryType);
    return {
      range: size === null ? null : rangeOf(size, seen),
      shares: live.shares.map((share) => liveShare(share, this.birthOf(share.first))),
      layout: live.layout,
      knownFrom: this.knownFrom,
      isWhole,
    };
  }

  /** Where the records do not name the chip, a measurement of the device may. */
  numberOf({ device, chip }: Pick<TracedBuffer, "device" | "chip">): DeviceNumber {
    const measured = this.#measured.get(device);
    return deviceNumberOf({ device, chip: chip ?? (measured === undefined ? null : deviceId(measured)) });
  }

  #nameOf(operation: number): string | null {
    return this.#stacks.get(operation)?.[0]?.function ?? null;
  }

  #contextOf(number: number): TraceContext | null {
    return this.#contexts.of(number);
  }
}

const NO_PEAKS: TestPeaks = { memories: [], together: [] };

/** A test with very many contexts has several groups: of each memory the one that counts is that of the highest own peak. */
function largestOf(peaks: readonly TestPeak[]): readonly TestPeak[] {
  const byMemory = Map.groupBy(peaks, ({ device, openedAs, memoryType }) => `${device} ${openedAs} ${memoryType}`);
  return [...byMemory.values()].map((each) => each.reduce((a, b) => (b.own.sizeBytes > a.own.sizeBytes ? b : a)));
}
