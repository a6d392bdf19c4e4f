import type { MemoryType } from "../../model/memory-type.ts";
import type { CircularUse, PeakAmount, TestPeak } from "../../model/peak.ts";
import type { DeviceNumber } from "../../model/trace-record.ts";
import { isExact } from "../traced-size.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** Lines that are reported of a peak. */
const LARGEST_MAX = 5;

/** A number of a stack is below this; there are fewer bytes of stacks. */
const STACKS_MAX = 2 ** 26;

/** Before the first group. */
export const NO_GROUP = -1;

/** Contexts of one test have numbers that share what is above this (docs/formats.md, "context"). */
const GROUP_SHIFT = 8;

/** What one line had allocated, by the numbers of its stack and its operation. */
export interface TracedShare extends PeakAmount {
  readonly buffers: number;
  readonly stack: number;
  readonly operation: number;
}

/** The most that was live in one memory while contexts of one group ran. */
export interface GroupPeak extends Omit<TestPeak, keyof DeviceNumber | "phase" | "stack" | "operation" | "largest"> {
  readonly number: DeviceNumber;
  /** Numbers of where `own` was reached; 0: nothing was allocated. */
  readonly context: number;
  readonly stack: number;
  readonly operation: number;
  readonly largest: readonly TracedShare[];
}

/** What one line has; what it had at the own peak is this less what changed since. */
interface Site {
  readonly stack: number;
  readonly operation: number;
  buffers: number;
  sizeBytes: number;
  bytesPerBank: number;
  /** The number of the own peak that the changes below are since. */
  peak: number;
  buffersSince: number;
  sizeBytesSince: number;
  bytesPerBankSince: number;
}

const NOTHING: PeakAmount = { sizeBytes: 0, bytesPerBank: 0 };

/** An amount that is added to for each event: nothing is made anew for one. */
class Sum {
  sizeBytes = 0;
  bytesPerBank = 0;

  add(sign: 1 | -1, sizeBytes: number, bytesPerBank: number): void {
    this.sizeBytes += sign * sizeBytes;
    this.bytesPerBank += sign * bytesPerBank;
  }

  set({ sizeBytes, bytesPerBank }: PeakAmount): void {
    this.sizeBytes = sizeBytes;
    this.bytesPerBank = bytesPerBank;
  }

  clear(): void {
    this.sizeBytes = this.bytesPerBank = 0;
  }

  /** `known`: one that may be equal, and is then given again, because many are kept. */
  amount(known: PeakAmount = NOTHING): PeakAmount {
    const { sizeBytes, bytesPerBank } = this;
    if (sizeBytes === 0 && bytesPerBank === 0) return NOTHING;
    return this.isSame(known) ? known : { sizeBytes, bytesPerBank };
  }

  isSame({ sizeBytes, bytesPerBank }: PeakAmount): boolean {
    return sizeBytes === this.sizeBytes && bytesPerBank === this.bytesPerBank;
  }
}

/**
 * What is live in one memory, and the most there was of it while contexts of one group ran: in all, and of what the group
 * itself allocated. Each event costs the same, however much is live; what a peak was made of is found afterwards, from
 * what came and went since.
 */
export class PeakWindow {
  readonly number: DeviceNumber;
  readonly memoryType: MemoryType;
  group = NO_GROUP;
  /** The most there ever was. */
  everBytes = 0;
  isExact = true;
  readonly #live = new Sum();
  readonly #total = new Sum();
  readonly #own = new Sum();
  readonly #ownPeak = new Sum();
  readonly #others = new Sum();
  readonly #intermediates = new Sum();
  /** Of the group, by line; those that have nothing any more as well. */
  #sites = new Map<number, Site>();
  #lastSite: Site | null = null;
  /** Counts own peaks: each is higher than the one before. */
  #peak = 0;
  #reachedBy: TracedBuffer | null = null;
  #circular: CircularUse | null = null;
  /** Of the group before: those of most groups are the same. */
  #before: Pick<GroupPeak, "own" | "total" | "others"> = { own: NOTHING, total: NOTHING, others: NOTHING };

  constructor(number: DeviceNumber, memoryType: MemoryType) {
    this.number = number;
    this.memoryType = memoryType;
  }

  /** Goes on to another group. Gives what is known of the one before. */
  begin(group: number): GroupPeak {
    const ended = this.#summary();
    this.group = group;
    this.#sites = new Map();
    this.#lastSite = null;
    this.#own.clear();
    this.#ownPeak.clear();
    this.#intermediates.clear();
    this.#others.set(this.#live);
    this.#total.set(this.#live);
    this.#reachedBy = null;
    this.#circular = null;
    return ended;
  }

  /** `sizeBytes` is the buffer's; `isOwn`: contexts of the group allocated it. */
  born(buffer: TracedBuffer, sizeBytes: number, isOwn: boolean): void {
    const live = this.#live;
    this.isExact &&= isExact(buffer);
    live.add(1, sizeBytes, buffer.bytesPerBank);
    if (live.sizeBytes > this.everBytes) this.everBytes = live.sizeBytes;
    if (live.sizeBytes > this.#total.sizeBytes) this.#total.set(live);
    if (!isOwn) return;
    this.#own.add(1, sizeBytes, buffer.bytesPerBank);
    const isPeak = this.#own.sizeBytes > this.#ownPeak.sizeBytes;
    if (isPeak) this.#reach(buffer);
    this.#change(buffer, 1, sizeBytes, !isPeak);
  }

  /** `isIntermediate`: the operation that allocated it gives it back. */
  died(buffer: TracedBuffer, sizeBytes: number, isOwn: boolean, isIntermediate: boolean): void {
    this.#live.add(-1, sizeBytes, buffer.bytesPerBank);
    if (!isOwn) return;
    this.#own.add(-1, sizeBytes, buffer.bytesPerBank);
    this.#change(buffer, -1, sizeBytes, true);
    const wasLive = this.#reachedBy !== null && buffer.bornNs <= this.#reachedBy.bornNs;
    if (isIntermediate && wasLive) this.#intermediates.add(1, sizeBytes, buffer.bytesPerBank);
  }

  /** A program was dispatched whose circular buffers take this much of each core. */
  dispatched(bytesPerCore: number): void {
    const { bytesPerCore: most, withBuffersBytesPerCore } = this.#circular ?? NO_CIRCULAR;
    this.#circular = {
      bytesPerCore: Math.max(most, bytesPerCore),
      withBuffersBytesPerCore: Math.max(withBuffersBytesPerCore, bytesPerCore + this.#live.bytesPerBank),
    };
  }

  #reach(buffer: TracedBuffer): void {
    this.#ownPeak.set(this.#own);
    this.#others.set(this.#live);
    this.#others.add(-1, this.#own.sizeBytes, this.#own.bytesPerBank);
    this.#intermediates.clear();
    this.#reachedBy = buffer;
    this.#peak += 1;
  }

  /** `isSince`: after the own peak. */
  #change(buffer: TracedBuffer, sign: 1 | -1, sizeBytes: number, isSince: boolean): void {
    const site = this.#siteOf(buffer);
    site.buffers += sign;
    site.sizeBytes += sign * sizeBytes;
    site.bytesPerBank += sign * buffer.bytesPerBank;
    if (!isSince) return;
    if (site.peak !== this.#peak) {
      site.peak = this.#peak;
      site.buffersSince = site.sizeBytesSince = site.bytesPerBankSince = 0;
    }
    site.buffersSince += sign;
    site.sizeBytesSince += sign * sizeBytes;
    site.bytesPerBankSince += sign * buffer.bytesPerBank;
  }

  /** One line's allocations come one after the other mostly, so the last one's site is asked first. */
  #siteOf({ stack, operation }: TracedBuffer): Site {
    const last = this.#lastSite;
    if (last !== null && last.stack === stack && last.operation === operation) return last;
    const key = (stack % STACKS_MAX) * STACKS_MAX + (operation % STACKS_MAX);
    let site = this.#sites.get(key);
    if (site === undefined) {
      const nothing = { buffers: 0, sizeBytes: 0, bytesPerBank: 0 };
      const since = { peak: 0, buffersSince: 0, sizeBytesSince: 0, bytesPerBankSince: 0 };
      site = { stack, operation, ...nothing, ...since };
      this.#sites.set(key, site);
    }
    this.#lastSite = site;
    return site;
  }

  #summary(): GroupPeak {
    const { context = 0, stack = 0, operation = 0 } = this.#reachedBy ?? {};
    const own = this.#ownPeak.amount(this.#before.own);
    const total = this.#total.amount(this.#total.isSame(own) ? own : this.#before.total);
    const others = this.#others.amount(this.#before.others);
    this.#before = { own, total, others };
    return {
      number: this.number,
      memoryType: this.memoryType,
      isExact: this.isExact,
      own,
      total,
      others,
      intermediates: this.#intermediates.amount(),
      context,
      stack,
      operation,
      largest: this.#largest(),
      circular: this.#circular,
    };
  }

  #largest(): TracedShare[] {
    const shares = [...this.#sites.values()].map((site) => {
      const isChanged = site.peak === this.#peak;
      return {
        stack: site.stack,
        operation: site.operation,
        buffers: site.buffers - (isChanged ? site.buffersSince : 0),
        sizeBytes: site.sizeBytes - (isChanged ? site.sizeBytesSince : 0),
        bytesPerBank: site.bytesPerBank - (isChanged ? site.bytesPerBankSince : 0),
      };
    });
    const live = shares.filter(({ buffers }) => buffers > 0);
    return live.sort((a, b) => b.sizeBytes - a.sizeBytes || a.stack - b.stack).slice(0, LARGEST_MAX);
  }
}

const NO_CIRCULAR: CircularUse = { bytesPerCore: 0, withBuffersBytesPerCore: 0 };

/** The number of the group that a context belongs to. */
export function groupOf(context: number): number {
  return context >>> GROUP_SHIFT;
}

/** Whether contexts of the group allocated the buffer, and no wider fixture that was set up in them: its contexts are odd. */
export function isOwn({ context }: Pick<TracedBuffer, "context">, group: number): boolean {
  return context >>> GROUP_SHIFT === group && (context & 1) === 0;
}
