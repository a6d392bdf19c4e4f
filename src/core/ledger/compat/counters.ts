import type { DeviceCounters } from "../../model/server-view.ts";

/** Devices the earlier server counted: 0 to 7. */
const DEVICES = 8;

/** One of the byte counters of a device. */
export type ByteCounter = Exclude<keyof DeviceCounters, "device" | "buffers">;

/** By the number of a buffer's type: SYSTEM_MEMORY was counted as L1_SMALL. */
export const BUFFER_COUNTERS = ["dramBytes", "l1Bytes", "l1SmallBytes", "l1SmallBytes", "traceBytes"] as const;

/** A counter's value after a change: unsigned 64-bit, so that taking off too much wraps around. */
export function wrap(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Whether the earlier server had counters for a device. */
export function isCountedDevice(device: number): boolean {
  return device >= 0 && device < DEVICES;
}

/**
 * Bytes and buffers by device as the earlier server counted them. A device outside 0..7 has no counters: what is booked
 * of it is dropped, where the earlier server wrote over its own memory.
 */
export class CompatCounters {
  readonly #devices: DeviceCounters[] = Array.from({ length: DEVICES }, (_, device) => emptyCounters(device));

  /** Adds to, or with negative numbers takes off, one counter and the number of buffers. */
  add(device: number, counter: ByteCounter, sizeBytes: bigint, buffers: number): void {
    const before = this.#devices[device];
    if (before === undefined) return;
    const after = { ...before, buffers: before.buffers + buffers, [counter]: wrap(before[counter] + sizeBytes) };
    this.#devices[device] = after;
  }

  /** All zero for a device that has no counters. */
  of(device: number): DeviceCounters {
    return this.#devices[device] ?? emptyCounters(device);
  }

  /** Devices with any byte or buffer, ascending. */
  held(): readonly DeviceCounters[] {
    return this.#devices.filter(({ device, buffers, ...bytes }) => {
      return buffers !== 0 || Object.values(bytes).some((each) => each !== 0n);
    });
  }
}

function emptyCounters(device: number): DeviceCounters {
  const bytes = { dramBytes: 0n, l1Bytes: 0n, l1SmallBytes: 0n, traceBytes: 0n, cbBytes: 0n, kernelBytes: 0n };
  return { device, buffers: 0, ...bytes };
}
