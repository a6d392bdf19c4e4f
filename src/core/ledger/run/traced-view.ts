import { NumberMap } from "../../base/number-map.ts";
import type { Block, Measurement, TypeUsage } from "../../model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../../model/memory-type.ts";
import { memoryKey } from "./live-memories.ts";
import type { TracedBuffer } from "./traced-buffer.ts";
import type { TracedMemory } from "./traced-memory.ts";

/** An allocator hands out whole units: at most this much more than a buffer asked for, in bytes per bank. */
const ROUNDING_BYTES_MAX = 64;

/** The blocks of one memory that the allocator listed and that are live. */
export interface ListedMemory {
  addresses(): Iterable<number>;
  /** Bytes per bank of the block at an address; undefined: none is there. */
  bytesPerBankAt(address: number): number | undefined;
}

/** What the tracer and the allocator disagree on, in one memory of one device, at one look. */
export interface TraceDifference {
  readonly usage: TypeUsage;
  /** Bytes per bank that the traced buffers add up to. */
  readonly tracedBytesPerBank: number;
  /** Blocks that the allocator lists and no record names; null where it was not asked for its list. */
  readonly untold: number | null;
  /** Buffers that are live by the records and not listed. */
  readonly unlisted: number | null;
}

interface ViewOfMemory {
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly buffers: NumberMap<TracedBuffer>;
  bytesPerBank: number;
  /** Whether records were lost since it was last compared with a list. */
  isUncertain: boolean;
  /**
   * Where something was born or died, by either source, since they were last held against each other address by address;
   * everywhere else they agree. null: nothing is known yet.
   */
  changed: Set<number> | null;
}

/** Changed addresses, beside as many as there are buffers, from which on it is as cheap to compare all. */
const CHANGED_MAX = 1000;

/**
 * The traced buffers as they were at the last measurement's mark, held against the allocator's own list.
 *
 * Records run ahead of measurements; a mark in the stream of records says which of them were made before a measurement.
 */
export class TracedView {
  readonly #memory: TracedMemory;
  readonly #views = new Map<string, ViewOfMemory>();
  #departed: readonly TracedBuffer[] = [];
  comparisons = 0;
  /** Buffers corrected from the allocator's list after records had been lost. */
  repaired = 0;

  constructor(memory: TracedMemory) {
    this.#memory = memory;
  }

  /** Goes on to a mark. False: its record was lost, so nothing can be said of this instant. */
  advance(mark: number): boolean {
    const intervals = this.#memory.claim(mark);
    if (intervals === null) return false;
    this.#departed = intervals.flatMap(({ departed }) => departed);
    for (const { born, died, freed, isWhole } of intervals) {
      for (const buffer of died) this.#remove(buffer);
      for (const { device, memoryType, address } of freed) this.#removeAt(this.#view(device, memoryType), address);
      for (const buffer of born) this.#add(buffer);
      if (!isWhole) for (const view of this.#views.values()) view.isUncertain = true;
    }
    return true;
  }

  /** Takes note of where blocks came and went by the allocator's list. To be called for every measurement. */
  noteListed({ device, added, removed }: Pick<Measurement, "device" | "added" | "removed">): void {
    for (const blocks of [added, removed]) {
      for (const { memoryType, address } of blocks) {
        const view = this.#views.get(memoryKey(device.key, memoryType));
        if (view !== undefined) noteChange(view, Number(address));
      }
    }
  }

  /** The device was closed or let go of: nothing is listed on it any more. */
  endDevice(device: number): void {
    for (const memoryType of MEMORY_TYPES) {
      const view = this.#views.get(memoryKey(device, memoryType));
      if (view === undefined) continue;
      view.changed = null;
      if (view.buffers.size === 0 && !view.isUncertain) this.#views.delete(memoryKey(device, memoryType));
    }
  }

  /** The L1 buffers that died last, between the last two marks and in that order. */
  get departed(): readonly TracedBuffer[] {
    return this.#departed;
  }

  /** What is live in the memories of one type, by device, and whether all of it is known. */
  *memories(
    memoryType: MemoryType,
  ): Iterable<{ readonly device: number; readonly buffers: readonly TracedBuffer[]; readonly isWhole: boolean }> {
    for (const view of this.#views.values()) {
      if (view.memoryType !== memoryType) continue;
      yield { device: view.device, buffers: [...view.buffers.values()], isWhole: !view.isUncertain };
    }
  }

  /** The buffer at an address, if it is the block the allocator lists there. */
  find(device: number, { memoryType, address, bytesPerBank }: Block): TracedBuffer | null {
    const buffer = this.#views.get(memoryKey(device, memoryType))?.buffers.get(Number(address));
    return buffer !== undefined && isBlockOf(buffer, bytesPerBank) ? buffer : null;
  }

  /**
   * Holds one memory against what the allocator says of it, and takes the allocator's word. `listed` is what it lists
   * there, null where nobody asked for the list: then only the totals are compared.
   */
  compare(
    { device }: Pick<Measurement, "device">,
    usage: TypeUsage,
    listed: ListedMemory | null,
  ): TraceDifference | null {
    this.comparisons += 1;
    const view = this.#view(device.key, usage.memoryType);
    const tracedBytesPerBank = view.bytesPerBank;
    if (listed === null) {
      const rounded = usage.allocatedBytesPerBank - tracedBytesPerBank;
      const isSame = rounded >= 0 && rounded <= view.buffers.size * ROUNDING_BYTES_MAX;
      return isSame || view.isUncertain ? null : { usage, tracedBytesPerBank, untold: null, unlisted: null };
    }
    const { untold, unlisted } = this.#resynchronise(device.key, usage.memoryType, view, listed);
    const wasUncertain = view.isUncertain;
    view.isUncertain = false;
    if (untold + unlisted === 0) return null;
    if (!wasUncertain) return { usage, tracedBytesPerBank, untold, unlisted };
    this.repaired += untold + unlisted;
    return null;
  }

  #resynchronise(
    device: number,
    memoryType: MemoryType,
    view: ViewOfMemory,
    listed: ListedMemory,
  ): { untold: number; unlisted: number } {
    const { buffers } = view;
    const addresses = view.changed ?? new Set([...buffers.keys(), ...listed.addresses()]);
    // What is put right here is not a change.
    view.changed = null;
    let [untold, unlisted] = [0, 0];
    for (const address of addresses) {
      const bytesPerBank = listed.bytesPerBankAt(address);
      const traced = buffers.get(address);
      if (traced !== undefined && !isBlockOf(traced, bytesPerBank ?? 0)) {
        this.#memory.drop(traced);
        this.#remove(traced);
        unlisted += 1;
      }
      if (bytesPerBank === undefined || buffers.get(address) !== undefined) continue;
      untold += 1;
      const origin = {
        chip: null,
        requestedBytes: 0,
        banks: 0,
        context: 0,
        stack: 0,
        operation: 0,
        operationRun: 0,
        bornNs: 0,
        freedContext: null,
        isFreed: false,
        isIntermediate: false,
        diedNs: null,
        bornSince: 0,
      };
      const buffer = { device, memoryType, address, bytesPerBank, ...origin };
      this.#add(buffer);
    }
    view.changed = new Set();
    return { untold, unlisted };
  }

  #add(buffer: TracedBuffer): void {
    const view = this.#view(buffer.device, buffer.memoryType);
    const before = view.buffers.get(buffer.address);
    view.buffers.set(buffer.address, buffer);
    noteChange(view, buffer.address);
    view.bytesPerBank += buffer.bytesPerBank - (before?.bytesPerBank ?? 0);
  }

  #remove(buffer: TracedBuffer): void {
    const view = this.#views.get(memoryKey(buffer.device, buffer.memoryType));
    if (view?.buffers.get(buffer.address) === buffer) this.#removeAt(view, buffer.address);
  }

  #removeAt(view: ViewOfMemory, address: number): void {
    const buffer = view.buffers.get(address);
    view.buffers.delete(address);
    noteChange(view, address);
    view.bytesPerBank -= buffer?.bytesPerBank ?? 0;
  }

  #view(device: number, memoryType: MemoryType): ViewOfMemory {
    const key = memoryKey(device, memoryType);
    let view = this.#views.get(key);
    if (view === undefined) {
      view = { device, memoryType, buffers: new NumberMap(), bytesPerBank: 0, isUncertain: false, changed: null };
      this.#views.set(key, view);
    }
    return view;
  }
}

function noteChange(view: ViewOfMemory, address: number): void {
  view.changed?.add(address);
  if (view.changed !== null && view.changed.size > view.buffers.size + CHANGED_MAX) view.changed = null;
}

/** Whether a block is what a buffer was given. */
function isBlockOf({ bytesPerBank }: TracedBuffer, blockBytesPerBank: number): boolean {
  const rounded = blockBytesPerBank - bytesPerBank;
  return rounded >= 0 && rounded <= ROUNDING_BYTES_MAX;
}
