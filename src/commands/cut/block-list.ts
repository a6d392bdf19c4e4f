import type { Block, TypeUsage } from "../../core/model/measurement.ts";
import type { MemoryType } from "../../core/model/memory-type.ts";

/** Blocks of one device, by memory type and address. */
export class BlockList {
  readonly #blocks = new Map<string, Block>();

  add(block: Block): void {
    this.#blocks.set(keyOf(block), block);
  }

  /** Gives whether it was there. */
  remove(block: Pick<Block, "memoryType" | "address">): boolean {
    return this.#blocks.delete(keyOf(block));
  }

  has(block: Pick<Block, "memoryType" | "address">): boolean {
    return this.#blocks.has(keyOf(block));
  }

  all(): Block[] {
    return [...this.#blocks.values()];
  }

  /** Those that the other one does not have as they are here. */
  without(other: BlockList): Block[] {
    return this.all().filter((block) => other.#blocks.get(keyOf(block))?.bytesPerBank !== block.bytesPerBank);
  }

  /** An allocator's figures, if these were all blocks that it had. */
  usage(of: readonly TypeUsage[]): TypeUsage[] {
    const sums = new Map<MemoryType, number>();
    for (const { memoryType, bytesPerBank } of this.#blocks.values()) {
      sums.set(memoryType, (sums.get(memoryType) ?? 0) + bytesPerBank);
    }
    return of.map((usage) => ({ ...usage, allocatedBytesPerBank: sums.get(usage.memoryType) ?? 0 }));
  }
}

function keyOf({ memoryType, address }: Pick<Block, "memoryType" | "address">): string {
  return `${memoryType} ${address}`;
}
