import { readlinkSync } from "node:fs";
import { hrtime } from "node:process";
import { RingSender, type RingTarget } from "../../core/ledger/server/ring-sender.ts";
import type { OriginOf } from "../../core/ledger/server/walk-entries.ts";
import { originOf } from "../../core/verdicts/user-line-in-stack.ts";
import { AnnouncedRing, type RingState } from "../../in/sources/announced-ring.ts";
import type { SenderProcess } from "../../in/sources/process-registry.ts";
import type { SiteOrigin } from "./record-booked-messages.ts";
import { TestNames } from "./test-names.ts";

/** Time that a process that connects has to ask for something; its ring is not read meanwhile. */
const ASKED_WITHIN_MS = 250;

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
  /** Records that are not booked: overwritten before they were read, or of one allocator too many. */
  readonly lost: number;
}

type Origin = ReturnType<OriginOf>;

/** One process whose ring is followed, and its connections to the server. */
export class FollowedProcess implements Disposable {
  readonly process: SenderProcess;
  readonly ring: AnnouncedRing;
  readonly tests = new TestNames();
  readonly #sender: RingSender;
  /** Its current directory, to which the paths of its files are relative. */
  readonly #folder: string;
  /** Those that have asked for nothing yet, oldest first. */
  readonly #connections: number[] = [];
  /** By site: what it stands for. */
  readonly #lines = new Map<number, Omit<Origin, "test">>();
  /** Sites that `newOrigins` gave. */
  #recordedSites = 1;
  /** When it was seen first that its ring is paused; null: it is not. */
  #pausedAtMs: number | null = null;

  /** `user`: whose file the ring has to be; null where that is not known. */
  constructor(process: SenderProcess, path: string, user: number | null, target: RingTarget) {
    const { pid, localPid } = process;
    this.process = process;
    this.#sender = new RingSender(process.id, pid, target, monotonicNs());
    this.ring = new AnnouncedRing({ path, pid, localPid, user }, this.#sender);
    this.#folder = folderOf(localPid);
  }

  get status(): TracedStatus {
    const { path, state, reason, records, missed, lost } = this.ring;
    return { pid: this.process.pid, ring: path, state, reason, records, missed, lost: lost + this.#sender.leftOut };
  }

  /** Whether the books have all that it counts itself. */
  get isWhole(): boolean {
    return this.#sender.isWhole && this.#sender.leftOut === 0;
  }

  /** Whether it waits for an answer, and its ring is not read until it has it. */
  get isPaused(): boolean {
    return this.#sender.isPaused;
  }

  /** On CLOCK_MONOTONIC, when it was about to connect for the answer that it waits for; null: it waits for none. */
  get askedNs(): number | null {
    return this.isPaused ? this.#sender.pausedNs : null;
  }

  opened(connection: number): void {
    this.#connections.push(connection);
  }

  /** Whether one of its connections, which asked for nothing before. */
  has(connection: number): boolean {
    return this.#connections.includes(connection);
  }

  /** Reads no further than to where a connection was made; those before it asked for nothing. */
  holdAt(connection: number): void {
    while (this.#connections.length > 0 && this.#connections[0] !== connection) {
      this.#connections.shift();
      this.#endWait();
    }
  }

  /** A connection got what it asked for, or has gone: the ring is read on. */
  answered(connection: number): void {
    if (!this.has(connection)) return;
    this.holdAt(connection);
    this.#connections.shift();
    this.#endWait();
  }

  /** A connection that was never made, or asks for nothing, must not stop the reading for ever. */
  giveUp(): void {
    if (!this.isPaused) return;
    this.#pausedAtMs ??= performance.now();
    if (performance.now() - this.#pausedAtMs < ASKED_WITHIN_MS) return;
    this.#connections.shift();
    this.#resume();
  }

  /** Nobody waits at the next record of a connection, whether it was read already or not. */
  #endWait(): void {
    if (this.isPaused) this.#resume();
    else this.#sender.passOver(monotonicNs());
  }

  #resume(): void {
    this.#sender.isPaused = false;
    this.#pausedAtMs = null;
  }

  /** Reads the ring to its end, whoever waits for an answer. */
  finish(): void {
    this.#sender.pausesForAskers = false;
    this.#resume();
    this.ring.finish();
  }

  /** The books were emptied. */
  startOver(): void {
    this.#sender.startOver();
  }

  /** The line and the operation that a buffer's site stands for. */
  lineOf(site: number): Omit<Origin, "test"> {
    const known = this.#lines.get(site);
    if (known !== undefined) return known;
    const { stack, operation: named } = this.#sender.site(site);
    const stacks = this.ring.stacks();
    const operation = stacks.get(named)?.[0]?.function ?? null;
    const found = originOf(stacks.get(stack) ?? [], operation, { rootDir: this.#folder, testFile: null });
    const line = found === null ? null : { file: found.file, line: found.line, function: found.function };
    const told = { line, operation };
    this.#lines.set(site, told);
    return told;
  }

  /** What sites stand for that are new since this was asked last, as far as it is known yet; `isOver`: no more will be. */
  newOrigins(isOver: boolean): SiteOrigin[] {
    const found: SiteOrigin[] = [];
    if (this.#recordedSites === this.#sender.sites) return found;
    const stacks = this.ring.stacks();
    const isKnown = (number: number): boolean => isOver || number === 0 || stacks.has(number);
    for (; this.#recordedSites < this.#sender.sites; this.#recordedSites += 1) {
      const { stack, operation } = this.#sender.site(this.#recordedSites);
      if (!isKnown(stack) || !isKnown(operation)) break;
      found.push({ site: this.#recordedSites, ...this.lineOf(this.#recordedSites) });
    }
    return found;
  }

  [Symbol.dispose](): void {
    this.ring[Symbol.dispose]();
  }
}

/** On the clock of records: CLOCK_MONOTONIC. */
function monotonicNs(): number {
  return Number(hrtime.bigint());
}

function folderOf(localPid: number | null): string {
  try {
    return localPid === null ? "/" : readlinkSync(`/proc/${localPid}/cwd`);
  } catch {
    return "/";
  }
}
