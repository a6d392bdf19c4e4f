import { BUFFER_TYPE_NAMES, bufferTypeName } from "../../model/buffer-type.ts";
import type { DeviceCounters, EndedProcess, StatisticsView } from "../../model/server-view.ts";
import { Kind } from "./buffer-entry.ts";
import { columnOf, deviceCounters, OwnerCounters } from "./owner-counters.ts";

/** The processes that have anything booked, and what each of them holds. */
export class Owners {
  /** By process; null once it was removed, undefined where it never booked anything. Read by every message. */
  readonly counters: (OwnerCounters | null | undefined)[] = [];
  /** Those that have counters, in no order: a server sees many more processes than live at a time. */
  readonly #present = new Set<number>();

  get present(): ReadonlySet<number> {
    return this.#present;
  }

  /** Counters for a process that has none. */
  add(owner: number): OwnerCounters {
    while (this.counters.length < owner) this.counters.push(undefined);
    const counters = new OwnerCounters();
    this.counters[owner] = counters;
    this.#present.add(owner);
    return counters;
  }

  /** What it held; null where nothing of it was booked. */
  remove(owner: number): OwnerCounters | null {
    const counters = this.counters[owner] ?? null;
    if (counters === null) return null;
    this.counters[owner] = null;
    this.#present.delete(owner);
    return counters;
  }

  /** Whether it was removed, and never booked anything again. */
  isRemoved(owner: number): boolean {
    return this.counters[owner] === null;
  }

  countersOf(device: number): DeviceCounters {
    return deviceCounters(device, this.#all());
  }

  statistics(): StatisticsView {
    const devices: DeviceCounters[] = [];
    for (const [device, owners] of ownersByDevice(this.#all()).entries()) {
      if (owners === undefined) continue;
      const counters = deviceCounters(device, owners);
      const { buffers, dramBytes, l1Bytes, l1SmallBytes, traceBytes, cbBytes, kernelBytes } = counters;
      if (buffers > 0 || dramBytes + l1Bytes + l1SmallBytes + traceBytes + cbBytes + kernelBytes > 0n) {
        devices.push(counters);
      }
    }
    return { devices, active: devices.reduce((sum, { buffers }) => sum + buffers, 0) };
  }

  *#all(): Generator<OwnerCounters, void, void> {
    for (const id of this.#present) {
      const owner = this.counters[id];
      if (owner != null) yield owner;
    }
  }
}

/** Those that ever had anything on a device, by device: in one pass, however many there are of both. */
function ownersByDevice(owners: Iterable<OwnerCounters>): (OwnerCounters[] | undefined)[] {
  const byDevice: (OwnerCounters[] | undefined)[] = [];
  for (const owner of owners) {
    for (let device = 0; device < owner.devices; device += 1) {
      if (!owner.hasDevice(device)) continue;
      const there = byDevice[device] ?? [];
      byDevice[device] = there;
      there.push(owner);
    }
  }
  return byDevice;
}

/** What a process that ended held; null: nothing. */
export function endedProcess(pid: number, owner: OwnerCounters | null, isTraced: boolean): EndedProcess {
  const groups: EndedProcess["groups"][number][] = [];
  const sum = { pid, buffers: 0, bufferBytes: 0n, cbs: 0, cbBytes: 0n, kernels: 0, kernelBytes: 0n, groups, isTraced };
  if (owner === null) return sum;
  for (let device = 0; device < owner.devices; device += 1) {
    for (let typeIndex = 0; typeIndex < BUFFER_TYPE_NAMES.length; typeIndex += 1) {
      const buffers = owner.count(device, columnOf(Kind.buffer, typeIndex));
      if (buffers === 0) continue;
      const sizeBytes = owner.bytes(device, columnOf(Kind.buffer, typeIndex));
      groups.push({ device, memoryType: bufferTypeName(typeIndex), buffers, sizeBytes });
      sum.buffers += buffers;
      sum.bufferBytes += BigInt(sizeBytes);
    }
    sum.cbs += owner.count(device, columnOf(Kind.circularBuffer, 0));
    sum.cbBytes += BigInt(owner.bytes(device, columnOf(Kind.circularBuffer, 0)));
    sum.kernels += owner.count(device, columnOf(Kind.kernel, 0));
    sum.kernelBytes += BigInt(owner.bytes(device, columnOf(Kind.kernel, 0)));
  }
  return sum;
}
