import { NumberMap } from "../../base/number-map.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { SeenAddresses } from "./seen-addresses.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** One memory of one device. */
export interface BuffersOfMemory {
  readonly device: number;
  readonly memoryType: MemoryType;
  /** What is live in it, by address. */
  readonly buffers: NumberMap<TracedBuffer>;
  /** Between which addresses buffers have been seen. */
  seen: SeenAddresses | undefined;
}

/** What is live where, in one traced process. */
export class LiveMemories {
  readonly #byKey = new Map<string, BuffersOfMemory>();
  #last: BuffersOfMemory | null = null;

  /** One memory's buffers come one after the other mostly, so the last one is asked first. */
  of(device: number, memoryType: MemoryType): BuffersOfMemory {
    const last = this.#last;
    if (last !== null && last.device === device && last.memoryType === memoryType) return last;
    const memory = this.find(device, memoryType) ?? { device, memoryType, buffers: new NumberMap(), seen: undefined };
    this.#byKey.set(memoryKey(device, memoryType), memory);
    this.#last = memory;
    return memory;
  }

  find(device: number, memoryType: MemoryType): BuffersOfMemory | undefined {
    return this.#byKey.get(memoryKey(device, memoryType));
  }

  *all(): Iterable<TracedBuffer> {
    for (const { buffers } of this.#byKey.values()) yield* buffers.values();
  }

  /** Those in which anything is live. */
  *inUse(): Iterable<Readonly<BuffersOfMemory>> {
    for (const memory of this.#byKey.values()) if (memory.buffers.size > 0) yield memory;
  }

  /** What is live on other devices than these. Memories without any are forgotten: with a device for each test there are many. */
  *beside(devices: ReadonlySet<number>): Iterable<TracedBuffer> {
    for (const [key, memory] of this.#byKey) {
      if (memory.buffers.size === 0) this.#forget(key, memory);
      else if (!devices.has(memory.device)) yield* memory.buffers.values();
    }
  }

  #forget(key: string, memory: BuffersOfMemory): void {
    this.#byKey.delete(key);
    if (this.#last === memory) this.#last = null;
  }
}

/** Names one memory of one device. */
export function memoryKey(device: number, memoryType: MemoryType): string {
  return `${device} ${memoryType}`;
}
