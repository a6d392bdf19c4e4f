import type { RunEvent } from "../../core/model/event.ts";
import {
  type BlockOrder,
  eventJson,
  type OrderStep,
  type Recorded,
  type RecordedEnd,
  type RecordedRing,
  type RecordingTopic,
} from "../../core/model/recording.ts";
import { CHECKPOINT_RECORDS, type RecordedCheckpoint } from "../../core/model/recording-index.ts";
import type { BookedMessage, ServerEvent } from "../../core/model/server-event.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceRecord } from "../../core/model/trace-record.ts";
import type { ChunkedFile } from "./chunked-file.ts";
import { DroppedSums } from "./dropped-sums.ts";
import { IndexBuilder } from "./index-builder.ts";
import type { RecordBatch } from "./record-batch.ts";
import { batchesOf, RingBatches } from "./ring-batches.ts";
import { ServedBlock } from "./served-block.ts";

/** Bytes of a chunk, before it is compressed, from which on it is written. */
const CHUNK_BYTES = 1_048_576;

/** Characters of events from which on a block is ended. */
const EVENTS_CHARACTERS = 262_144;

/** Records between checkpoints for each buffer that the last one had: so checkpoints stay a small part of the file. */
const RECORDS_PER_LIVE = 8;

/** Stacks in one message. */
const STACKS_PER_MESSAGE = 1_000;

type RecordsStep = [kind: "records", ring: number, count: number];

/** What a recorder does not do itself. */
export interface RecorderPort {
  /** Whether the disk does not follow, so that what would be written is dropped. */
  readonly isBehind: () => boolean;
  /** ns since 1970. */
  readonly nowNs: () => bigint;
}

/**
 * Puts what the engine heard into a recording, block by block: events, records and losses as they came, and at the end of
 * each block in which order. What is in a block is read as a whole or not at all.
 */
export class Recorder {
  readonly #file: ChunkedFile;
  readonly #port: RecorderPort;
  readonly #batches = new RingBatches();
  /** Of each ring, how many of its stacks are in the recording. */
  readonly #stacks = new Map<number, number>();
  #events: string[] = [];
  #eventCharacters = 0;
  #rings: RecordedRing[] = [];
  #steps: [...OrderStep][] = [];
  /** The step that goes on while records of one ring come, and where they go. */
  #lastRecords: { readonly step: RecordsStep; readonly batch: RecordBatch } | null = null;
  readonly #served = new ServedBlock();
  #dropped = new DroppedSums();
  readonly #index = new IndexBuilder();
  #block = 0;
  #timeNs = 0n;
  #recordsUntilCheckpoint = CHECKPOINT_RECORDS;
  /** Of the latest record that was written. */
  #recordNs = 0;
  #hasLost = false;
  /** In all, of what the disk did not follow. */
  droppedEvents = 0;
  droppedRecords = 0;

  constructor(file: ChunkedFile, port: RecorderPort) {
    this.#file = file;
    this.#port = port;
  }

  begin(begun: Recorded): void {
    this.#file.begin(`tt-memwatch ${begun.engine}`);
    this.#add("run", begun);
    this.#file.endChunk();
  }

  /** Whether so much was written since the last checkpoint that the next one should be. */
  get isCheckpointDue(): boolean {
    return this.#recordsUntilCheckpoint <= 0;
  }

  /** A ring was seen; what else is said of it names its number. */
  ring(ring: RecordedRing): void {
    this.#index.noteRing(ring);
    this.#rings.push(ring);
  }

  event(event: RunEvent): void {
    this.#index.note(event);
    const json = eventJson(event);
    this.#events.push(json);
    this.#eventCharacters += json.length;
    this.#lastRecords = null;
    const last = this.#steps.at(-1);
    if (last?.[0] === "events") last[1] += 1;
    else this.#steps.push(["events", 1]);
    if (this.#eventCharacters >= EVENTS_CHARACTERS) this.endBlock();
  }

  /** A message that an allocation server booked: called a million times a second. */
  message(booked: BookedMessage): void {
    this.#lastRecords = null;
    if (this.#served.message(booked, this.#steps)) this.endBlock();
  }

  /** What else it did. */
  server(event: ServerEvent): void {
    this.#lastRecords = null;
    if (this.#served.event(event, this.#steps)) this.endBlock();
  }

  /** Called a million times a second: records of one ring that follow one another are looked up once. */
  record(ring: number, record: TraceRecord): void {
    const last = this.#lastRecords;
    if (last !== null && last.step[1] === ring) {
      last.batch.add(record);
      last.step[2] += 1;
      if (last.batch.isFull) this.endBlock();
      return;
    }
    const batch = this.#batches.of(ring);
    const step: RecordsStep = ["records", ring, 0];
    this.#steps.push(step);
    this.#lastRecords = { step, batch };
    this.record(ring, record);
  }

  lost(ring: number, records: number): void {
    this.#hasLost = true;
    this.#lastRecords = null;
    const last = this.#steps.at(-1);
    if (last?.[0] === "lost" && last[1] === ring) last[2] += records;
    else this.#steps.push(["lost", ring, records]);
  }

  /** The stacks that a ring's process has named so far: those that are new are written. */
  stacks(ring: number, stacks: ReadonlyMap<number, readonly StackFrame[]>): void {
    const known = this.#stacks.get(ring) ?? 0;
    if (stacks.size === known || this.#port.isBehind()) return;
    // The ring is named before its stacks are.
    this.endBlock();
    // In a chunk of their own, so that they are found without reading what is between them.
    this.#file.endChunk();
    const fresh = [...stacks].slice(known);
    for (let from = 0; from < fresh.length; from += STACKS_PER_MESSAGE) {
      this.#add("stacks", { ring, stacks: fresh.slice(from, from + STACKS_PER_MESSAGE) });
    }
    this.#file.endChunk();
    this.#stacks.set(ring, stacks.size);
  }

  /** What is live once all records up to here were taken, of each ring: from here on a place can be found. */
  checkpoint(live: ReadonlyMap<number, Iterable<TraceRecord>>): void {
    this.endBlock();
    this.#recordsUntilCheckpoint = CHECKPOINT_RECORDS;
    if (this.#port.isBehind()) return;
    this.#file.endChunk();
    const checkpoint: RecordedCheckpoint = { block: this.#block, atNs: this.#recordNs, isWhole: !this.#hasLost };
    this.#index.noteCheckpoint(checkpoint);
    this.#add("checkpoint", checkpoint);
    let buffers = 0;
    for (const [ring, records] of live) {
      for (const { message, count } of batchesOf(ring, records)) {
        this.#addBytes("live", message);
        buffers += count;
        if (this.#file.chunkBytes >= CHUNK_BYTES) this.#file.endChunk();
      }
    }
    this.#file.endChunk();
    this.#recordsUntilCheckpoint = Math.max(CHECKPOINT_RECORDS, buffers * RECORDS_PER_LIVE);
  }

  /** All up to now is in the file, as soon as the disk takes it. */
  flush(): void {
    this.endBlock();
    this.#file.endChunk();
  }

  end(facts: RecordedEnd): void {
    this.endBlock();
    // What was dropped last is said, however far the disk is behind.
    if (this.#rings.length > 0 || !this.#dropped.isEmpty) this.#writeBlock();
    this.#file.endChunk();
    this.#add("index", this.#index.index());
    this.#file.endChunk();
    this.#add("end", facts);
    this.#file.end();
  }

  endBlock(): void {
    if (this.#steps.length === 0 && this.#rings.length === 0) return;
    if (this.#port.isBehind()) this.#dropBlock();
    else this.#writeBlock();
    if (this.#file.chunkBytes >= CHUNK_BYTES) this.#file.endChunk();
  }

  #writeBlock(): void {
    if (this.#rings.length > 0) this.#add("rings", this.#rings);
    this.#rings = [];
    if (this.#events.length > 0) this.#addText("events", `[\n${this.#events.join(",\n")}\n]`);
    const { events, messages } = this.#served.take();
    if (events !== null) this.#addText("server", events);
    if (messages !== null) this.#addBytes("messages", messages);
    this.#recordsUntilCheckpoint -= this.#batches.records;
    this.#recordNs = Math.max(this.#recordNs, this.#batches.latestNs());
    for (const message of this.#batches.take()) this.#addBytes("records", message);
    const order: BlockOrder = { steps: this.#steps, dropped: this.#dropped.take() };
    this.#add("order", order);
    this.#block += 1;
    this.#clear();
  }

  /** Rings are reported with the next block that is written. */
  #dropBlock(): void {
    this.#dropped.add(this.#steps);
    this.droppedEvents += this.#events.length + this.#served.length;
    this.#served.clear();
    this.droppedRecords += this.#batches.records;
    this.#batches.clear();
    this.#clear();
  }

  #clear(): void {
    this.#steps = [];
    this.#lastRecords = null;
    this.#events = [];
    this.#eventCharacters = 0;
  }

  #add(topic: RecordingTopic, value: unknown): void {
    this.#addText(topic, JSON.stringify(value));
  }

  #addText(topic: RecordingTopic, text: string): void {
    this.#addBytes(topic, Buffer.from(text));
  }

  #addBytes(topic: RecordingTopic, bytes: Uint8Array): void {
    const nowNs = this.#port.nowNs();
    if (nowNs > this.#timeNs) this.#timeNs = nowNs;
    this.#file.add(topic, bytes, this.#block, this.#timeNs);
  }
}
