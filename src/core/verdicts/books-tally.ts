import { GroupSums, type ServerGroup } from "../model/server-group.ts";
import type { BookedBuffer } from "../model/server-view.ts";

/** Buffers of one device and memory type, and what a finding says of them. */
export interface Tally extends ServerGroup {
  /** Owners, ascending; the first PIDS_MAX that were met. */
  readonly pids: readonly number[];
  /** Most references or allocations, whichever set these buffers apart, of one of them. */
  readonly most: number;
}

/** Live buffers, set apart by what can be said of each alone. */
export interface BooksTallies {
  /** All but `untrackedFree`. */
  readonly left: readonly Tally[];
  /** Those of `left` with more references than the rules allow. */
  readonly referenced: readonly Tally[];
  /** L1 that came again and again and never went: circular buffers of early clients. */
  readonly untrackedFree: readonly Tally[];
}

/** Owners that a finding names. */
const PIDS_MAX = 10;

/** Counts live buffers, in portions, so that millions can be judged without holding them. */
export class BooksTally {
  readonly #refCountMax: number;
  readonly #left = new OwnedSums();
  readonly #referenced = new OwnedSums();
  readonly #untrackedFree = new OwnedSums();

  constructor(refCountMax: number) {
    this.#refCountMax = refCountMax;
  }

  add(buffers: readonly BookedBuffer[]): void {
    for (const buffer of buffers) this.#addOne(buffer);
  }

  #addOne(buffer: BookedBuffer): void {
    const { device, memoryType, sizeBytes, pid, allocs, frees, refCount, address } = buffer;
    const group = { device, memoryType, sizeBytes: Number(sizeBytes), buffers: 1 };
    if (memoryType === "L1" && frees === 0 && allocs > 1) {
      this.#untrackedFree.add(group, pid, allocs);
      return;
    }
    // Allocations of a graph capture without memory all have the address 0 and share one entry.
    if (refCount > this.#refCountMax && address !== 0n) this.#referenced.add(group, pid, refCount);
    this.#left.add(group, pid, 0);
  }

  tallies(): BooksTallies {
    return {
      left: this.#left.tallies(),
      referenced: this.#referenced.tallies(),
      untrackedFree: this.#untrackedFree.tallies(),
    };
  }
}

/** What is kept of a group besides its sums. */
interface Noted {
  most: number;
  readonly pids: Set<number>;
}

/** Sums of buffers, with their owners. */
export class OwnedSums {
  readonly #sums = new GroupSums<Noted>(() => ({ most: 0, pids: new Set() }));

  /** Counts a group that one process owns; `amount` is of a single buffer, see `Tally.most`. */
  add({ device, memoryType, sizeBytes, buffers }: ServerGroup, pid: number, amount: number): void {
    const { kept } = this.#sums.add(device, memoryType, sizeBytes, buffers);
    kept.most = Math.max(kept.most, amount);
    if (kept.pids.size < PIDS_MAX) kept.pids.add(pid);
  }

  /** By device, then memory type. */
  tallies(): readonly Tally[] {
    return this.#sums.groups().map(({ kept: { most, pids }, ...group }) => {
      return { ...group, most, pids: [...pids].toSorted((a, b) => a - b) };
    });
  }
}
