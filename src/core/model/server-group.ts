import { BUFFER_TYPE_NAMES } from "./buffer-type.ts";

/** Buffers of one device and memory type on an allocation server: what clients sent, so not what the allocator rounds it to. */
export interface ServerGroup {
  /** As the client sent it. */
  readonly device: number;
  /** DRAM, L1, SYSTEM_MEMORY, L1_SMALL or TRACE. */
  readonly memoryType: string;
  readonly buffers: number;
  /** Of all of them; exact up to 2^53. */
  readonly sizeBytes: number;
}

/** A group that is being counted, and what else is kept of it. */
interface Sum<Kept> {
  readonly device: number;
  readonly memoryType: string;
  buffers: number;
  sizeBytes: number;
  readonly kept: Kept;
}

/** Counts buffers by device and memory type. */
export class GroupSums<Kept> {
  readonly #byDevice = new Map<number, Map<string, Sum<Kept>>>();
  readonly #newKept: () => Kept;

  /** `newKept` makes what is kept of a group besides its sums. */
  constructor(newKept: () => Kept) {
    this.#newKept = newKept;
  }

  /** Counts `buffers` that have `sizeBytes` together; gives the group they are in. */
  add(device: number, memoryType: string, sizeBytes: number, buffers: number): Readonly<Sum<Kept>> {
    const sum = this.#byDevice.get(device)?.get(memoryType) ?? this.#begin(device, memoryType);
    sum.buffers += buffers;
    sum.sizeBytes += sizeBytes;
    return sum;
  }

  #begin(device: number, memoryType: string): Sum<Kept> {
    const ofDevice = this.#byDevice.get(device) ?? new Map<string, Sum<Kept>>();
    this.#byDevice.set(device, ofDevice);
    const sum = { device, memoryType, buffers: 0, sizeBytes: 0, kept: this.#newKept() };
    ofDevice.set(memoryType, sum);
    return sum;
  }

  /** By device, then memory type. */
  groups(): readonly Readonly<Sum<Kept>>[] {
    const sums = [...this.#byDevice.values()].flatMap((ofDevice) => [...ofDevice.values()]);
    return sums.toSorted((a, b) => a.device - b.device || orderOf(a.memoryType) - orderOf(b.memoryType));
  }
}

const ORDER: readonly string[] = BUFFER_TYPE_NAMES;

function orderOf(memoryType: string): number {
  return ORDER.indexOf(memoryType);
}
