import type { Block } from "../../core/model/measurement.ts";
import type { MemoryType } from "../../core/model/memory-type.ts";

/** Blocks that may wait for their measurement on one connection: about 100 MB. */
export const PENDING_BLOCKS_MAX = 1_000_000;

/** The same on all connections together, so that one that uses all of its own leaves as much to the others. */
export const ALL_PENDING_BLOCKS_MAX = 2_000_000;

export interface BlockChanges {
  readonly added: readonly Block[];
  readonly removed: readonly Block[];
}

/** Address and bytes per bank, as a `blocks` message has them. */
export type BlockEntry = readonly [address: bigint, bytesPerBank: number];

export interface BlocksOfType {
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly added: readonly BlockEntry[];
  readonly removed: readonly BlockEntry[];
}

/** Counts what waits on all connections of a run. */
export class PendingBudget {
  readonly #max: number;
  #count = 0;

  /** `max` is a limit for tests. */
  constructor(max = ALL_PENDING_BLOCKS_MAX) {
    this.#max = max;
  }

  /** Returns false, and counts nothing, where that would go over the limit. */
  take(blocks: number): boolean {
    if (this.#count + blocks > this.#max) return false;
    this.#count += blocks;
    return true;
  }

  give(blocks: number): void {
    this.#count -= blocks;
  }
}

/** Blocks that came and went, kept by device until that device's next measurement claims them. */
export class PendingBlocks {
  readonly #byDevice = new Map<number, { added: Block[]; removed: Block[] }>();
  readonly #budget: PendingBudget;
  #count = 0;

  constructor(budget: PendingBudget) {
    this.#budget = budget;
  }

  /** Returns false, and keeps nothing of it, where the message would go over a limit. */
  add(message: BlocksOfType): boolean {
    const blocks = message.added.length + message.removed.length;
    const count = this.#count + blocks;
    if (count > PENDING_BLOCKS_MAX || !this.#budget.take(blocks)) return false;
    const pending = this.#byDevice.get(message.device) ?? { added: [], removed: [] };
    this.#byDevice.set(message.device, pending);
    for (const entry of message.added) pending.added.push(blockOf(message.memoryType, entry));
    for (const entry of message.removed) pending.removed.push(blockOf(message.memoryType, entry));
    this.#count = count;
    return true;
  }

  /** Hands over what waits for `device` and forgets it. */
  claim(device: number): BlockChanges {
    const pending = this.#byDevice.get(device);
    if (pending === undefined) return { added: [], removed: [] };
    this.#byDevice.delete(device);
    const blocks = pending.added.length + pending.removed.length;
    this.#count -= blocks;
    this.#budget.give(blocks);
    return pending;
  }

  /** Forgets all that waits: no measurement will claim it. */
  forget(): void {
    this.#byDevice.clear();
    this.#budget.give(this.#count);
    this.#count = 0;
  }
}

function blockOf(memoryType: MemoryType, [address, bytesPerBank]: BlockEntry): Block {
  return { memoryType, address, bytesPerBank };
}
