import { assertNever } from "../../core/base/assert-never.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { FixtureRef, Measurement } from "../../core/model/measurement.ts";
import { BlockList } from "./block-list.ts";

/** What happened in one process. */
export type CutEvent = Exclude<RunEvent, { kind: "refused" }>;
type EventOf<Kind extends RunEvent["kind"]> = Extract<RunEvent, { kind: Kind }>;

/** In the place of all that made what a device held before the test. */
export const EARLIER: FixtureRef = { name: "what ran before", scope: "session", baseId: "" };

interface Device {
  /** The last look, with nothing that came or went. */
  last: Measurement;
  /** What is on it. */
  readonly live: BlockList;
  /** What a reader of the cut events takes to be on it; null: it does not know the device. */
  told: BlockList | null;
  /** Whether a fixture ended since one was last reported: whatever is still there outlived it. */
  isLookDue: boolean;
}

/**
 * Leaves of one process's events what concerns one test: its own, and what became of its blocks later. In the place of all that
 * was before stands one look at each device.
 */
export class EventCutter {
  readonly #test: string;
  readonly #devices = new Map<number, Device>();
  /** By device, blocks that the test left. */
  readonly #left = new Map<number, BlockList>();
  #isInside = false;

  constructor(test: string) {
    this.#test = test;
  }

  take(event: CutEvent): CutEvent[] {
    switch (event.kind) {
      case "process-begin":
      case "process-end":
      case "process-lost":
      case "tracing":
        return [event];
      case "fixture-end":
        for (const device of this.#devices.values()) device.isLookDue = true;
        return [event];
      case "collected":
        return [{ ...event, tests: 1, paths: null }];
      case "test-begin":
        this.#isInside = event.ref.test === this.#test;
        return this.#isInside ? [...this.#tellDevices(event.process), event] : [];
      case "test-end":
        return this.#endTest(event);
      case "measurement":
        return this.#look(event);
      case "device-end":
        return this.#endDevice(event);
      case "tensor":
      case "holders":
      case "kept":
      case "origin":
        return this.#isInside || this.#left.get(event.deviceKey)?.has(event) === true ? [event] : [];
      case "waiting":
        return this.#wait(event);
      case "searched":
        return this.#isInside || this.#left.has(event.deviceKey) ? [event] : [];
      case "unchanged":
        return this.#isInside ? [event] : this.#lookAgain(event);
      case "context":
      case "not-checked":
      case "not-warmed-up":
      case "not-repeated":
      case "memory-error":
      case "region-difference":
      case "inside":
        return this.#isInside ? [event] : [];
      default:
        return assertNever(event);
    }
  }

  #endTest(event: EventOf<"test-end">): CutEvent[] {
    const wasInside = this.#isInside;
    this.#isInside = false;
    return wasInside ? [event] : [];
  }

  #look(event: EventOf<"measurement">): CutEvent[] {
    const { measurement } = event;
    const { key } = measurement.device;
    const device = this.#devices.get(key) ?? { last: measurement, live: new BlockList(), told: null, isLookDue: false };
    this.#devices.set(key, device);
    device.last = measurement;
    for (const block of measurement.removed) device.live.remove(block);
    for (const block of measurement.added) device.live.add(block);
    return this.#isInside ? this.#lookInside(event, device) : this.#lookOutside(event, device);
  }

  #lookInside(event: EventOf<"measurement">, device: Device): CutEvent[] {
    const {
      added,
      removed,
      device: { key },
    } = event.measurement;
    device.told ??= new BlockList();
    device.isLookDue = false;
    const left = this.#left.get(key) ?? new BlockList();
    this.#left.set(key, left);
    for (const block of removed) for (const list of [device.told, left]) list.remove(block);
    for (const block of added) for (const list of [device.told, left]) list.add(block);
    return [event];
  }

  #lookAgain({ process, deviceKey, moment }: EventOf<"unchanged">): CutEvent[] {
    const device = this.#devices.get(deviceKey);
    if (device === undefined) return [];
    const measurement = { ...device.last, moment, fixture: null, added: [], removed: [] };
    return this.#lookOutside({ kind: "measurement", process, measurement }, device);
  }

  /** Only these are reported: which blocks of the test were freed, and that others outlived a fixture. */
  #lookOutside({ measurement, ...event }: EventOf<"measurement">, device: Device): CutEvent[] {
    const { told } = device;
    const left = this.#left.get(measurement.device.key);
    const removed = measurement.removed.filter((block) => left?.remove(block) ?? false);
    const isDue = device.isLookDue && (left?.all().length ?? 0) > 0;
    if (told === null || (removed.length === 0 && !isDue)) return [];
    device.isLookDue = false;
    for (const block of removed) told.remove(block);
    const usage = told.usage(measurement.usage);
    const look = {
      ...measurement,
      fixture: null,
      usage,
      liveBlocks: told.all().length,
      added: [],
      removed,
      trace: null,
    };
    return [{ ...event, measurement: look }];
  }

  #endDevice(event: EventOf<"device-end">): CutEvent[] {
    const told = this.#devices.get(event.deviceKey)?.told ?? null;
    this.#devices.delete(event.deviceKey);
    this.#left.delete(event.deviceKey);
    return told === null ? [] : [event];
  }

  #wait(event: EventOf<"waiting">): CutEvent[] {
    if (this.#isInside) return [event];
    const blocks = event.blocks.filter((block) => this.#left.get(event.deviceKey)?.has(block));
    return blocks.length === 0 ? [] : [{ ...event, blocks }];
  }

  /** What each device has now, where that is not known. */
  #tellDevices(process: number): CutEvent[] {
    return [...this.#devices.values()].flatMap((device) => {
      const told = device.told ?? new BlockList();
      const [added, removed] = [device.live.without(told), told.without(device.live)];
      const isKnown = device.told !== null && added.length + removed.length === 0;
      for (const block of removed) told.remove(block);
      for (const block of added) told.add(block);
      device.told = told;
      if (isKnown) return [];
      const measurement = { ...device.last, moment: "open" as const, fixture: EARLIER, added, removed, trace: null };
      return [{ kind: "measurement" as const, process, measurement }];
    });
  }
}
