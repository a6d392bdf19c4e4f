import type { MemoryType } from "../../src/core/model/memory-type.ts";

/** A buffer that was planted: the same address in every bank. */
export interface PlantedBuffer {
  readonly memoryType: MemoryType;
  readonly address: number;
  readonly bytesPerBank: number;
}

const FIRST_ADDRESS = 0x10_0000;

/** An allocator that gives an address again as soon as it can: what is live on it, and nothing of what that means. */
export class PlantedDevice {
  readonly #live = new Set<PlantedBuffer>();
  /** Addresses that were freed, last first, by memory type and size. */
  readonly #free = new Map<string, number[]>();
  readonly #top = new Map<MemoryType, number>();

  allocate(memoryType: MemoryType, bytesPerBank: number): PlantedBuffer {
    const address = this.#free.get(keyOf(memoryType, bytesPerBank))?.pop() ?? this.#grow(memoryType, bytesPerBank);
    const buffer = { memoryType, address, bytesPerBank };
    this.#live.add(buffer);
    return buffer;
  }

  free(buffer: PlantedBuffer): void {
    if (!this.#live.delete(buffer)) throw new Error("a plant freed a buffer twice");
    const key = keyOf(buffer.memoryType, buffer.bytesPerBank);
    this.#free.set(key, [...(this.#free.get(key) ?? []), buffer.address]);
  }

  get live(): Iterable<PlantedBuffer> {
    return this.#live;
  }

  #grow(memoryType: MemoryType, bytesPerBank: number): number {
    const address = this.#top.get(memoryType) ?? FIRST_ADDRESS;
    this.#top.set(memoryType, address + bytesPerBank);
    return address;
  }
}

function keyOf(memoryType: MemoryType, bytesPerBank: number): string {
  return `${memoryType} ${bytesPerBank}`;
}
