import type { RecordedEnd, RecordedRing } from "../../core/model/recording.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceRecord, TraceSink } from "../../core/model/trace-record.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";
import type { FollowedRing } from "../../in/sources/ring-follower.ts";
import type { RingSource } from "../run/ring-source.ts";
import type { TimeLimit } from "./time-limit.ts";

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
  readonly #limit: TimeLimit | null;
  readonly #played = new Map<number, Played>();
  readonly #ancestors = new Map<string, readonly number[]>();
  #end: RecordedEnd["rings"] | null = null;

  /** `limit`: up to when records are taken; null: all are. */
  constructor(sinkOf: (path: string) => TraceSink, limit: TimeLimit | null) {
    this.#sinkOf = sinkOf;
    this.#limit = limit;
  }

  /** What a recording has of rings; other steps are none of theirs. */
  take(step: RecordingStep): void {
    switch (step.kind) {
      case "ring":
        this.#see(step.ring);
        break;
      case "stacks":
        this.#name(step.ring, step.stacks);
        break;
      case "records":
        this.#record(step.ring, step.count, step.next);
        break;
      case "lost":
        this.#lose(step.ring, step.records);
        break;
      case "dropped":
        for (const [ring, records] of step.dropped.records) this.#lose(ring, records);
        break;
      default:
        break;
    }
  }

  #see(ring: RecordedRing): void {
    this.#ancestors.set(ring.path, ring.ancestors);
    this.#played.set(ring.ring, { ring, sink: this.#sinkOf(ring.path), stacks: new Map(), records: 0, lost: 0 });
  }

  #record(ring: number, count: number, next: () => TraceRecord): void {
    const played = this.#played.get(ring);
    if (played === undefined) return;
    const { sink } = played;
    const limit = this.#limit;
    if (limit === null) {
      for (let index = 0; index < count; index++) sink.record(next());
      played.records += count;
      return;
    }
    for (let index = 0; index < count; index++) {
      const record = next();
      if (!limit.isBefore(record)) continue;
      sink.record(record);
      played.records += 1;
    }
  }

  #lose(ring: number, records: number): void {
    const played = this.#played.get(ring);
    if (played === undefined) return;
    played.sink.lost(records);
    played.lost += records;
  }

  #name(ring: number, stacks: readonly (readonly [number, readonly StackFrame[]])[]): void {
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
