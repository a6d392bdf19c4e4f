import type { DeviceCounters } from "../../model/server-view.ts";
import * as bufferEntry from "./buffer-entry.ts";

// Constants of its own, for speed: docs/architecture.md, "The allocation server".
const { Kind } = bufferEntry;

const BUFFER_TYPES = 5;
/** Bytes by buffer type, then circular buffers, then kernels; then as many counts. */
const COLUMNS = BUFFER_TYPES + 2;

/** Column of an entry's kind and type. */
export function columnOf(kind: number, type: number): number {
  return kind === Kind.buffer ? type : BUFFER_TYPES + kind - 1;
}

/** What one process holds, by device. Sums are exact up to 2^53 bytes. */
export class OwnerCounters {
  readonly #rows: (Float64Array | undefined)[] = [];

  add(device: number, column: number, sizeBytes: number): void {
    const row = this.#rows[device] ?? this.#newRow(device);
    row[column] = (row[column] as number) + sizeBytes;
    row[COLUMNS + column] = (row[COLUMNS + column] as number) + 1;
  }

  /** Takes off what was added. */
  subtract(device: number, column: number, sizeBytes: number): void {
    const row = this.#rows[device] ?? this.#newRow(device);
    row[column] = (row[column] as number) - sizeBytes;
    row[COLUMNS + column] = (row[COLUMNS + column] as number) - 1;
  }

  #newRow(device: number): Float64Array {
    const row = new Float64Array(2 * COLUMNS);
    // Filled from the front, or V8 would turn the array into a dictionary.
    while (this.#rows.length <= device) this.#rows.push(undefined);
    this.#rows[device] = row;
    return row;
  }

  bytes(device: number, column: number): number {
    return this.#rows[device]?.[column] ?? 0;
  }

  count(device: number, column: number): number {
    return this.#rows[device]?.[COLUMNS + column] ?? 0;
  }

  /** Whether anything was ever booked on a device. */
  hasDevice(device: number): boolean {
    return this.#rows[device] !== undefined;
  }

  /** One more than the largest device. */
  get devices(): number {
    return this.#rows.length;
  }
}

/** Sums over all processes. */
export function deviceCounters(device: number, owners: Iterable<OwnerCounters>): DeviceCounters {
  const bytes = new Array<number>(COLUMNS).fill(0);
  let buffers = 0;
  for (const owner of owners) {
    if (device >= owner.devices) continue;
    for (let column = 0; column < COLUMNS; column += 1) {
      bytes[column] = (bytes[column] ?? 0) + owner.bytes(device, column);
      if (column < BUFFER_TYPES) buffers += owner.count(device, column);
    }
  }
  const [dram = 0, l1 = 0, systemMemory = 0, l1Small = 0, trace = 0, cb = 0, kernel = 0] = bytes;
  return {
    device,
    buffers,
    dramBytes: BigInt(dram),
    l1Bytes: BigInt(l1),
    l1SmallBytes: BigInt(systemMemory + l1Small),
    traceBytes: BigInt(trace),
    cbBytes: BigInt(cb),
    kernelBytes: BigInt(kernel),
  };
}
