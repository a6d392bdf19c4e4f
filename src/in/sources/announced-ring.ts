import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceSink } from "../../core/model/trace-record.ts";
import { RingReader } from "../regions/ring-reader.ts";
import { processFacts } from "./proc.ts";

/** Who says that it writes a ring. */
export interface RingAnnouncement {
  /** As the process sees its files. */
  readonly path: string;
  /** As the process sees itself. */
  readonly pid: number;
  /** Its pid here; null where that is not known. */
  readonly localPid: number | null;
  /** The user that the ring has to belong to; null where that is not known. */
  readonly user: number | null;
}

/**
 * - `waiting`: its process has not finished the header
 * - `followed`: it is being read
 * - `ended`: it was read to its end
 * - `failed`: it cannot be read, or not any more; `reason` says why
 */
export type RingState = "waiting" | "followed" | "ended" | "failed";

/** Looks without a record after which a ring counts as quiet. */
const QUIET_AFTER_LOOKS = 20;

/** One ring that was announced. Whatever is wrong with it costs this ring and is reported. */
export class AnnouncedRing implements Disposable {
  readonly path: string;
  readonly pid: number;
  readonly #announcement: RingAnnouncement;
  readonly #sink: TraceSink;
  #reader: RingReader | null = null;
  #state: RingState = "waiting";
  #reason = "";
  #quietLooks = 0;
  /** Records that were overwritten before the ring was first read. */
  missed = 0;

  constructor(announcement: RingAnnouncement, sink: TraceSink) {
    this.path = announcement.path;
    this.pid = announcement.pid;
    this.#announcement = announcement;
    this.#sink = sink;
    this.#guard(() => this.#open());
  }

  get state(): RingState {
    return this.#state;
  }

  get reason(): string {
    return this.#reason;
  }

  get records(): number {
    return this.#reader?.records ?? 0;
  }

  /** Records that were overwritten before they were read, without those that were `missed`. */
  get lost(): number {
    return Math.max(0, (this.#reader?.lost ?? 0) - this.missed);
  }

  /** Which file it is; null where none is open. */
  get fileId(): string | null {
    return this.#reader?.fileId ?? null;
  }

  get isOpen(): boolean {
    return this.#state === "waiting" || this.#state === "followed";
  }

  /** Whether nothing was recorded for long: it need not be looked at as often. */
  get isQuiet(): boolean {
    return this.#quietLooks >= QUIET_AFTER_LOOKS;
  }

  /** Reads what is there. */
  look(): void {
    const before = this.#reader?.position ?? 0;
    this.#guard(() => this.#openReader()?.read());
    this.#quietLooks = this.#reader?.position === before ? this.#quietLooks + 1 : 0;
  }

  /** Tickets handed out by now; 0 where there is no ring yet. */
  head(): number {
    let head = 0;
    this.#guard(() => {
      head = this.#openReader()?.head ?? 0;
    });
    return head;
  }

  /** Whether all that was recorded by now was read, and nothing of it was overwritten before. */
  get isReadToEnd(): boolean {
    return this.missed + this.lost === 0 && this.#reader?.position === this.head();
  }

  /** Whether its sink takes no more for now. */
  get isPaused(): boolean {
    return this.#reader?.isPaused ?? false;
  }

  /** Whether all before the ticket `head` was read, or will not be for now. */
  hasReached(head: number): boolean {
    return this.#state !== "followed" || this.isPaused || this.#reader === null || this.#reader.reached >= head;
  }

  /** Reads some of what was recorded before the ticket `head`. Returns false at a record that is still being written. */
  readSome(head: number): boolean {
    let isRead = false;
    this.#guard(() => {
      isRead = this.#reader?.readSome(head) ?? false;
    });
    this.#quietLooks = 0;
    return isRead;
  }

  /** Reads it to its end, because its process writes no more, or to where its sink takes no more for now. */
  finish(): void {
    this.#guard(() => this.#openReader()?.finish());
    if (this.isPaused) return;
    if (this.#state === "waiting") {
      this.#state = "failed";
      this.#reason = "its process ended before it had written the header";
    } else if (this.#state === "followed") this.#state = "ended";
  }

  /** The Python stacks that its process has named so far, by number. */
  stacks(): ReadonlyMap<number, readonly StackFrame[]> {
    let stacks: ReadonlyMap<number, readonly StackFrame[]> = new Map();
    this.#guard(() => {
      stacks = this.#reader?.stacks() ?? stacks;
    });
    return stacks;
  }

  [Symbol.dispose](): void {
    this.#reader?.[Symbol.dispose]();
  }

  #guard(work: () => void): void {
    if (this.#state === "failed") return;
    try {
      work();
    } catch (error) {
      this.#state = "failed";
      this.#reason = error instanceof Error ? error.message : String(error);
    }
  }

  #openReader(): RingReader | null {
    if (this.#state === "waiting") this.#open();
    return this.#reader;
  }

  /** In the process's own view of the files, where that is another one. */
  #open(): void {
    const { path, localPid } = this.#announcement;
    try {
      this.#take(path);
    } catch (error) {
      if (localPid === null) throw error;
      this.#take(`/proc/${localPid}/root${path}`);
    }
  }

  #take(path: string): void {
    const { user } = this.#announcement;
    const reader = RingReader.open(path, this.#sink, user ?? undefined);
    if (reader === null) return;
    const problem = this.#problemOf(reader);
    if (problem !== null) {
      reader[Symbol.dispose]();
      throw new Error(problem);
    }
    this.#reader = reader;
    this.#state = "followed";
    this.missed = Math.max(0, reader.head - reader.capacity);
  }

  /** A pid is another process's in another namespace, and a later one's. */
  #problemOf({ pid, startTicks }: RingReader): string | null {
    const { pid: announced, localPid } = this.#announcement;
    if (pid !== announced) return `it is the ring of PID ${pid}, and PID ${announced} says that it is its own`;
    const started = localPid === null ? null : (processFacts(localPid)?.startTime ?? null);
    if (started === null || startTicks === 0n || startTicks === BigInt(started)) return null;
    return `it is the ring of an earlier process with PID ${pid}`;
  }
}
