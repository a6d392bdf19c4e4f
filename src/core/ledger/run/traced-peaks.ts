import type { MemoryType } from "../../model/memory-type.ts";
import type { DeviceNumber, TraceRecord } from "../../model/trace-record.ts";
import type { PeakUse } from "../../model/trace-report.ts";
import { deviceNumberOf, sizeBytesOf, type TracedPlace } from "../traced-size.ts";
import { CircularRegion } from "./circular-region.ts";
import { type GroupPeak, groupOf, isOwn, NO_GROUP, PeakWindow } from "./peak-window.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** Peaks of groups that are kept, one for each memory that a test used: of later tests there are none. */
const PEAKS_MAX = 1_000_000;

/** What one group had live at most on one device, of all memory types together. */
interface Together {
  readonly number: DeviceNumber;
  group: number;
  /** Of what it allocated first. */
  memoryType: MemoryType | null;
  /** Whether it allocated of another type as well: else the peak is that of the one memory. */
  isMixed: boolean;
  liveBytes: number;
  peakBytes: number;
}

/** What is added up where a buffer is. */
interface Place {
  readonly window: PeakWindow;
  readonly together: Together;
}

type TogetherPeak = DeviceNumber & { readonly sizeBytes: number };

/** The peaks of the contexts of one group. */
export interface GroupPeaks {
  readonly memories: readonly GroupPeak[];
  /** Of devices of which the group used several memory types. */
  readonly together: readonly TogetherPeak[];
}

/**
 * Adds up what is live in each memory, and keeps the most there was, ever and while each test ran. Sub-meshes have
 * allocators of their own; those that begin with the same chip are one device to people, so they are added up.
 */
export class TracedPeaks {
  readonly #windows = new Map<string, PeakWindow>();
  readonly #together = new Map<string, Together>();
  readonly #circular = new Map<string, CircularRegion>();
  /** By group. Most used one memory, and there may be as many groups as tests: a list only where there are several. */
  readonly #memoryPeaks = new Map<number, GroupPeak | GroupPeak[]>();
  readonly #togetherPeaks = new Map<number, TogetherPeak[]>();
  #kept = 0;
  #last: (TracedPlace & Place & { readonly memoryType: MemoryType }) | null = null;
  #group = 0;
  #isWhole = true;

  /** What follows happened in this context. */
  enter(context: number): void {
    this.#group = groupOf(context);
  }

  /** Records were lost: what is live from here on is not known well enough for peaks of tests. */
  noteLoss(): void {
    this.#isWhole = false;
  }

  born(buffer: TracedBuffer): void {
    const { window, together } = this.#of(buffer, buffer.memoryType);
    const sizeBytes = sizeBytesOf(buffer);
    const isOfGroup = isOwn(buffer, this.#group);
    window.born(buffer, sizeBytes, isOfGroup);
    if (!isOfGroup) return;
    together.memoryType ??= buffer.memoryType;
    together.isMixed ||= together.memoryType !== buffer.memoryType;
    together.liveBytes += sizeBytes;
    if (together.liveBytes > together.peakBytes) together.peakBytes = together.liveBytes;
  }

  died(buffer: TracedBuffer, isIntermediate: boolean): void {
    const { window, together } = this.#of(buffer, buffer.memoryType);
    const sizeBytes = sizeBytesOf(buffer);
    const isOfGroup = isOwn(buffer, this.#group);
    window.died(buffer, sizeBytes, isOfGroup, isIntermediate);
    if (isOfGroup) together.liveBytes -= sizeBytes;
  }

  /** A program that is dispatched for the first time placed a circular buffer. */
  placed(record: TraceRecord): void {
    if (record.isInBuffer || record.device < 0) return;
    const { window } = this.#of(record, "L1");
    const key = deviceKey(record);
    const region = this.#circular.get(key) ?? new CircularRegion();
    this.#circular.set(key, region);
    window.dispatched(region.place(record.address, record.bytesPerBank));
  }

  /** What each memory held at most. */
  all(): PeakUse[] {
    return [...this.#windows.values()].map(({ number, memoryType, everBytes, isExact }) => {
      return { ...number, memoryType, peakBytes: everBytes, isExact };
    });
  }

  /** The peaks of a group by its number, up to the last record. */
  groups(): (group: number) => GroupPeaks {
    for (const window of this.#windows.values()) this.#begin(window, NO_GROUP);
    for (const together of this.#together.values()) this.#beginTogether(together, NO_GROUP);
    return (group) => {
      const memories = this.#memoryPeaks.get(group) ?? [];
      const together = this.#togetherPeaks.get(group) ?? [];
      return { memories: Array.isArray(memories) ? memories : [memories], together };
    };
  }

  /** One device's allocations come one after the other mostly, so the last one's window is asked first. */
  #of(place: TracedPlace, memoryType: MemoryType): Place {
    const { device, chip } = place;
    let last = this.#last;
    if (last?.device !== device || last.chip !== chip || last.memoryType !== memoryType) {
      last = { device, chip, memoryType, window: this.#windowOf(place, memoryType), together: this.#togetherOf(place) };
      this.#last = last;
    }
    if (last.window.group !== this.#group) this.#begin(last.window, this.#group);
    if (last.together.group !== this.#group) this.#beginTogether(last.together, this.#group);
    return last;
  }

  #begin(window: PeakWindow, group: number): void {
    const ended = window.group;
    const peak = window.begin(group);
    if (ended === NO_GROUP || !this.#isKept()) return;
    const others = this.#memoryPeaks.get(ended);
    if (others === undefined) this.#memoryPeaks.set(ended, peak);
    else if (Array.isArray(others)) others.push(peak);
    else this.#memoryPeaks.set(ended, [others, peak]);
  }

  #beginTogether(together: Together, group: number): void {
    const { number, group: ended, peakBytes: sizeBytes, isMixed } = together;
    if (isMixed && this.#isKept()) {
      const others = this.#togetherPeaks.get(ended) ?? [];
      this.#togetherPeaks.set(ended, [...others, { ...number, sizeBytes }]);
    }
    together.group = group;
    together.memoryType = null;
    together.isMixed = false;
    together.liveBytes = together.peakBytes = 0;
  }

  #isKept(): boolean {
    this.#kept += 1;
    return this.#isWhole && this.#kept <= PEAKS_MAX;
  }

  #windowOf(place: TracedPlace, memoryType: MemoryType): PeakWindow {
    const key = `${deviceKey(place)} ${memoryType}`;
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new PeakWindow(deviceNumberOf(place), memoryType);
      this.#windows.set(key, window);
    }
    return window;
  }

  #togetherOf(place: TracedPlace): Together {
    const key = deviceKey(place);
    let together = this.#together.get(key);
    if (together === undefined) {
      const nothing = { memoryType: null, isMixed: false, liveBytes: 0, peakBytes: 0 };
      together = { number: deviceNumberOf(place), group: NO_GROUP, ...nothing };
      this.#together.set(key, together);
    }
    return together;
  }
}

/** Names a device, whatever it was opened as. */
function deviceKey({ device, chip }: TracedPlace): string {
  return chip === null ? `opened as ${device}` : `${chip}`;
}
