import { ftruncateSync, statSync, writeSync } from "node:fs";
import { count } from "../../core/base/count.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import type { RunEvent } from "../../core/model/event.ts";
import type { Recorded, RecordedEnd } from "../../core/model/recording.ts";
import type { BookedMessage, ServerEvent } from "../../core/model/server-event.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { LedgerSink, TraceRecord, TraceSink } from "../../core/model/trace-record.ts";
import { openFile } from "../../files/open-outside-file.ts";
import type { FollowedRing } from "../../in/sources/ring-follower.ts";
import type { Recorder } from "../../out/recording/recorder.ts";
import type { WriteQueue } from "../../out/recording/write-queue.ts";

/** What was heard up to so long ago is in the file, whatever happens to this program. */
const FLUSH_EVERY_MS = 1_000;

const NS_PER_MS = 1_000_000n;

/** The part of a run that writes a recording. Whatever fails in it costs a warning, never the run. */
export interface RunRecording {
  /** Whether anything is recorded. */
  readonly isOn: boolean;
  event(event: RunEvent): void;
  /** A message that an allocation server booked. */
  message(booked: BookedMessage): void;
  server(event: ServerEvent): void;
  /** A ring was seen. */
  ring(path: string, pid: number, ancestors: readonly number[]): void;
  /** Records what a ring's records and losses are, and hands them on. */
  tap(path: string, sink: LedgerSink): TraceSink;
  stacks(path: string, stacks: ReadonlyMap<number, readonly StackFrame[]>): void;
  /** What is to be done before all that was heard is written. */
  onFlush(work: () => void): void;
  /** Ends the file; gives what there is to say of it, a sentence each. */
  end(facts: Omit<RecordedEnd, "rings">, rings: readonly FollowedRing[]): Promise<readonly string[]>;
}

/** Nothing is recorded. */
export const NO_RECORDING: RunRecording = {
  isOn: false,
  event: () => {},
  message: () => {},
  server: () => {},
  ring: () => {},
  tap: (_, sink) => sink,
  stacks: () => {},
  onFlush: () => {},
  end: async () => [],
};

/**
 * Begins a recording of what `begun.source` does.
 *
 * @param path absolute; null: nothing is recorded
 * @throws UsageError where not even its beginning can be written
 */
export async function openRunRecording(path: string | null, begun: Recorded): Promise<RunRecording> {
  if (path === null) return NO_RECORDING;
  // Most runs have no use for it and should not wait for its code.
  const [{ ChunkedFile }, { Recorder: Made }, { WriteQueue: Queue }] = await Promise.all([
    import("../../out/recording/chunked-file.ts"),
    import("../../out/recording/recorder.ts"),
    import("../../out/recording/write-queue.ts"),
  ]);
  try {
    const file = openEmpty(path);
    // What is known now is written at once, so that a disk that takes nothing is reported before the command starts.
    let write = (bytes: Uint8Array): void => writeWhole(file, bytes);
    const queue = new Queue(file);
    const recorder = new Made(new ChunkedFile((bytes) => write(bytes)), {
      isBehind: () => queue.isFull,
      nowNs: () => BigInt(Date.now()) * NS_PER_MS,
    });
    recorder.begin(begun);
    write = (bytes) => queue.push(bytes);
    return new WrittenRecording(path, recorder, queue);
  } catch (error) {
    throw new UsageError(`${begun.source}: --record ${path} cannot be written: ${reasonOf(error)}; name another path`);
  }
}

class WrittenRecording implements RunRecording {
  readonly #path: string;
  readonly #recorder: Recorder;
  readonly #queue: WriteQueue;
  readonly #timer: NodeJS.Timeout;
  readonly #rings = new Map<string, number>();
  /** By number of their rings. */
  readonly #ledgers = new Map<number, LedgerSink>();
  #beforeFlush = (): void => {};
  /** Why nothing is recorded any more; null: it is. */
  #failure: string | null = null;

  constructor(path: string, recorder: Recorder, queue: WriteQueue) {
    this.#path = path;
    this.#recorder = recorder;
    this.#queue = queue;
    this.#timer = setInterval(() => this.#flush(), FLUSH_EVERY_MS);
    this.#timer.unref();
  }

  get isOn(): boolean {
    return this.#failure === null && this.#queue.error === null;
  }

  event(event: RunEvent): void {
    this.#guard(() => this.#recorder.event(event));
  }

  /** Called a million times a second: without a closure for each. */
  message(booked: BookedMessage): void {
    if (!this.isOn) return;
    try {
      this.#recorder.message(booked);
    } catch (error) {
      this.#failure = reasonOf(error);
    }
  }

  server(event: ServerEvent): void {
    this.#guard(() => this.#recorder.server(event));
  }

  ring(path: string, pid: number, ancestors: readonly number[]): void {
    this.#guard(() => this.#recorder.ring({ ring: this.#numberOf(path), path, pid, ancestors }));
  }

  tap(path: string, sink: LedgerSink): TraceSink {
    const ring = this.#numberOf(path);
    this.#ledgers.set(ring, sink);
    return {
      record: (record) => {
        this.#record(ring, record);
        sink.record(record);
        if (this.#recorder.isCheckpointDue) this.#checkpoint();
      },
      lost: (records) => {
        this.#guard(() => this.#recorder.lost(ring, records));
        sink.lost(records);
      },
    };
  }

  stacks(path: string, stacks: ReadonlyMap<number, readonly StackFrame[]>): void {
    this.#guard(() => this.#recorder.stacks(this.#numberOf(path), stacks));
  }

  onFlush(work: () => void): void {
    this.#beforeFlush = work;
  }

  async end(facts: Omit<RecordedEnd, "rings">, rings: readonly FollowedRing[]): Promise<readonly string[]> {
    clearInterval(this.#timer);
    this.#guard(() => {
      const ends = rings.map(({ path, pid, records, lost }) => ({ ring: this.#numberOf(path), pid, records, lost }));
      this.#recorder.end({ ...facts, rings: ends });
    });
    await this.#queue.end();
    return [...this.#failureWarnings(), ...this.#droppedWarnings()];
  }

  /** Called a million times a second: without a closure for each. */
  #record(ring: number, record: TraceRecord): void {
    if (!this.isOn) return;
    try {
      this.#recorder.record(ring, record);
    } catch (error) {
      this.#failure = reasonOf(error);
    }
  }

  #checkpoint(): void {
    this.#guard(() =>
      this.#recorder.checkpoint(new Map([...this.#ledgers].map(([ring, ledger]) => [ring, ledger.births()]))),
    );
  }

  #flush(): void {
    this.#guard(() => {
      this.#beforeFlush();
      this.#recorder.flush();
    });
  }

  #guard(work: () => void): void {
    if (!this.isOn) return;
    try {
      work();
    } catch (error) {
      this.#failure = reasonOf(error);
    }
  }

  #numberOf(path: string): number {
    const number = this.#rings.get(path) ?? this.#rings.size;
    this.#rings.set(path, number);
    return number;
  }

  #failureWarnings(): string[] {
    const reason = this.#failure ?? (this.#queue.error === null ? null : reasonOf(this.#queue.error));
    if (reason === null) return [];
    return [`the recording ${this.#path} ends before the run did: ${reason}; what is in it can be read`];
  }

  #droppedWarnings(): string[] {
    const { droppedEvents: events, droppedRecords: records } = this.#recorder;
    if (events + records === 0) return [];
    const what = `${count(events, "event")} and ${count(records, "traced record")}`;
    return [`the recording ${this.#path} lacks ${what}: the disk did not take them in time`];
  }
}

function writeWhole(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.byteLength; ) written += writeSync(file, bytes, written);
}

/** A file that is there is emptied: what it had goes. */
function openEmpty(path: string): number {
  const isThere = statSync(path, { throwIfNoEntry: false }) !== undefined;
  const access = isThere ? "write" : "create";
  const file = openFile(path, { access, kinds: ["regular file"], links: "own" });
  if (isThere) ftruncateSync(file);
  return file;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
