import type { RecordedEnd, RecordedRing } from "../../core/model/recording.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceRecord, TraceSink } from "../../core/model/traced.ts";
import type { FollowedRing } from "../../in/sources/ring-follower.ts";
import type { RingSource } from "../run/ring-source.ts";

/** What a recording has had of one ring so far. */
interface Played {
  readonly ring: RecordedRing;
  readonly sink: TraceSink;
  readonly stacks: Map<number, readonly StackFrame[]>;
  records: number;
  lost: number;
}

/** The rings of a recording: what it has of them is handed over when it is reached, so there is nothing to read. */
export class RecordedRings implements RingSource {
  readonly #sinkOf: (path: string) => TraceSink;
  readonly #played = new Map<number, Played>();
  readonly #ancestors = new Map<string, readonly number[]>();
  #end: RecordedEnd["rings"] | null = null;

  constructor(sinkOf: (path: string) => TraceSink) {
    this.#sinkOf = sinkOf;
  }

  see(ring: RecordedRing): void {
    this.#ancestors.set(ring.path, ring.ancestors);
    this.#played.set(ring.ring, { ring, sink: this.#sinkOf(ring.path), stacks: new Map(), records: 0, lost: 0 });
  }

  record(ring: number, count: number, next: () => TraceRecord): void {
    const played = this.#played.get(ring);
    if (played === undefined) return;
    for (let index = 0; index < count; index++) played.sink.record(next());
    played.records += count;
  }

  lose(ring: number, records: number): void {
    const played = this.#played.get(ring);
    if (played === undefined) return;
    played.sink.lost(records);
    played.lost += records;
  }

  name(ring: number, stacks: readonly (readonly [number, readonly StackFrame[]])[]): void {
    const known = this.#played.get(ring)?.stacks;
    for (const [number, frames] of stacks) known?.set(number, frames);
  }

  /** What the engine had read, where the recording has its end. */
  close(rings: RecordedEnd["rings"]): void {
    this.#end = rings;
  }

  rings(): readonly FollowedRing[] {
    if (this.#end === null) {
      return [...this.#played.values()].map(({ ring: { path, pid }, records, lost }) => ({ path, pid, records, lost }));
    }
    return this.#end.flatMap(({ ring, ...read }) => {
      const path = this.#played.get(ring)?.ring.path;
      return path === undefined ? [] : [{ path, ...read }];
    });
  }

  stacks(path: string): ReadonlyMap<number, readonly StackFrame[]> {
    return [...this.#played.values()].find(({ ring }) => ring.path === path)?.stacks ?? new Map();
  }

  ancestors(path: string): readonly number[] {
    return this.#ancestors.get(path) ?? [];
  }

  read(): void {}
  readAll(): void {}
  finish(): void {}
  release(): void {}

  warnings(): readonly string[] {
    return [];
  }

  [Symbol.dispose](): void {}
}
