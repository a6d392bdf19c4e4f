import { type Device, deviceId } from "../../model/device.ts";
import type { RunEvent, TestRef } from "../../model/event.ts";
import type { Measurement } from "../../model/measurement.ts";
import type { MemoryState, OutOfMemory } from "../../model/memory-shortage.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { TestPeak, TestPeaks } from "../../model/peak.ts";
import type { Sighting, TraceDiscrepancy } from "../../model/run-record.ts";
import type { StackFrame } from "../../model/stack.ts";
import type { Birth, DeviceNumber, ExposedToReplay, TraceSummary } from "../../model/trace-record.ts";
import { deviceNumberOf, sizeBytesOf, tracedSizeOf } from "../traced-size.ts";
import type { DeviceLedger } from "./device-ledger.ts";
import type { FailedAllocation } from "./failed-allocations.ts";
import { liveShare } from "./memory-errors.ts";
import { MemorySizes } from "./memory-sizes.ts";
import type { KnownMemory, MemorySource } from "./memory-source.ts";
import type { GroupPeak, TracedShare } from "./peak-window.ts";
import { rangeOf } from "./seen-addresses.ts";
import { type TracedBuffer, tracedBirth } from "./traced-buffer.ts";
import { TracedMemory } from "./traced-memory.ts";
import { TracedNames } from "./traced-names.ts";
import type { GroupPeaks } from "./traced-peaks.ts";
import { TracedView } from "./traced-view.ts";

/** Differences listed for one process: the first say what is wrong, and each is followed by others. */
const DISCREPANCIES_MAX = 20;

type EventOf<Kind extends RunEvent["kind"]> = Extract<RunEvent, { kind: Kind }>;

/** What was traced of one process: its buffers, in which test and phase they came and went, and how far to trust it. */
export class ProcessTrace implements MemorySource<TracedBuffer> {
  readonly knownFrom = "events";
  readonly #process: number;
  readonly names = new TracedNames();
  #peaksOfGroup: ((group: number) => GroupPeaks) | null = null;
  /** What peaks were made of, by its numbers. */
  readonly #shares = new Map<string, TestPeak["largest"]>();
  readonly #discrepancies: TraceDiscrepancy[] = [];
  /** Devices that were measured, by `MeshDevice.id()`. */
  readonly #measured = new Map<number, Device>();
  readonly #sizes = new MemorySizes();
  #memory = new TracedMemory();
  #view = new TracedView(this.#memory);
  #state: TraceSummary["state"] = null;
  #reason = "";

  constructor(process: number) {
    this.#process = process;
  }

  /** Of a process without pytest. `stacks`: the Python stacks that it has named, by number. */
  static ofProgram(memory: TracedMemory, stacks: ReadonlyMap<number, readonly StackFrame[]>): ProcessTrace {
    const trace = new ProcessTrace(0);
    trace.follow(memory);
    trace.names.setStacks(stacks);
    return trace;
  }

  /** Looks at what the records of the process's ring add up to. */
  follow(memory: TracedMemory): void {
    this.#memory = memory;
    this.#view = new TracedView(memory);
  }

  /** All that was recorded, which is ahead of what was live at the last mark. */
  get memory(): TracedMemory {
    return this.#memory;
  }

  /** The traced buffers as they were at the last mark that it went on to. */
  get view(): TracedView {
    return this.#view;
  }

  get isLive(): boolean {
    return this.#state === "live";
  }

  begin({ state, reason }: EventOf<"tracing">): void {
    [this.#state, this.#reason] = [state, reason];
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
      phase: this.names.contextOf(context)?.phase ?? null,
      ...this.names.lineOf({ stack, operation }),
      largest: this.#sharesOf(largest),
    };
  }

  /** Of most tests they are the same, and then they are kept once. */
  #sharesOf(largest: readonly TracedShare[]): TestPeak["largest"] {
    const numbers = JSON.stringify(largest);
    const shares = this.#shares.get(numbers) ?? largest.map((share) => ({ ...share, ...this.names.lineOf(share) }));
    this.#shares.set(numbers, shares);
    return shares;
  }

  /** Bytes that a test allocated on other devices than these, and that were live at its end; by device. */
  leftBeside(devices: ReadonlySet<number>, ref: TestRef, endNs: number): ReadonlyMap<number, number> {
    const left = new Map<number, number>();
    for (const buffer of this.#memory.liveBeside(devices, endNs)) {
      const { context, device } = buffer;
      const at = this.names.contextOf(context);
      if (at?.ref?.test !== ref.test || at.ref.attempt !== ref.attempt || at.fixture !== null || device < 0) continue;
      left.set(device, (left.get(device) ?? 0) + sizeBytesOf(buffer));
    }
    return left;
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

  birthOf(buffer: TracedBuffer): Birth {
    return this.names.birthOf(buffer);
  }

  outOfMemory(): OutOfMemory[] {
    return this.#memory.failedAllocations().map((failed) => ({
      process: this.#process,
      source: "events",
      ...this.numberOf(failed),
      memoryType: failed.memoryType,
      ...tracedSizeOf(failed),
      bytesPerBank: failed.bytesPerBank,
      at: this.names.contextOf(failed.context),
      atNs: failed.timeNs,
      ...this.names.lineOf(failed),
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
      at: this.names.contextOf(buffer.context),
      ...this.names.lineOf(buffer),
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
      shares: live.shares.map((share) => liveShare(share, this.names.birthOf(share.first))),
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
}

const NO_PEAKS: TestPeaks = { memories: [], together: [] };

/** A test with very many contexts has several groups: of each memory the one that counts is that of the highest own peak. */
function largestOf(peaks: readonly TestPeak[]): readonly TestPeak[] {
  const byMemory = Map.groupBy(peaks, ({ device, openedAs, memoryType }) => `${device} ${openedAs} ${memoryType}`);
  return [...byMemory.values()].map((each) => each.reduce((a, b) => (b.own.sizeBytes > a.own.sizeBytes ? b : a)));
}
