import type { TraceRecord } from "../../model/trace-record.ts";
import { isExact, sizeBytesOf } from "../traced-size.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** Lines whose buffers are kept, one for each test, memory and device; the buffers of others are counted. */
const GROUPS_MAX = 1_000;

/** Of the buffers that wait for a replay, so many more than the live ones are over; then they are taken out. */
const OVER_WAITING_MAX = 1_000;

/** What one line allocated in one context while what was captured could be replayed. */
export interface ExposedGroup {
  /** One of the buffers, for what they have in common. */
  readonly buffer: TracedBuffer;
  buffers: number;
  sizeBytes: number;
  isExact: boolean;
  /** How many of them were live at a replay. */
  replayed: number;
}

/** One buffer that was allocated while what was captured could be replayed. */
interface Exposed {
  readonly buffer: TracedBuffer;
  /** How many were born before it. */
  readonly order: number;
  isReplayed: boolean;
}

/** The captures of one device. */
class DeviceCaptures {
  /** Those under way, by number. */
  readonly capturing = new Set<number>();
  /** Those that can be replayed, in the order in which they were captured: how many buffers were born before each. */
  readonly live = new Map<number, number>();
  /** In the order of their birth. */
  readonly exposed = new Map<TracedBuffer, Exposed>();
  /** Those of them that no replay met, in the same order, and some that are over. */
  waiting: Exposed[] = [];
}

/**
 * Buffers that a replay may overwrite. What was captured is replayed on the addresses of its capture, also on those that
 * are free by then, so what is allocated while a capture can be replayed may lie where it writes. ttnn says so too: from
 * the end of a capture until the last one of the device is released, but not while another is captured, it calls
 * allocations "potentially unsafe", "if they are not released before" a replay.
 *
 * Each record costs the same, however many buffers there are.
 */
export class ReplayExposure {
  readonly #devices = new Map<number, DeviceCaptures>();
  readonly #groups = new Map<string, ExposedGroup>();
  #born = 0;
  /** Buffers beyond those of the groups that are kept. */
  more = 0;

  record({ kind, device, address: capture }: Pick<TraceRecord, "kind" | "device" | "address">): void {
    if (kind === "capture-begin") this.#of(device).capturing.add(capture);
    else if (kind === "capture-end") this.#capture(this.#of(device), capture);
    else if (kind === "replay") this.#replay(this.#of(device), capture);
    else this.#release(this.#of(device), capture);
  }

  born(buffer: TracedBuffer): void {
    const device = this.#devices.get(buffer.device);
    if (device === undefined) return;
    this.#born += 1;
    if (device.live.size === 0 || device.capturing.size > 0) return;
    const exposed = { buffer, order: this.#born, isReplayed: false };
    device.exposed.set(buffer, exposed);
    device.waiting.push(exposed);
  }

  /** It was freed, or ended with its allocator. */
  died(buffer: TracedBuffer): void {
    const device = this.#devices.get(buffer.device);
    const exposed = device?.exposed.get(buffer);
    if (device === undefined || exposed === undefined) return;
    device.exposed.delete(buffer);
    // What was given back before a replay was never in danger; what was not, would have been.
    if (exposed.isReplayed || !buffer.isFreed) this.#tell(exposed);
    if (device.waiting.length > 2 * device.exposed.size + OVER_WAITING_MAX) {
      device.waiting = device.waiting.filter((each) => device.exposed.has(each.buffer));
    }
  }

  /** Records were lost: what is captured and what is live is not known any more. What was found before is true. */
  noteLoss(): void {
    this.#devices.clear();
  }

  /** Up to the last record. */
  groups(): readonly ExposedGroup[] {
    for (const device of this.#devices.values()) this.#end(device, Number.POSITIVE_INFINITY);
    return [...this.#groups.values()];
  }

  #capture(device: DeviceCaptures, capture: number): void {
    device.capturing.delete(capture);
    device.live.set(capture, this.#born);
  }

  /** What was born before its capture ended is in no danger: the capture left it alone, or made it. */
  #replay({ live, waiting }: DeviceCaptures, capture: number): void {
    const capturedAt = live.get(capture);
    if (capturedAt === undefined) return;
    for (let last = waiting.at(-1); last !== undefined && last.order > capturedAt; last = waiting.at(-1)) {
      last.isReplayed = true;
      waiting.pop();
    }
  }

  #release(device: DeviceCaptures, capture: number): void {
    device.capturing.delete(capture);
    if (!device.live.delete(capture)) return;
    const [earliest = Number.POSITIVE_INFINITY] = device.live.values();
    this.#end(device, earliest);
  }

  /** Nothing that can be replayed was captured before these any more. */
  #end(device: DeviceCaptures, bornUpTo: number): void {
    for (const [buffer, exposed] of device.exposed) {
      if (exposed.order > bornUpTo) break;
      this.#tell(exposed);
      device.exposed.delete(buffer);
    }
    if (device.exposed.size === 0) device.waiting = [];
  }

  #tell({ buffer, isReplayed }: Exposed): void {
    const { context, stack, operation, device, memoryType } = buffer;
    const key = `${context} ${stack} ${operation} ${device} ${memoryType}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size >= GROUPS_MAX) {
        this.more += 1;
        return;
      }
      group = { buffer, buffers: 0, sizeBytes: 0, isExact: true, replayed: 0 };
      this.#groups.set(key, group);
    }
    group.buffers += 1;
    group.sizeBytes += sizeBytesOf(buffer);
    group.isExact &&= isExact(buffer);
    group.replayed += Number(isReplayed);
  }

  #of(key: number): DeviceCaptures {
    let device = this.#devices.get(key);
    if (device === undefined) {
      device = new DeviceCaptures();
      this.#devices.set(key, device);
    }
    return device;
  }
}
