import { isTaken } from "../../in/sources/proc.ts";
import type { ProcessRegistry, SenderProcess } from "../../in/sources/process-registry.ts";
import type { TracedStatus } from "./traced-process.ts";

/** Rings that could not be followed, and processes that could not be traced, that are reported; the oldest goes first. */
export const UNFOLLOWED_MAX = 256;

/** Whose ring it is: as it sees itself, and its pid here where that is known. */
export type RingOwner = Pick<SenderProcess, "pid" | "localPid">;

/** A ring that is followed as soon as there is a place for it. */
export interface WaitingRing {
  readonly process: SenderProcess;
  readonly path: string;
  readonly user: number | null;
}

interface Entry {
  readonly owner: RingOwner;
  readonly status: TracedStatus;
  /** Null where it is wrong for good. */
  readonly waiting: WaitingRing | null;
}

/** Processes whose rings are not followed, or that have none, and why, oldest first. */
export class UnfollowedRings {
  readonly #registry: ProcessRegistry;
  #entries: readonly Entry[] = [];

  constructor(registry: ProcessRegistry) {
    this.#registry = registry;
  }

  add(owner: RingOwner, ring: string | null, reason: string, waiting: WaitingRing | null = null): TracedStatus {
    const { pid } = owner;
    const status: TracedStatus = { pid, ring, state: "failed", reason, records: 0, missed: 0, lost: 0 };
    // Nobody gives its number to another process while it waits.
    if (waiting !== null) this.#registry.join(waiting.process.id);
    this.#keep((entry) => !isOf(entry, owner) || entry.status.ring !== ring);
    this.#entries = [...this.#entries, { owner, status, waiting }];
    const tooMany = new Set(this.#entries.slice(0, -UNFOLLOWED_MAX));
    this.#keep((entry) => !tooMany.has(entry));
    return status;
  }

  /** A ring of the process is followed: what was wrong before is over. */
  forget(owner: RingOwner): void {
    this.#keep((entry) => !isOf(entry, owner));
  }

  /** Whether a ring was refused, or waits. */
  has(path: string): boolean {
    return this.#entries.some(({ status }) => status.ring === path);
  }

  /** The one that waits longest, which waits no longer. */
  takeWaiting(): WaitingRing | null {
    if (this.#entries.every(({ waiting }) => waiting === null)) return null;
    this.#keep(mayBeRunning);
    const oldest = this.#entries.find(({ waiting }) => waiting !== null);
    this.#keep((entry) => entry !== oldest);
    return oldest?.waiting ?? null;
  }

  list(): readonly TracedStatus[] {
    this.#keep(mayBeRunning);
    return this.#entries.map(({ status }) => status);
  }

  #keep(isKept: (entry: Entry) => boolean): void {
    const left = new Set(this.#entries.filter((entry) => !isKept(entry)));
    this.#entries = this.#entries.filter((entry) => !left.has(entry));
    for (const { waiting } of left) if (waiting !== null) this.#registry.leave(waiting.process.id);
  }
}

/** Pids of two namespaces may be the same. */
function isOf({ owner: { pid, localPid } }: Entry, owner: RingOwner): boolean {
  return pid === owner.pid && localPid === owner.localPid;
}

/** A process of another namespace, whose pid here is not known, cannot be looked up. */
function mayBeRunning({ owner: { localPid } }: Entry): boolean {
  return localPid === null || isTaken(localPid);
}
