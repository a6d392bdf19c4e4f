import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceSink } from "../../core/model/traced.ts";
import { RingError } from "../regions/ring-error.ts";
import { RingReader } from "../regions/ring-reader.ts";
import { isTaken } from "./proc.ts";
import type { RingFolder } from "./ring-folder.ts";

/** At a million events a second, a ring of the default size (131,072 records) is overwritten after 131 ms. */
const READ_EVERY_MS = 10;

/** Rings followed at the same time; one more is named and left. */
const RINGS_MAX = 256;

/** A ring that was read to its end and is gone. */
interface FinishedRing extends FollowedRing {
  readonly stacks: ReadonlyMap<number, readonly StackFrame[]>;
}

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
  readonly #refused = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;

  /** `sinkOf` says where the records of a ring go, as soon as it is seen. */
  constructor(folder: RingFolder, sinkOf: (path: string) => TraceSink) {
    this.#folder = folder;
    this.#sinkOf = sinkOf;
    this.#timer = setInterval(() => this.readAll(), READ_EVERY_MS);
    this.#timer.unref();
  }

  /** Why rings could not be read, a sentence each. */
  warnings(): string[] {
    return [...this.#refused].map(([path, reason]) => `could not read the trace ring ${path}: ${reason}`);
  }

  /** Reads one ring up to now. What its process wrote before it said something is then known. */
  read(path: string): void {
    this.#open(path)?.read();
  }

  /** Reads every ring up to now. */
  readAll(): void {
    for (const path of this.#folder.rings()) this.#open(path)?.read();
  }

  /** Reads every ring to its end. Their processes write no more, or what they write does not count. */
  finish(): void {
    for (const path of this.#folder.rings()) this.#open(path)?.finish();
  }

  /** Reads the ring of a process that has ended to its end, and removes it: its memory is needed by those that run. */
  release(path: string): void {
    const reader = this.#open(path);
    if (reader === null) return;
    reader.finish();
    const { pid, records, lost } = reader;
    this.#finished.set(path, { path, pid, records, lost, stacks: reader.stacks() });
    this.#readers.delete(path);
    reader[Symbol.dispose]();
    this.#folder.remove(path);
  }

  rings(): readonly FollowedRing[] {
    return [...this.#finished.values(), ...this.#readers.values()];
  }

  /** The Python stacks that a ring's process has named so far, by number. */
  stacks(path: string): ReadonlyMap<number, readonly StackFrame[]> {
    return this.#readers.get(path)?.stacks() ?? this.#finished.get(path)?.stacks ?? new Map();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const reader of this.#readers.values()) reader[Symbol.dispose]();
    this.#readers.clear();
  }

  /** Processes that were forked to load data end without a word. */
  #releaseEnded(): void {
    for (const [path, { pid }] of this.#readers) if (!isTaken(pid)) this.release(path);
  }

  #open(path: string): RingReader | null {
    const known = this.#readers.get(path);
    if (known !== undefined || this.#refused.has(path) || this.#finished.has(path)) return known ?? null;
    try {
      if (this.#readers.size >= RINGS_MAX) this.#releaseEnded();
      if (this.#readers.size >= RINGS_MAX) throw new RingError(`${RINGS_MAX} rings are followed already`);
      const reader = RingReader.open(path, this.#sinkOf(path));
      if (reader !== null) this.#readers.set(path, reader);
      return reader;
    } catch (error) {
      if (!(error instanceof RingError) && !(error instanceof Error && "code" in error)) throw error;
      this.#refused.set(path, error.message);
      return null;
    }
  }
}
