import type { StackFrame } from "../../core/model/stack.ts";
import type { LedgerSink, TraceSink } from "../../core/model/trace-record.ts";
import { ancestors } from "../../in/sources/proc.ts";
import { pidOfRing, type RingFolder } from "../../in/sources/ring-folder.ts";
import { type FollowedRing, RingFollower } from "../../in/sources/ring-follower.ts";
import type { RingSource } from "./ring-source.ts";
import type { RunRecording } from "./write-recording.ts";

/** The rings of the processes that run; what is read of them is recorded as it is handed over. */
export class LiveRings implements RingSource {
  readonly #folder: RingFolder;
  readonly #recording: RunRecording;
  readonly #follower: RingFollower;
  readonly #sinks = new Map<string, TraceSink>();

  /** Takes the folder over. */
  constructor(folder: RingFolder, recording: RunRecording, sinkOf: (path: string) => LedgerSink) {
    this.#folder = folder;
    this.#recording = recording;
    this.#follower = new RingFollower(folder, (path) => this.#sinkOf(path, sinkOf));
    recording.onFlush(() => this.#recordStacks());
  }

  read(path: string): void {
    this.#follower.read(path);
  }

  readAll(): void {
    this.#follower.readAll();
  }

  finish(): void {
    this.#follower.finish();
    this.#recordStacks();
  }

  release(path: string): void {
    this.#follower.release(path);
  }

  rings(): readonly FollowedRing[] {
    return this.#follower.rings();
  }

  stacks(path: string): ReadonlyMap<number, readonly StackFrame[]> {
    return this.#follower.stacks(path);
  }

  /** Asked when the ring is seen, while those processes are still there. */
  ancestors(path: string): readonly number[] {
    const pid = pidOfRing(path);
    const found = ancestors(pid);
    this.#recording.ring(path, pid, found);
    return found;
  }

  warnings(): readonly string[] {
    return this.#follower.warnings();
  }

  [Symbol.dispose](): void {
    this.#follower[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }

  /** A ring whose header is not written yet is opened again. */
  #sinkOf(path: string, sinkOf: (path: string) => LedgerSink): TraceSink {
    let sink = this.#sinks.get(path);
    if (sink === undefined) {
      sink = this.#recording.tap(path, sinkOf(path));
      this.#sinks.set(path, sink);
    }
    return sink;
  }

  #recordStacks(): void {
    if (!this.#recording.isOn) return;
    for (const { path } of this.rings()) this.#recording.stacks(path, this.stacks(path));
  }
}
