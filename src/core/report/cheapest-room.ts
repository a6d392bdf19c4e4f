import type { Layout, MemoryRange } from "../model/memory-shortage.ts";

/** What a test asked for in each bank, and whose the buffers are that are in its way. */
export interface WantedRoom {
  readonly bytesPerBank: number;
  /** The owner of each of the layout's shares, by number. */
  readonly ownerOf: readonly number[];
  /**
   * What is rather not to be freed, by owner: `own`, what the test itself has; `lasting`, what a wider fixture has. All
   * others are null: what earlier tests left.
   */
  readonly worth: readonly ("own" | "lasting" | null)[];
}

/** Buffers by their numbers in the layout. */
export type Buffers = readonly number[];

/**
 * The live buffers without which there would have been room in one piece, at the lowest cost: none of a wider fixture
 * if possible, then of the fewest owners, then of the fewest bytes, then the fewest.
 *
 * The test's own are left alone: without what was there before them they would have been placed next to each other. Only
 * where that is not an answer, or they are all that is in the way, they are among those to be freed.
 *
 * @returns null where there is no room even without all of them
 */
export function cheapestRoom(layout: Layout, range: MemoryRange, wanted: WantedRoom): Buffers | null {
  const withoutOthers = cheapest(new Window(layout, range, wanted, "stay"), wanted.bytesPerBank);
  if (withoutOthers !== null && withoutOthers.length > 0) return withoutOthers;
  return cheapest(new Window(layout, range, wanted, "go"), wanted.bytesPerBank);
}

/**
 * Whatever makes room contains neighbours that do, and with the first of them the last follows: one pass finds the
 * cheapest of all sets.
 */
function cheapest(window: Window, wantedBytes: number): Buffers | null {
  let best: { readonly cost: Figures; readonly from: number; readonly to: number } | null = null;
  while (window.growTo(wantedBytes)) {
    if (window.isEmpty) return [];
    const cost = window.cost();
    if (best === null || isLess(cost, best.cost)) best = { cost, from: window.from, to: window.to };
    window.shrink();
  }
  return best && window.freed(best);
}

/** Of two costs, the first figures that differ count. */
type Figures = readonly number[];

function isLess(some: Figures, others: Figures): boolean {
  const differing = some.findIndex((figure, index) => figure !== others[index]);
  return differing >= 0 && (some[differing] ?? 0) < (others[differing] ?? 0);
}

/** Neighbours that are to go, and the room that there is without them. Its ends only go on. */
class Window {
  readonly #layout: Layout;
  readonly #wanted: WantedRoom;
  readonly #own: "stay" | "go";
  readonly #end: number;
  /** Where the room begins. */
  #low: number;
  /** Buffers, by owner. */
  readonly #buffersOf = new Map<number, number>();
  readonly #counts = { own: 0, lasting: 0, buffers: 0, bytes: 0, stayingBytes: 0 };
  /** Numbers of the first buffer, and of the one after the last. */
  from = 0;
  to = 0;

  constructor(layout: Layout, { base, totalBytesPerBank }: MemoryRange, wanted: WantedRoom, own: "stay" | "go") {
    this.#layout = layout;
    this.#wanted = wanted;
    this.#own = own;
    this.#low = base;
    this.#end = base + totalBytesPerBank;
  }

  get isEmpty(): boolean {
    return this.from === this.to;
  }

  cost(): Figures {
    const { own, lasting, bytes, buffers } = this.#counts;
    return [Math.min(own, 1), Math.min(lasting, 1), this.#buffersOf.size, bytes, buffers];
  }

  /** With the buffers that follow, until there is this much room. False: all of them are not enough. */
  growTo(wantedBytes: number): boolean {
    const { addresses } = this.#layout;
    while ((addresses[this.to] ?? this.#end) - this.#low - this.#counts.stayingBytes < wantedBytes) {
      if (this.to >= addresses.length) return false;
      this.#count(this.to, 1);
      this.to += 1;
    }
    return true;
  }

  /** Without the first buffer. */
  shrink(): void {
    const { addresses, bytesPerBank } = this.#layout;
    this.#count(this.from, -1);
    this.#low = Math.max(this.#low, (addresses[this.from] ?? 0) + (bytesPerBank[this.from] ?? 0));
    this.from += 1;
  }

  /** Which of the buffers between two numbers go. */
  freed({ from, to }: { readonly from: number; readonly to: number }): Buffers {
    return Array.from({ length: to - from }, (_, index) => from + index).filter((buffer) => !this.#stays(buffer));
  }

  #stays(buffer: number): boolean {
    return this.#own === "stay" && this.#wanted.worth[this.#ownerOf(buffer)] === "own";
  }

  #ownerOf(buffer: number): number {
    return this.#wanted.ownerOf[this.#layout.shares[buffer] ?? 0] ?? 0;
  }

  #count(buffer: number, sign: 1 | -1): void {
    const bytes = sign * (this.#layout.bytesPerBank[buffer] ?? 0);
    if (this.#stays(buffer)) {
      this.#counts.stayingBytes += bytes;
      return;
    }
    const owner = this.#ownerOf(buffer);
    const left = (this.#buffersOf.get(owner) ?? 0) + sign;
    if (left === 0) this.#buffersOf.delete(owner);
    else this.#buffersOf.set(owner, left);
    const worth = this.#wanted.worth[owner] ?? null;
    if (worth !== null) this.#counts[worth] += sign;
    this.#counts.buffers += sign;
    this.#counts.bytes += bytes;
  }
}
