import type { Block } from "../../core/model/measurement.ts";
import type { MemoryType } from "../../core/model/memory-type.ts";

/** Blocks that may wait for their measurement on one connection: about 100 MB. */
export const PENDING_BLOCKS_MAX = 1_000_000;

export interface BlockChanges {
  readonly added: readonly Block[];
  readonly removed: readonly Block[];
}

/** Address and bytes per bank, as a `blocks` message has them. */
export type BlockEntry = readonly [address: bigint, sizeBytesPerBank: number];

export interface BlocksOfType {
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly added: readonly BlockEntry[];
  readonly removed: readonly BlockEntry[];
}

/** Blocks that came and went, kept by device until that device's next measurement claims them. */
export class PendingBlocks {
  readonly #byDevice = new Map<number, { added: Block[]; removed: Block[] }>();
  #count = 0;

  /** Returns false, and keeps nothing of it, where the message would go over the limit. */
  add(message: BlocksOfType): boolean {
    const count = this.#count + message.added.length + message.removed.length;
    if (count > PENDING_BLOCKS_MAX) return false;
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
    this.#count -= pending.added.length + pending.removed.length;
    return pending;
  }
}

function blockOf(memoryType: MemoryType, [address, sizeBytesPerBank]: BlockEntry): Block {
  return { memoryType, address, sizeBytesPerBank };
}
