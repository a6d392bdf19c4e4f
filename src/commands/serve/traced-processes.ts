import { readlinkSync } from "node:fs";
import { hrtime } from "node:process";
import type { RingTarget } from "../../core/ledger/server/ring-sender.ts";
import { RingSender } from "../../core/ledger/server/ring-sender.ts";
import type { OriginOf } from "../../core/ledger/server/server-views.ts";
import { originOf } from "../../core/verdicts/origin.ts";
import { AnnouncedRing, type RingState } from "../../in/sources/announced-ring.ts";
import { findRings } from "../../in/sources/find-rings.ts";
import { removeAbandoned } from "../../in/sources/own-folder.ts";
import { type ProcessRegistry, peerOf, type SenderProcess } from "../../in/sources/process-registry.ts";
import { SHARED_MEMORY } from "../../in/sources/ring-folder.ts";
import { TestNames } from "./test-names.ts";

/** Rings that are followed at a time; one more is told and left. */
export const RINGS_MAX = 256;
/** Rings that could not be followed, and processes that could not be traced, that are told; the oldest goes first. */
const UNFOLLOWED_MAX = 256;

/** At a million events a second, a ring of the default size (131,072 records) is overwritten after 131 ms. */
const LOOK_EVERY_MS = 10;
/** A ring that is quiet is looked at in one of so many looks. */
const QUIET_EVERY_LOOKS = 10;
/** Time that reading may take before clients are read again. */
const SLICE_MS = 2;
/** Time that a record may take to be completed before an answer no longer waits for it. */
const COMPLETED_WITHIN_MS = 500;
/** Time that a process that connects has to ask for something; its ring is not read meanwhile. */
const ASKED_WITHIN_MS = 250;

type Origin = ReturnType<OriginOf>;
const NO_ORIGIN: Origin = { line: null, operation: null, test: null };

/** One process whose ring is followed. */
interface TracedProcess {
  readonly process: SenderProcess;
  readonly ring: AnnouncedRing;
  readonly sender: RingSender;
  readonly tests: TestNames;
  /** Its current directory, which its files are told relative to. */
  readonly folder: string;
  /** Its connections to the server that have asked for nothing yet, oldest first. */
  readonly connections: number[];
  /** When it was seen first that its ring is paused; null: it is not. */
  pausedAtMs: number | null;
  /** By site: what it stands for. */
  readonly lines: Map<number, Omit<Origin, "test">>;
}

/** How it stands with the ring of a process, for people. */
export interface TracedStatus {
  readonly pid: number;
  readonly ring: string | null;
  readonly state: RingState;
  /** Why it is not followed; empty where it is. */
  readonly reason: string;
  readonly records: number;
  /** Records that were overwritten before the server began to read. */
  readonly missed: number;
  /** Records that were overwritten before they were read. */
  readonly lost: number;
}

export interface TracedProcessesOptions {
  readonly registry: ProcessRegistry;
  readonly target: RingTarget;
  /** Called before anything of a process's ring is booked; `isAgain`: what is booked for it came from another ring. */
  readonly onFollow: (processId: number, isAgain: boolean) => void;
  /** Runs what looks at rings by itself; a fault in it costs that look. */
  readonly guard: (work: () => void) => void;
}

/** The processes that announced their rings: each is read as it is written, and to its end when its process has ended. */
export class TracedProcesses implements Disposable {
  readonly #options: TracedProcessesOptions;
  /** By process. */
  readonly #followed = new Map<number, TracedProcess>();
  readonly #unfollowed: TracedStatus[] = [];
  #timer: NodeJS.Timeout | null = null;
  #looks = 0;

  constructor(options: TracedProcessesOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#followed.size;
  }

  isFollowed(processId: number): boolean {
    return this.#followed.has(processId);
  }

  /** A process says where it records its allocations; `user` is who says it. Gives how it stands with that from now on. */
  follow(process: SenderProcess, path: string, user: number | null): TracedStatus {
    const { pid, localPid } = process;
    const known = this.#followed.get(process.id);
    const announcement = { path, pid, localPid, user };
    // Of this clock and the ring's: CLOCK_MONOTONIC.
    const followedNs = Number(hrtime.bigint());
    const sender = new RingSender(process.id, process.pid, this.#options.target, followedNs);
    const ring = new AnnouncedRing(announcement, sender);
    if (known?.ring.isOpen && known.ring.path === path && known.ring.fileId === ring.fileId) {
      ring[Symbol.dispose]();
      return statusOf(known);
    }
    if (ring.state === "failed") return this.refuse(pid, path, ring.reason);
    if (known !== undefined) this.#finish(known);
    if (this.#followed.size >= RINGS_MAX) {
      ring[Symbol.dispose]();
      return this.refuse(pid, path, `${RINGS_MAX} rings are followed, which is the most at a time`);
    }
    const folder = folderOf(process.localPid);
    const begun = { connections: [], pausedAtMs: null, lines: new Map() };
    const traced = { process, ring, sender, tests: new TestNames(), folder, ...begun };
    this.#options.registry.join(process.id);
    this.#options.onFollow(process.id, known !== undefined);
    this.#followed.set(process.id, traced);
    ring.look();
    this.#lookSoon();
    return statusOf(traced);
  }

  /** Follows what would have announced itself to the server on `socketPath`, had it been there. */
  discover(socketPath: string): void {
    const known = new Set([...this.#followed.values()].map(({ ring }) => ring.path));
    const isKnown = (path: string): boolean => known.has(path) || this.#unfollowed.some(({ ring }) => ring === path);
    for (const { path, pid, user } of findRings(socketPath, isKnown)) {
      const credentials = { pid, uid: user, gid: 0 };
      const process = this.#options.registry.find(peerOf(credentials), pid);
      if (process !== null) this.follow(process, path, user);
    }
  }

  /** Contexts of a process from this one on belong to a test, or to none. */
  noteTest(processId: number, context: number, test: string | null): void {
    this.#followed.get(processId)?.tests.begin(context, test);
  }

  /** What the numbers of a traced buffer stand for. */
  readonly originOf: OriginOf = (processId, site, context) => {
    const traced = this.#followed.get(processId);
    if (traced === undefined) return NO_ORIGIN;
    return { ...lineOf(traced, site), test: traced.tests.of(context) };
  };

  /** A process has connected; what it recorded after that is read when what it asks for has been answered. */
  opened(connection: number, localPid: number): void {
    for (const { process, connections } of this.#followed.values()) {
      if (process.localPid === localPid) connections.push(connection);
    }
  }

  /** A connection got what it asked for, or has gone: its process's ring is read on. */
  answered(connection: number): void {
    for (const traced of this.#followed.values()) {
      if (traced.connections.includes(connection)) passTo(traced, connection, true);
    }
  }

  /**
   * Reads all that was recorded by now, and by the process that `asker` belongs to before it connected. A promise where
   * that takes more than this turn of the event loop.
   */
  catchUp(asker: number | null): Promise<void> | undefined {
    for (const traced of this.#followed.values()) {
      if (asker !== null && traced.connections.includes(asker)) passTo(traced, asker, false);
    }
    const wanted = [...this.#followed.values()].map((traced) => ({
      traced,
      ring: traced.ring,
      head: traced.ring.head(),
      isAsker: asker !== null && traced.connections.includes(asker),
    }));
    // What is behind little goes first: one that floods its ring is not waited for by the others.
    wanted.sort((a, b) => a.head - a.ring.records - (b.head - b.ring.records));
    return this.#readSlice(wanted) ? undefined : this.#readOn(wanted);
  }

  /** Whether a process waits for an answer, and its ring is not read until it has it. */
  isPaused(processId: number): boolean {
    return this.#followed.get(processId)?.sender.isPaused ?? false;
  }

  /** Ends with rings whose processes have ended; what they left stays booked until their processes are taken off the books. */
  finishEnded(): void {
    for (const traced of this.#followed.values()) {
      if (
        traced.ring.isOpen &&
        !traced.sender.isPaused &&
        this.#options.registry.livenessOf(traced.process) === "ended"
      )
        traced.ring.finish();
    }
  }

  /** Lets go of those that are over, when what they left has been taken off the books. */
  release(isBooked: (processId: number) => boolean): void {
    const over = [...this.#followed.values()].filter((traced) => {
      return !traced.ring.isOpen && !isBooked(traced.process.id) && this.#hasEnded(traced);
    });
    for (const traced of over) this.#drop(traced);
    // A process that was killed leaves the folder that it made for its ring.
    if (over.length > 0) removeAbandoned(SHARED_MEMORY);
  }

  /** The books were emptied. */
  startOver(): void {
    for (const { sender } of this.#followed.values()) sender.startOver();
  }

  list(): readonly TracedStatus[] {
    return [...[...this.#followed.values()].map(statusOf), ...this.#unfollowed];
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer ?? undefined);
    for (const { ring } of this.#followed.values()) ring[Symbol.dispose]();
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
      giveUp(traced);
      if (!traced.ring.isQuiet || this.#looks % QUIET_EVERY_LOOKS === 0) traced.ring.look();
    }
  }

  #hasEnded({ process }: TracedProcess): boolean {
    return this.#options.registry.livenessOf(process) === "ended";
  }

  /** Its process has begun another ring: what the old one says of it is over. */
  #finish(traced: TracedProcess): void {
    do {
      resume(traced);
      traced.ring.finish();
    } while (traced.sender.isPaused);
    this.#drop(traced);
  }

  #drop({ process, ring }: TracedProcess): void {
    ring[Symbol.dispose]();
    this.#followed.delete(process.id);
    this.#options.registry.leave(process.id);
  }

  /** Takes note of a process whose ring is not followed, or that has none. */
  refuse(pid: number, ring: string | null, reason: string): TracedStatus {
    const status: TracedStatus = { pid, ring, state: "failed", reason, records: 0, missed: 0, lost: 0 };
    const again = this.#unfollowed.findIndex((known) => known.pid === pid && known.ring === ring);
    if (again >= 0) this.#unfollowed.splice(again, 1);
    this.#unfollowed.push(status);
    this.#unfollowed.splice(0, Math.max(0, this.#unfollowed.length - UNFOLLOWED_MAX));
    return status;
  }

  /** Reads for a moment; gives whether all is read. */
  #readSlice(wanted: readonly WantedRing[]): boolean {
    const untilMs = performance.now() + SLICE_MS;
    for (const { ring, head } of wanted) {
      while (!ring.hasReached(head)) {
        if (!ring.readSome(head)) break;
        if (performance.now() > untilMs) return wanted.every(isRead);
      }
    }
    return wanted.every(isRead);
  }

  /** Also waits for records that are being written: a thread may have been stopped in the middle of one. */
  async #readOn(wanted: readonly WantedRing[]): Promise<void> {
    let progressAtMs = performance.now();
    let position = positionOf(wanted);
    while (!this.#readSlice(wanted)) {
      for (const { traced, isAsker } of wanted) if (!isAsker) giveUp(traced);
      await new Promise((resolve) => setImmediate(resolve));
      const now = positionOf(wanted);
      if (now > position) progressAtMs = performance.now();
      else if (performance.now() - progressAtMs > COMPLETED_WITHIN_MS) return;
      position = now;
    }
  }
}

interface WantedRing {
  readonly traced: TracedProcess;
  readonly ring: AnnouncedRing;
  /** Whether its process asks: it is read up to where that was about to connect. */
  readonly isAsker: boolean;
  /** Records before this ticket are wanted. */
  readonly head: number;
}

/** What waits for another asker's answer is not read yet. */
function isRead({ ring, head, isAsker }: WantedRing): boolean {
  return ring.hasReached(head) && (isAsker || !ring.isPaused || !ring.isOpen);
}

/** Reads on to where a connection was made, or, where `isDone`, past it. Those before it asked for nothing. */
function passTo(traced: TracedProcess, connection: number, isDone: boolean): void {
  const { connections } = traced;
  while (connections.length > 0 && connections[0] !== connection) {
    connections.shift();
    resume(traced);
  }
  if (!isDone) return;
  connections.shift();
  resume(traced);
}

/** A connection that was never made, or asks for nothing, must not stop the reading for ever. */
function giveUp(traced: TracedProcess): void {
  if (!traced.sender.isPaused) return;
  traced.pausedAtMs ??= performance.now();
  if (performance.now() - traced.pausedAtMs < ASKED_WITHIN_MS) return;
  traced.connections.shift();
  resume(traced);
}

function resume(traced: TracedProcess): void {
  traced.sender.isPaused = false;
  traced.pausedAtMs = null;
}

function positionOf(wanted: readonly WantedRing[]): number {
  return wanted.reduce((sum, { ring }) => sum + ring.records + ring.lost, 0);
}

function statusOf({ process, ring }: TracedProcess): TracedStatus {
  const { path, state, reason, records, missed, lost } = ring;
  return { pid: process.pid, ring: path, state, reason, records, missed, lost };
}

function lineOf({ ring, sender, folder, lines }: TracedProcess, number: number): Omit<Origin, "test"> {
  const known = lines.get(number);
  if (known !== undefined) return known;
  const { stack, operation: operationNumber } = sender.site(number);
  const stacks = ring.stacks();
  const operation = stacks.get(operationNumber)?.[0]?.function ?? null;
  const found = originOf(stacks.get(stack) ?? [], operation, { rootDir: folder, testFile: null });
  const line = found === null ? null : { file: found.file, line: found.line, function: found.function };
  const told = { line, operation };
  lines.set(number, told);
  return told;
}

function folderOf(localPid: number | null): string {
  try {
    return localPid === null ? "/" : readlinkSync(`/proc/${localPid}/cwd`);
  } catch {
    return "/";
  }
}
