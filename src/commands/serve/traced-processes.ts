import type { RingTarget } from "../../core/ledger/server/ring-sender.ts";
import type { OriginOf } from "../../core/ledger/server/walk-entries.ts";
import { findRings } from "../../in/sources/find-rings.ts";
import { removeAbandoned } from "../../in/sources/own-folder.ts";
import { type ProcessRegistry, peerOf, type SenderProcess } from "../../in/sources/process-registry.ts";
import { SHARED_MEMORY } from "../../in/sources/ring-folder.ts";
import { readRingsToNow } from "./read-rings-to-now.ts";
import type { BookedMessageRecorder } from "./record-booked-messages.ts";
import { FollowedProcess, type TracedStatus } from "./traced-process.ts";
import { type RingOwner, UnfollowedRings } from "./unfollowed-rings.ts";

/** Rings that are followed at a time; one more is reported, and waits for a place. */
export const RINGS_MAX = 256;

/** At a million events a second, a ring of the default size (131,072 records) is overwritten after 131 ms. */
const LOOK_EVERY_MS = 10;
/** A ring that is quiet is looked at in one of so many looks: at 600,000 events a second it is not overwritten meanwhile. */
const QUIET_EVERY_LOOKS = 20;

const NO_PLACE = `${RINGS_MAX} other rings are followed, the most at a time; it is followed when the process of one has ended`;

const NO_ORIGIN: ReturnType<OriginOf> = { line: null, operation: null, test: null };

export interface TracedProcessesOptions {
  readonly registry: ProcessRegistry;
  readonly target: RingTarget;
  /** Called before anything of a process's ring is booked; `isAgain`: what is booked for it came from another ring. */
  readonly onFollow: (processId: number, isAgain: boolean) => void;
  /** Takes tests, and what sites stand for once that is known; null: nothing is recorded. */
  readonly recorder: BookedMessageRecorder | null;
  /** Runs what looks at rings by itself; a fault in it costs that look. */
  readonly guard: (work: () => void) => void;
}

/** The processes that announced their rings: each is read as it is written, and to its end when its process has ended. */
export class TracedProcesses implements Disposable {
  readonly #options: TracedProcessesOptions;
  /** By process. */
  readonly #followed = new Map<number, FollowedProcess>();
  readonly #unfollowed: UnfollowedRings;
  #timer: NodeJS.Timeout | null = null;
  #looks = 0;
  /** Of those that were let go of. */
  #lostBefore = 0;

  constructor(options: TracedProcessesOptions) {
    this.#options = options;
    this.#unfollowed = new UnfollowedRings(options.registry);
  }

  get count(): number {
    return this.#followed.size;
  }

  /** Those that are followed. */
  followed(): readonly FollowedProcess[] {
    return [...this.#followed.values()];
  }

  isFollowed(processId: number): boolean {
    return this.#followed.has(processId);
  }

  /** A process says where it records its allocations; `user` is who says it. Gives how it stands with that from now on. */
  follow(process: SenderProcess, path: string, user: number | null): TracedStatus {
    const known = this.#followed.get(process.id);
    const traced = new FollowedProcess(process, path, user, this.#options.target);
    const { ring } = traced;
    if (known?.ring.isOpen && known.ring.path === path && known.ring.fileId === ring.fileId) {
      traced[Symbol.dispose]();
      return known.status;
    }
    if (ring.state === "failed") return this.refuse(process, path, ring.reason);
    if (known !== undefined) this.#finish(known);
    if (this.#followed.size >= RINGS_MAX) {
      traced[Symbol.dispose]();
      return this.#unfollowed.add(process, path, NO_PLACE, { process, path, user });
    }
    this.#unfollowed.forget(process);
    this.#options.registry.join(process.id);
    this.#options.onFollow(process.id, known !== undefined);
    this.#followed.set(process.id, traced);
    ring.look();
    this.#lookSoon();
    return traced.status;
  }

  /** Takes note of a process whose ring is not followed, or that has none. */
  refuse(owner: RingOwner, ring: string | null, reason: string): TracedStatus {
    return this.#unfollowed.add(owner, ring, reason);
  }

  /** Follows what would have announced itself to the server on `socketPath`, had it been there. */
  discover(socketPath: string): void {
    const known = new Set([...this.#followed.values()].map(({ ring }) => ring.path));
    const isKnown = (path: string): boolean => known.has(path) || this.#unfollowed.has(path);
    for (const { path, pid, user } of findRings(socketPath, isKnown)) {
      const process = this.#options.registry.find(peerOf({ pid, uid: user, gid: 0 }), pid);
      if (process !== null) this.follow(process, path, user);
    }
  }

  /** Contexts of a process from this one on belong to a test, or to none. */
  noteTest(processId: number, context: number, test: string | null): void {
    const traced = this.#followed.get(processId);
    if (traced === undefined) return;
    this.#options.recorder?.note({ kind: "test", process: processId, context, test });
    traced.tests.begin(context, test);
  }

  /** What the numbers of a traced buffer stand for. */
  readonly originOf: OriginOf = (processId, site, context) => {
    const traced = this.#followed.get(processId);
    return traced === undefined ? NO_ORIGIN : { ...traced.lineOf(site), test: traced.tests.of(context) };
  };

  /** Has what is known of sites by now recorded. */
  recordOrigins(): void {
    for (const traced of this.#followed.values()) this.#recordOrigins(traced, false);
  }

  /** A process has connected; what it recorded after that is read when what it asks for has been answered. */
  opened(connection: number, localPid: number): void {
    for (const traced of this.#followed.values()) if (traced.process.localPid === localPid) traced.opened(connection);
  }

  /** A connection got what it asked for, or has gone. */
  answered(connection: number): void {
    for (const traced of this.#followed.values()) traced.answered(connection);
  }

  /** Reads what was recorded when a connection asked, or by now. A promise where that takes more than this turn. */
  catchUp(asker: number | null): Promise<void> | undefined {
    return this.#followed.size === 0 ? undefined : readRingsToNow([...this.#followed.values()], asker);
  }

  /** Whether a process waits for an answer, and its ring is not read until it has it. */
  isPaused(processId: number): boolean {
    return this.#followed.get(processId)?.isPaused ?? false;
  }

  /** Ends with rings whose processes have ended; what they left stays booked until their processes are taken off the books. */
  finishEnded(): void {
    for (const traced of this.#followed.values()) {
      if (traced.ring.isOpen && !traced.isPaused && this.#hasEnded(traced)) traced.ring.finish();
    }
  }

  /** Lets go of those that are over, when what they left has been taken off the books. */
  release(isBooked: (processId: number) => boolean): void {
    const over = [...this.#followed.values()].filter((traced) => {
      return !traced.ring.isOpen && !isBooked(traced.process.id) && this.#hasEnded(traced);
    });
    for (const traced of over) this.#drop(traced);
    this.#followWaiting();
    // A process that was killed leaves the folder that it made for its ring.
    if (over.length > 0) removeAbandoned(SHARED_MEMORY);
  }

  /** The books were emptied. */
  startOver(): void {
    for (const traced of this.#followed.values()) traced.startOver();
  }

  /** The tests that run, by pid; null: none does. */
  running(): ReadonlyMap<number, string | null> {
    return new Map([...this.#followed.values()].map(({ process, tests }) => [process.pid, tests.newest]));
  }

  list(): readonly TracedStatus[] {
    return [...[...this.#followed.values()].map(({ status }) => status), ...this.#unfollowed.list()];
  }

  /** Records that were not booked, since the start. */
  get lostRecords(): number {
    return this.followed().reduce((sum, { status }) => sum + lostOf(status), this.#lostBefore);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer ?? undefined);
    for (const traced of this.#followed.values()) traced[Symbol.dispose]();
    this.#followed.clear();
  }

  /** As often as what is written needs it: the processes of a quiet machine cost nothing. */
  #lookSoon(): void {
    const rings = [...this.#followed.values()].map(({ ring }) => ring).filter(({ isOpen }) => isOpen);
    if (rings.length === 0) return;
    const skipped = rings.every(({ isQuiet }) => isQuiet) ? QUIET_EVERY_LOOKS - (this.#looks % QUIET_EVERY_LOOKS) : 1;
    this.#looks += skipped;
    const look = (): void => {
      this.#timer = null;
      this.#options.guard(() => this.#look());
      this.#lookSoon();
    };
    clearTimeout(this.#timer ?? undefined);
    this.#timer = setTimeout(look, skipped * LOOK_EVERY_MS).unref();
  }

  #look(): void {
    for (const traced of this.#followed.values()) {
      if (!traced.ring.isOpen) continue;
      traced.giveUp();
      if (!traced.ring.isQuiet || this.#looks % QUIET_EVERY_LOOKS === 0) traced.ring.look();
    }
  }

  /** There may be places again. */
  #followWaiting(): void {
    while (this.#followed.size < RINGS_MAX) {
      const waiting = this.#unfollowed.takeWaiting();
      if (waiting === null) return;
      this.follow(waiting.process, waiting.path, waiting.user);
    }
  }

  #hasEnded({ process }: FollowedProcess): boolean {
    return this.#options.registry.livenessOf(process) === "ended";
  }

  /** Its process has begun another ring: what the old one says of it is over. */
  #finish(traced: FollowedProcess): void {
    traced.finish();
    this.#drop(traced);
  }

  /** `isOver`: no more will be known. */
  #recordOrigins(traced: FollowedProcess, isOver: boolean): void {
    const { recorder } = this.#options;
    const process = traced.process.id;
    if (recorder !== null)
      for (const origin of traced.newOrigins(isOver)) recorder.note({ kind: "origin", process, ...origin });
  }

  #drop(traced: FollowedProcess): void {
    this.#recordOrigins(traced, true);
    this.#lostBefore += lostOf(traced.status);
    traced[Symbol.dispose]();
    this.#followed.delete(traced.process.id);
    this.#options.registry.leave(traced.process.id);
  }
}

/** Records of a ring that are not booked. */
export function lostOf({ missed, lost }: TracedStatus): number {
  return missed + lost;
}
