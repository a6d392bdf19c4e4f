import type { MemoryType } from "../../model/memory-type.ts";
import type { CircularUse, PeakAmount } from "../../model/peak.ts";
import type { DeviceNumber } from "../../model/traced.ts";
import { isExact, sizeBytesOf } from "../traced-size.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** Lines that are told of a peak. */
const LARGEST_MAX = 5;

/** A number of a stack is below this; there are fewer bytes of stacks. */
const STACKS_MAX = 2 ** 26;

/** Before the first group. */
export const NO_GROUP = -1;

/** Contexts of one test have numbers that share what is above this (docs/formats.md, "context"). */
const CONTEXTS_OF_A_GROUP = 256;

/** What one line had allocated, by the numbers of its stack and its operation. */
export interface TracedShare extends PeakAmount {
  readonly buffers: number;
  readonly stack: number;
  readonly operation: number;
}

/** The most that was live in one memory while contexts of one group ran. */
export interface GroupPeak {
  readonly number: DeviceNumber;
  readonly memoryType: MemoryType;
  readonly isExact: boolean;
  readonly own: PeakAmount;
  readonly total: PeakAmount;
  readonly others: PeakAmount;
  readonly intermediates: PeakAmount;
  /** Numbers of where `own` was reached; 0: nothing was allocated. */
  readonly context: number;
  readonly stack: number;
  readonly operation: number;
  readonly largest: readonly TracedShare[];
  readonly circular: CircularUse | null;
}

interface Site {
  readonly stack: number;
  readonly operation: number;
  buffers: number;
  sizeBytes: number;
  bytesPerBank: number;
  /** How much it had of these at the own peak is this less. */
  buffersSince: number;
  sizeBytesSince: number;
  bytesPerBankSince: number;
}

const NOTHING: PeakAmount = { sizeBytes: 0, bytesPerBank: 0 };

/**
 * What is live in one memory, and the most there was of it while contexts of one group ran: in all, and of what the group
 * itself allocated. Each event costs the same, however much is live; what a peak was made of is found afterwards, from
 * what came and went since.
 */
export class PeakWindow {
  readonly number: DeviceNumber;
  readonly memoryType: MemoryType;
  #isExact = true;
  #live = NOTHING;
  group = NO_GROUP;
  /** Of the group, by line; those that have nothing any more as well. */
  readonly #sites = new Map<number, Site>();
  #changed = new Set<Site>();
  #own = NOTHING;
  #ownPeak = NOTHING;
  #others = NOTHING;
  #intermediates = NOTHING;
  #total = NOTHING;
  #reachedBy: TracedBuffer | null = null;
  #circular: CircularUse | null = null;
  /** The most there ever was. */
  everBytes = 0;

  constructor(number: DeviceNumber, memoryType: MemoryType) {
    this.number = number;
    this.memoryType = memoryType;
  }

  get isExact(): boolean {
    return this.#isExact;
  }

  /** Goes on to another group. Gives what is known of the one before. */
  begin(group: number): GroupPeak {
    const ended = this.#summary();
    this.group = group;
    this.#sites.clear();
    this.#changed = new Set();
    this.#own = this.#ownPeak = this.#intermediates = NOTHING;
    this.#others = this.#total = this.#live;
    this.#reachedBy = null;
    this.#circular = null;
    return ended;
  }

  born(buffer: TracedBuffer): void {
    const amount = amountOf(buffer);
    this.#isExact &&= isExact(buffer);
    this.#live = sum(this.#live, amount);
    this.everBytes = Math.max(this.everBytes, this.#live.sizeBytes);
    if (this.#live.sizeBytes > this.#total.sizeBytes) this.#total = this.#live;
    if (!isOwn(buffer, this.group)) return;
    this.#own = sum(this.#own, amount);
    const site = this.#siteOf(buffer);
    change(site, amount, 1);
    if (this.#own.sizeBytes > this.#ownPeak.sizeBytes) this.#reach(buffer);
    else this.#noteChange(site, amount, 1);
  }

  /** `isIntermediate`: the operation that allocated it gives it back. */
  died(buffer: TracedBuffer, isIntermediate: boolean): void {
    const amount = amountOf(buffer);
    this.#live = difference(this.#live, amount);
    if (!isOwn(buffer, this.group)) return;
    this.#own = difference(this.#own, amount);
    const site = this.#siteOf(buffer);
    change(site, amount, -1);
    this.#noteChange(site, amount, -1);
    const wasLive = this.#reachedBy !== null && buffer.bornNs <= this.#reachedBy.bornNs;
    if (isIntermediate && wasLive) this.#intermediates = sum(this.#intermediates, amount);
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
    this.#ownPeak = this.#own;
    this.#others = difference(this.#live, this.#own);
    this.#intermediates = NOTHING;
    this.#reachedBy = buffer;
    for (const site of this.#changed) site.buffersSince = site.sizeBytesSince = site.bytesPerBankSince = 0;
    this.#changed.clear();
  }

  #noteChange(site: Site, { sizeBytes, bytesPerBank }: PeakAmount, sign: 1 | -1): void {
    site.buffersSince += sign;
    site.sizeBytesSince += sign * sizeBytes;
    site.bytesPerBankSince += sign * bytesPerBank;
    this.#changed.add(site);
  }

  #siteOf({ stack, operation }: TracedBuffer): Site {
    const key = (stack % STACKS_MAX) * STACKS_MAX + (operation % STACKS_MAX);
    let site = this.#sites.get(key);
    if (site === undefined) {
      const nothing = { buffers: 0, sizeBytes: 0, bytesPerBank: 0 };
      site = { stack, operation, ...nothing, buffersSince: 0, sizeBytesSince: 0, bytesPerBankSince: 0 };
      this.#sites.set(key, site);
    }
    return site;
  }

  #summary(): GroupPeak {
    const { context = 0, stack = 0, operation = 0 } = this.#reachedBy ?? {};
    return {
      number: this.number,
      memoryType: this.memoryType,
      isExact: this.#isExact,
      own: this.#ownPeak,
      total: this.#total,
      others: this.#others,
      intermediates: this.#intermediates,
      context,
      stack,
      operation,
      largest: this.#largest(),
      circular: this.#circular,
    };
  }

  #largest(): TracedShare[] {
    const shares = [...this.#sites.values()].map((site) => ({
      stack: site.stack,
      operation: site.operation,
      buffers: site.buffers - site.buffersSince,
      sizeBytes: site.sizeBytes - site.sizeBytesSince,
      bytesPerBank: site.bytesPerBank - site.bytesPerBankSince,
    }));
    const live = shares.filter(({ buffers }) => buffers > 0);
    return live.sort((a, b) => b.sizeBytes - a.sizeBytes || a.stack - b.stack).slice(0, LARGEST_MAX);
  }
}

const NO_CIRCULAR: CircularUse = { bytesPerCore: 0, withBuffersBytesPerCore: 0 };

/** The number of the group that a context belongs to. */
export function groupOf(context: number): number {
  return Math.floor(context / CONTEXTS_OF_A_GROUP);
}

/** Whether contexts of the group allocated the buffer, and no wider fixture that was set up in them: its contexts are odd. */
export function isOwn({ context }: Pick<TracedBuffer, "context">, group: number): boolean {
  return groupOf(context) === group && context % 2 === 0;
}

function amountOf(buffer: TracedBuffer): PeakAmount {
  return { sizeBytes: sizeBytesOf(buffer), bytesPerBank: buffer.bytesPerBank };
}

function sum(a: PeakAmount, b: PeakAmount): PeakAmount {
  return { sizeBytes: a.sizeBytes + b.sizeBytes, bytesPerBank: a.bytesPerBank + b.bytesPerBank };
}

function difference(a: PeakAmount, b: PeakAmount): PeakAmount {
  return { sizeBytes: a.sizeBytes - b.sizeBytes, bytesPerBank: a.bytesPerBank - b.bytesPerBank };
}

function change(site: Site, { sizeBytes, bytesPerBank }: PeakAmount, sign: 1 | -1): void {
  site.buffers += sign;
  site.sizeBytes += sign * sizeBytes;
  site.bytesPerBank += sign * bytesPerBank;
}
