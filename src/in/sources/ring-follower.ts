import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceSink } from "../../core/model/trace-record.ts";
import { RingReader } from "../regions/ring-reader.ts";
import { isTaken } from "./proc.ts";
import type { RingFolder } from "./ring-folder.ts";

/** At a million events a second, a ring of the default size (131,072 records) is overwritten after 131 ms. */
const READ_EVERY_MS = 10;

/** The same while no ring has anything new: a third less of what the engine costs beside a test that only waits. */
const READ_IDLE_EVERY_MS = 50;

/** So many turns in which nothing was new, and rings are idle: 0.2 s. */
const IDLE_TURNS = 20;

/** Rings followed at the same time; one more is counted and left. */
const RINGS_MAX = 256;

/** A ring that was read to its end and removed. */
interface FinishedRing extends FollowedRing {
  readonly stacks: ReadonlyMap<number, readonly StackFrame[]>;
}

/** Rings that could not be read; with so many, no other one is opened. */
const REFUSED_MAX = 1_000;
/** Of those, listed individually. */
const REFUSED_LISTED_MAX = 20;

/** Times that a ring is tried which only lacks something of the system's at the moment. */
const TRIES_MAX = 100;
const PASSING: readonly unknown[] = ["EINTR", "EAGAIN", "EMFILE", "ENFILE", "ENOMEM"];

/** A ring, whoever reads it. */
export interface FollowedRing {
  readonly path: string;
  readonly pid: number;
  readonly records: number;
  readonly lost: number;
}

/** Follows the rings of all traced processes while they write, and reads them to their end when they are done. */
export class RingFollower implements Disposable {
  readonly #folder: RingFolder;
  readonly #sinkOf: (path: string) => TraceSink;
  readonly #readers = new Map<string, RingReader>();
  readonly #finished = new Map<string, FinishedRing>();
  /** Why rings are not read any more. */
  readonly #refused = new Map<string, string>();
  /** How often each ring could not be read. */
  readonly #failures = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  /** Turns since a ring had anything new, up to `IDLE_TURNS`. */
  #idleTurns = 0;
  /** Rings that were there at the last look and are not followed, because there are too many. */
  #tooMany = 0;
  #isFolderGone = false;

  /** `sinkOf` says where the records of a ring go, as soon as it is seen. */
  constructor(folder: RingFolder, sinkOf: (path: string) => TraceSink) {
    this.#folder = folder;
    this.#sinkOf = sinkOf;
    this.#wait();
  }

  /** What lowers the confidence in what was traced, a sentence each. */
  warnings(): string[] {
    const refused = [...this.#refused]
      .slice(0, REFUSED_LISTED_MAX)
      .map(([path, reason]) => `could not read the trace ring ${path}: ${reason}`);
    const unread = this.#tooMany + Math.max(0, this.#refused.size - REFUSED_LISTED_MAX);
    const more = `left ${unread} more trace rings unread: ${RINGS_MAX} can be followed at a time`;
    const gone = `the folder of the trace rings, ${this.#folder.path}, was removed: a process that started after that is not traced`;
    return [...refused, ...(unread > 0 ? [more] : []), ...(this.#isFolderGone ? [gone] : [])];
  }

  /** Reads one ring up to now. What its process wrote before it said something is then known. */
  read(path: string): void {
    this.#with(path, (reader) => reader.read(), false);
  }

  /** Reads every ring up to now. */
  readAll(): void {
    this.#eachRing((reader) => reader.read(), false);
  }

  /** Reads every ring to its end. Their processes write no more, or what they write does not count. */
  finish(): void {
    this.#eachRing((reader) => reader.finish(), true);
  }

  /** Reads the ring of a process that has ended to its end, and removes it: its memory is needed by those that run. */
  release(path: string): void {
    this.#with(path, (reader) => reader.finish(), true);
    const reader = this.#readers.get(path);
    if (reader === undefined) return;
    const { pid, records, lost } = reader;
    this.#finished.set(path, { path, pid, records, lost, stacks: this.#stacksOf(path, reader) });
    this.#readers.delete(path);
    reader[Symbol.dispose]();
    this.#folder.remove(path);
  }

  /** As they are now: whoever keeps them keeps no reader, and with it no ledger. */
  rings(): readonly FollowedRing[] {
    return [...this.#finished.values(), ...this.#readers.values()].map(({ path, pid, records, lost }) => {
      return { path, pid, records, lost };
    });
  }

  /** The Python stacks that a ring's process has named so far, by number. */
  stacks(path: string): ReadonlyMap<number, readonly StackFrame[]> {
    const reader = this.#readers.get(path);
    if (reader !== undefined) return this.#stacksOf(path, reader);
    return this.#finished.get(path)?.stacks ?? new Map();
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const reader of this.#readers.values()) reader[Symbol.dispose]();
    this.#readers.clear();
  }

  #wait(): void {
    const isIdle = this.#idleTurns >= IDLE_TURNS;
    this.#timer = setTimeout(() => this.#turn(), isIdle ? READ_IDLE_EVERY_MS : READ_EVERY_MS).unref();
  }

  #turn(): void {
    this.#timer = null;
    this.#idleTurns = Math.min(this.#idleTurns + 1, IDLE_TURNS);
    this.readAll();
    this.#wait();
  }

  /** A ring had something new: its process is likely to go on. */
  #noteNews(): void {
    const wasIdle = this.#idleTurns >= IDLE_TURNS;
    this.#idleTurns = 0;
    if (!wasIdle || this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#wait();
  }

  /** Without them allocations have no lines, and everything else is reported. */
  #stacksOf(path: string, reader: RingReader): ReadonlyMap<number, readonly StackFrame[]> {
    try {
      return reader.stacks();
    } catch (error) {
      this.#refused.set(path, error instanceof Error ? error.message : String(error));
      return new Map();
    }
  }

  /** Processes that were forked to load data end without a word. */
  #releaseEnded(): void {
    for (const [path, { pid }] of this.#readers) if (!isTaken(pid)) this.release(path);
  }

  /** Also those whose names are gone: what is open can be read. */
  #eachRing(use: (reader: RingReader) => void, isLast: boolean): void {
    const found = this.#folder.rings();
    this.#isFolderGone ||= found === null;
    const fresh = (found ?? []).filter((path) => !this.#isKnown(path));
    for (const path of this.#readers.keys()) this.#with(path, use, isLast);
    this.#tooMany = 0;
    for (const path of fresh) {
      if (this.#hasRoom()) this.#with(path, use, isLast);
      else this.#tooMany += 1;
    }
  }

  #isKnown(path: string): boolean {
    return this.#readers.has(path) || this.#refused.has(path) || this.#finished.has(path);
  }

  #hasRoom(): boolean {
    if (this.#refused.size >= REFUSED_MAX) return false;
    if (this.#readers.size >= RINGS_MAX) this.#releaseEnded();
    return this.#readers.size < RINGS_MAX;
  }

  /** Whatever is wrong with a ring costs that ring: it is named and left from then on. */
  #with(path: string, use: (reader: RingReader) => void, isLast: boolean): void {
    if (this.#refused.has(path) || this.#finished.has(path)) return;
    try {
      const reader = this.#readers.get(path) ?? this.#open(path);
      if (reader === null) return;
      const before = reader.records + reader.lost;
      use(reader);
      if (reader.records + reader.lost !== before) this.#noteNews();
    } catch (error) {
      const tries = (this.#failures.get(path) ?? 0) + 1;
      this.#failures.set(path, tries);
      // It may be read when others have given back what they use; the reader is where it was.
      if (!isPassing(error) || tries >= TRIES_MAX) {
        this.#refused.set(path, error instanceof Error ? error.message : String(error));
      } else if (isLast) this.#with(path, use, isLast);
    }
  }

  #open(path: string): RingReader | null {
    if (!this.#hasRoom()) return null;
    const reader = RingReader.open(path, this.#sinkOf(path));
    if (reader !== null) this.#readers.set(path, reader);
    return reader;
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof Error && "code" in error && PASSING.includes(error.code);
}
