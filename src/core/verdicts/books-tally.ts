import { BUFFER_TYPE_NAMES, type LiveBuffer } from "../model/server-view.ts";

/** Buffers of one device and memory type, counted. */
export interface Tally {
  readonly device: number;
  readonly memoryType: string;
  readonly buffers: number;
  readonly sizeBytes: number;
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

const L1 = BUFFER_TYPE_NAMES.indexOf("L1");

/** Counts live buffers, in portions, so that millions can be judged without holding them. */
export class BooksTally {
  readonly #refCountMax: number;
  readonly #left = new Piles();
  readonly #referenced = new Piles();
  readonly #untrackedFree = new Piles();

  constructor(refCountMax: number) {
    this.#refCountMax = refCountMax;
  }

  add(buffers: readonly LiveBuffer[]): void {
    for (const buffer of buffers) this.#addOne(buffer);
  }

  #addOne(buffer: LiveBuffer): void {
    const { typeIndex, allocs, frees, refCount, address } = buffer;
    if (typeIndex === L1 && frees === 0 && allocs > 1) {
      this.#untrackedFree.add(buffer, allocs);
      return;
    }
    // Allocations of a graph capture without memory all have the address 0 and share one entry.
    if (refCount > this.#refCountMax && address !== 0n) this.#referenced.add(buffer, refCount);
    this.#left.add(buffer, 0);
  }

  tallies(): BooksTallies {
    return {
      left: this.#left.tallies(),
      referenced: this.#referenced.tallies(),
      untrackedFree: this.#untrackedFree.tallies(),
    };
  }
}

interface Pile {
  readonly device: number;
  readonly typeIndex: number;
  buffers: number;
  sizeBytes: number;
  most: number;
  readonly pids: Set<number>;
}

/** Sums by device and memory type. */
export class Piles {
  readonly #piles = new Map<number, Pile>();

  /** One buffer, or `buffers` of `sizeBytes` together. */
  add(
    { device, typeIndex, sizeBytes, pid }: Pick<LiveBuffer, "device" | "typeIndex" | "sizeBytes" | "pid">,
    amount: number,
    buffers = 1,
  ): void {
    const key = device * BUFFER_TYPE_NAMES.length + typeIndex;
    const known = this.#piles.get(key);
    const pile = known ?? { device, typeIndex, buffers: 0, sizeBytes: 0, most: 0, pids: new Set<number>() };
    if (known === undefined) this.#piles.set(key, pile);
    pile.buffers += buffers;
    pile.sizeBytes += Number(sizeBytes);
    pile.most = Math.max(pile.most, amount);
    if (pile.pids.size < PIDS_MAX) pile.pids.add(pid);
  }

  /** By device, then memory type. */
  tallies(): readonly Tally[] {
    const piles = [...this.#piles.values()].toSorted((a, b) => a.device - b.device || a.typeIndex - b.typeIndex);
    return piles.map(({ typeIndex, pids, ...sums }) => ({
      ...sums,
      memoryType: BUFFER_TYPE_NAMES[typeIndex] ?? `type ${typeIndex}`,
      pids: [...pids].toSorted((a, b) => a - b),
    }));
  }
}
