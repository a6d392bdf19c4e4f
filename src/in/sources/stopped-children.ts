import type { Standstill } from "../../core/model/live-snapshot.ts";
import { ancestors, type ProcessFacts, processFacts } from "./proc.ts";

/** States in /proc/PID/stat in which a process does not run, and no time of its own ends that. */
const KINDS: Readonly<Record<string, Standstill["kind"]>> = { T: "stopped", t: "traced", D: "uninterruptible" };

/** Every disk has a process wait for a moment, and every call that strace looks at: that is not a standstill. */
const LASTS_FROM_MS = 2_000;

/** After a longer time without a look nobody knows what it did in between. */
const LOOK_WITHIN_MS = 1_000;

interface Seen {
  readonly kind: Standstill["kind"];
  readonly sinceMs: number;
  atMs: number;
}

/** Which of our children, and of theirs, are kept from running. Only these: of others a pid may be another process's here. */
export class StandstillWatch {
  readonly #clock: () => number;
  readonly #factsOf: (pid: number) => ProcessFacts | null;
  /** Start times of those that come from us, by pid. */
  readonly #ours = new Map<number, string>();
  readonly #seen = new Map<number, Seen>();

  /** `clock`: in milliseconds. `factsOf`: as /proc has them. */
  constructor(clock = () => performance.now(), factsOf = processFacts) {
    this.#clock = clock;
    this.#factsOf = factsOf;
  }

  /** As far as it was looked at again and again. null: it can run, or nobody can know. */
  of(pid: number): Standstill | null {
    const facts = this.#factsOf(pid);
    const kind = facts === null || !this.#isOurs(pid, facts) ? undefined : KINDS[facts.state];
    if (kind === undefined) {
      this.#seen.delete(pid);
      return null;
    }
    const nowMs = this.#clock();
    const before = this.#seen.get(pid);
    const isSame = before?.kind === kind && nowMs - before.atMs <= LOOK_WITHIN_MS;
    const seen = isSame ? before : { kind, sinceMs: nowMs, atMs: nowMs };
    seen.atMs = nowMs;
    this.#seen.set(pid, seen);
    const forMs = nowMs - seen.sinceMs;
    return kind !== "stopped" && forMs < LASTS_FROM_MS ? null : { kind, forMs: Math.round(forMs) };
  }

  #isOurs(pid: number, { startTime }: ProcessFacts): boolean {
    if (this.#ours.get(pid) === startTime) return true;
    if (!ancestors(pid).includes(process.pid)) return false;
    this.#ours.set(pid, startTime);
    return true;
  }
}
