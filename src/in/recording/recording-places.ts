import { closeSync, fstatSync, readSync } from "node:fs";
import { McapIndexedReader, McapRecordBuilder, McapStreamReader, type TypedMcapRecords } from "@mcap/core";
import type { Recorded, RecordingTopic } from "../../core/model/recording.ts";
import type { RecordedCheckpoint, RecordingIndex } from "../../core/model/recording-index.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceRecord } from "../../core/model/trace-record.ts";
import { openFile } from "../../files/open-outside-file.ts";
import { checkFormat, checkProfile } from "./check-format.ts";
import { BeginMessage, EndFactsMessage, IndexMessage, OrderMessage, StacksMessage } from "./facts-schema.ts";
import { LiveBirths } from "./live-births.ts";
import { decompressChunk, RECORD_BYTES_MAX } from "./mcap-file.ts";
import { parseMessage } from "./parse-message.ts";
import { RecordedBatch } from "./recorded-batch.ts";
import { RecordingError } from "./recording-error.ts";

type ChunkIndex = TypedMcapRecords["ChunkIndex"];

/** Channels have numbers from 0 on. */
const NO_CHANNEL = -1;

/** What was live at a time. */
export interface LiveState {
  /** By number of their rings. */
  readonly births: ReadonlyMap<number, readonly TraceRecord[]>;
  /** Whether no record was lost that would say otherwise. */
  readonly isWhole: boolean;
  /** Of the latest record up to that time; 0: there is none. */
  readonly lastNs: number;
}

/** Finds a place in a recording by its index, and reads what is around it only. */
export class RecordingPlaces implements Disposable {
  readonly begun: Recorded;
  readonly index: RecordingIndex;
  readonly durationMs: number;
  readonly #file: number;
  readonly #chunks: readonly ChunkIndex[];
  readonly #topics: ReadonlyMap<number, string>;
  /** The records of its channels: a chunk may be read without the one that has them. */
  readonly #channels: Uint8Array;

  /** Throws the system's error, or RecordingError where it has no index. */
  static async open(path: string): Promise<RecordingPlaces> {
    const file = openFile(path, { access: "read", kinds: ["regular file"], links: "own" });
    try {
      return new RecordingPlaces(file, await openIndex(file));
    } catch (error) {
      closeSync(file);
      throw asRecordingError(error);
    }
  }

  private constructor(file: number, { chunkIndexes, channelsById }: McapIndexedReader) {
    this.#file = file;
    this.#chunks = chunkIndexes.toSorted((a, b) => Number(a.chunkStartOffset - b.chunkStartOffset));
    this.#topics = new Map([...channelsById].map(([id, { topic }]) => [id, topic]));
    const builder = new McapRecordBuilder();
    for (const channel of channelsById.values()) builder.writeChannel(channel);
    this.#channels = builder.buffer.slice();
    this.begun = parseMessage(BeginMessage, this.#only("run"));
    this.index = parseMessage(IndexMessage, this.#only("index"));
    this.durationMs = parseMessage(EndFactsMessage, this.#only("end")).durationMs;
  }

  /** The Python stacks of each ring's process, by number. Reads the chunks that have stacks, and no others. */
  stacks(): ReadonlyMap<number, ReadonlyMap<number, readonly StackFrame[]>> {
    const byRing = new Map<number, Map<number, readonly StackFrame[]>>();
    for (const data of this.#messages(this.#having("stacks"), "stacks")) {
      const { ring, stacks } = parseMessage(StacksMessage, data);
      const known = byRing.get(ring) ?? new Map<number, readonly StackFrame[]>();
      byRing.set(ring, known);
      for (const [number, frames] of stacks) known.set(number, frames);
    }
    return byRing;
  }

  /**
   * What was live at a time. Rings are read in turn, so a record may be in the file behind later ones of another ring: all up to
   * the second checkpoint after that time is read.
   *
   * @param atNs CLOCK_MONOTONIC
   */
  liveAt(atNs: number): LiveState {
    const finding = this.findingLiveAt(atNs);
    for (;;) {
      const { done, value } = finding.next();
      if (done) return value;
    }
  }

  /** The same, message by message: for who does something else in between. */
  *findingLiveAt(atNs: number): Generator<void, LiveState, void> {
    const { checkpoints } = this.index;
    const marks = this.#having("checkpoint");
    const before = checkpoints.findLastIndex((checkpoint) => checkpoint.atNs <= atNs);
    const from = this.#positionOf(marks[before], 0);
    const to = this.#positionOf(marks[before + 2], this.#chunks.length);
    const state = new StateAt(atNs, checkpoints[before] ?? null);
    for (const { topic, data } of this.#read(this.#chunks.slice(from, to))) {
      state.take(topic, data);
      yield;
    }
    return state.result();
  }

  /**
   * Tells of each checkpoint what was live there, message by message; where there are more than `max`, of as many, evenly spread.
   *
   * @param visit called with each buffer that was live; a record is the next one after that
   * @param settle called after those of a checkpoint with its time, by CLOCK_MONOTONIC
   */
  *eachCheckpoint(
    max: number,
    visit: (ring: number, record: TraceRecord) => void,
    settle: (atNs: number) => void,
  ): Generator<void, void, void> {
    const { checkpoints } = this.index;
    const marks = this.#having("checkpoint");
    const step = Math.max(1, Math.ceil(checkpoints.length / max));
    const batch = new RecordedBatch();
    for (let index = 0; index < checkpoints.length; index += step) {
      for (const { topic, data } of this.#read(this.#ofCheckpoint(marks[index]))) {
        if (topic !== "live") continue;
        batch.read(data);
        for (let at = 0; at < batch.length; at++) visit(batch.ring, batch.next());
        yield;
      }
      settle(checkpoints[index]?.atNs ?? 0);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  /** The chunk that a checkpoint begins, and those after it that have the rest of what was live. */
  #ofCheckpoint(mark: ChunkIndex | undefined): readonly ChunkIndex[] {
    if (mark === undefined) return [];
    const [live, checkpoint] = [this.#idOf("live"), this.#idOf("checkpoint")];
    const from = this.#chunks.indexOf(mark);
    const isRest = ({ messageIndexOffsets: has }: ChunkIndex): boolean => has.has(live) && !has.has(checkpoint);
    const rest = this.#chunks.slice(from + 1).findIndex((chunk) => !isRest(chunk));
    return this.#chunks.slice(from, rest === -1 ? undefined : from + 1 + rest);
  }

  #idOf(topic: RecordingTopic): number {
    return [...this.#topics].find(([, each]) => each === topic)?.[0] ?? NO_CHANNEL;
  }

  #positionOf(chunk: ChunkIndex | undefined, otherwise: number): number {
    return chunk === undefined ? otherwise : this.#chunks.indexOf(chunk);
  }

  #having(topic: RecordingTopic): ChunkIndex[] {
    const id = this.#idOf(topic);
    return this.#chunks.filter(({ messageIndexOffsets }) => messageIndexOffsets.has(id));
  }

  #only(topic: RecordingTopic): Uint8Array {
    const [data] = this.#messages(this.#having(topic).slice(0, 1), topic);
    if (data === undefined) throw new RecordingError(`it has no message of "${topic}", by which places are found`);
    return data;
  }

  *#messages(chunks: readonly ChunkIndex[], topic: RecordingTopic): Generator<Uint8Array> {
    for (const message of this.#read(chunks)) if (message.topic === topic) yield message.data;
  }

  *#read(chunks: readonly ChunkIndex[]): Generator<{ readonly topic: string; readonly data: Uint8Array }> {
    const reader = new McapStreamReader({ noMagicPrefix: true, decompressHandlers: { zstd: decompressChunk } });
    reader.append(this.#channels);
    for (const { chunkStartOffset, chunkLength } of chunks) {
      reader.append(readAt(this.#file, chunkStartOffset, chunkLength));
      for (let record = reader.nextRecord(); record !== undefined; record = reader.nextRecord()) {
        if (record.type !== "Message") continue;
        yield { topic: this.#topics.get(record.channelId) ?? "", data: record.data };
      }
    }
  }
}

/** Takes messages from a checkpoint on. */
class StateAt {
  readonly #atNs: number;
  readonly #births = new Map<number, LiveBirths>();
  readonly #batch = new RecordedBatch();
  /** Whether the checkpoint that it begins with is still to come, or its buffers are. */
  #isBeginning: boolean;
  #isWhole: boolean;
  #lastNs: number;

  constructor(atNs: number, checkpoint: RecordedCheckpoint | null) {
    this.#atNs = atNs;
    this.#isBeginning = checkpoint !== null;
    this.#isWhole = checkpoint?.isWhole ?? true;
    this.#lastNs = checkpoint?.atNs ?? 0;
  }

  take(topic: string, data: Uint8Array): void {
    if (topic === "live" && this.#isBeginning) this.#takeRecords(data);
    else if (topic === "records") this.#takeRecords(data);
    else if (topic === "order") this.#takeOrder(data);
  }

  result(): LiveState {
    const births = new Map([...this.#births].map(([ring, live]) => [ring, live.all()]));
    return { births, isWhole: this.#isWhole, lastNs: this.#lastNs };
  }

  #takeRecords(data: Uint8Array): void {
    const batch = this.#batch;
    batch.read(data);
    const live = this.#births.get(batch.ring) ?? new LiveBirths();
    this.#births.set(batch.ring, live);
    for (let index = 0; index < batch.length; index++) {
      const record = batch.next();
      if (record.timeNs > this.#atNs) continue;
      live.take(record);
      if (record.timeNs > this.#lastNs) this.#lastNs = record.timeNs;
    }
  }

  #takeOrder(data: Uint8Array): void {
    this.#isBeginning = false;
    const { steps, dropped } = parseMessage(OrderMessage, data);
    if (dropped !== null || steps.some(([kind]) => kind === "lost")) this.#isWhole = false;
  }
}

async function openIndex(file: number): Promise<McapIndexedReader> {
  const size = BigInt(fstatSync(file).size);
  const readable = {
    size: async () => size,
    read: async (offset: bigint, length: bigint) => readAt(file, offset, length),
  };
  const reader = await McapIndexedReader.Initialize({ readable });
  checkProfile(reader.header);
  for await (const metadata of reader.readMetadata()) checkFormat(metadata);
  return reader;
}

function readAt(file: number, offset: bigint, length: bigint): Uint8Array {
  if (length > RECORD_BYTES_MAX) throw new Error(`${length} bytes at once; wanted ${RECORD_BYTES_MAX} at most`);
  const bytes = new Uint8Array(Number(length));
  for (let read = 0; read < bytes.length; ) {
    const more = readSync(file, bytes, read, bytes.length - read, Number(offset) + read);
    if (more === 0) throw new Error("it was cut");
    read += more;
  }
  return bytes;
}

function asRecordingError(error: unknown): unknown {
  if (error instanceof RecordingError || (error instanceof Error && "code" in error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new RecordingError(`places in it cannot be found: ${reason}; tt-memwatch inspect says whether it is whole`);
}
