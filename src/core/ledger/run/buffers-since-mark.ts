import type { TracedBuffer } from "./traced-buffer.ts";
import type { FreedAddress, Interval } from "./traced-intervals.ts";

/** Buffers that came and went, and whose test is not known yet; the rest of them is never known. */
const ENDED_MAX = 100_000;

/** L1 buffers that died last, up to a mark: what an operation frees when it gives up is reported again. */
const DEPARTED_MAX = 1000;

/** Of what was born, so many more than the live ones are over; then they are taken out. */
const OVER_BORN_MAX = 1000;

/** What came and went in one traced process since its last mark. */
export class BuffersSinceMark {
  /** What was born, and some of it that is over: a set, which each birth and death would have to ask, costs three times as much. */
  #born: TracedBuffer[] = [];
  /** How many of them are live. */
  #bornLive = 0;
  /** By which a buffer knows that it is among them. */
  #number = 1;
  #died = new Set<TracedBuffer>();
  #freed: FreedAddress[] = [];
  /** What came and went since then. */
  #ended: TracedBuffer[] = [];
  /** L1 buffers that died, in that order. */
  #departed: TracedBuffer[] = [];
  #isWhole = true;

  born(buffer: TracedBuffer): void {
    buffer.bornSince = this.#number;
    this.#born.push(buffer);
    this.#bornLive += 1;
    if (this.#born.length > 2 * this.#bornLive + OVER_BORN_MAX) this.#born = this.#liveBorn();
  }

  died(buffer: TracedBuffer): void {
    if (buffer.memoryType === "L1") this.#depart(buffer);
    if (buffer.bornSince !== this.#number) {
      this.#died.add(buffer);
      return;
    }
    buffer.bornSince = 0;
    this.#bornLive -= 1;
    if (this.#ended.length < ENDED_MAX) this.#ended.push(buffer);
  }

  /** A free of a buffer that is not known. */
  freed(address: FreedAddress): void {
    this.#freed.push(address);
  }

  noteLoss(): void {
    this.#isWhole = false;
  }

  /** All of it, up to a mark; what comes next is since that. */
  take(): Interval {
    const departed = this.#departed.slice(-DEPARTED_MAX);
    const born = new Set(this.#liveBorn());
    const taken = { born, died: this.#died, freed: this.#freed, departed, isWhole: this.#isWhole };
    this.#freed = [];
    this.#departed = [];
    this.#ended = [];
    this.#begin([]);
    this.#died = new Set();
    this.#isWhole = true;
    return taken;
  }

  /** What was born up to a time, and after the time that this was asked for last; live or not. For processes without marks. */
  takeBorn(untilNs: number): readonly TracedBuffer[] {
    const all = [...this.#liveBorn(), ...this.#ended];
    const later = all.filter(({ bornNs }) => bornNs > untilNs);
    this.#begin(later.filter(({ diedNs }) => diedNs === null));
    this.#ended = later.filter(({ diedNs }) => diedNs !== null);
    return all.filter(({ bornNs }) => bornNs <= untilNs);
  }

  /** What died, of what `takeBorn` gave live, since this was asked for last. For processes without marks. */
  takeDied(): readonly TracedBuffer[] {
    const died = [...this.#died];
    this.#died = new Set();
    return died;
  }

  /** What came and went and was still there at a time; what died before it is forgotten. */
  endedAfter(atNs: number): readonly TracedBuffer[] {
    this.#ended = this.#ended.filter(({ diedNs }) => diedNs === null || diedNs > atNs);
    return this.#ended;
  }

  /** In the order of their birth. */
  #liveBorn(): TracedBuffer[] {
    return this.#born.filter(({ bornSince }) => bornSince === this.#number);
  }

  /** Only these were born since. */
  #begin(born: TracedBuffer[]): void {
    this.#number += 1;
    for (const buffer of born) buffer.bornSince = this.#number;
    this.#born = born;
    this.#bornLive = born.length;
  }

  #depart(buffer: TracedBuffer): void {
    this.#departed.push(buffer);
    if (this.#departed.length >= 2 * DEPARTED_MAX) this.#departed = this.#departed.slice(-DEPARTED_MAX);
  }
}
