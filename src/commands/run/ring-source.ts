import type { StackFrame } from "../../core/model/stack.ts";
import type { FollowedRing } from "../../in/sources/ring-follower.ts";

/** Where the records of a run's rings come from: from the processes that write them, or from a recording. */
export interface RingSource extends Disposable {
  /** Hands over what a ring has up to now. */
  read(path: string): void;
  readAll(): void;
  /** Hands over all there is. */
  finish(): void;
  /** The process of a ring has ended: nothing comes after what it has. */
  release(path: string): void;
  rings(): readonly FollowedRing[];
  /** The Python stacks that a ring's process has named so far, by number. */
  stacks(path: string): ReadonlyMap<number, readonly StackFrame[]>;
  /** Pids of the processes that a ring's process comes from, its parent first. Asked when the ring is seen. */
  ancestors(path: string): readonly number[];
  warnings(): readonly string[];
}
