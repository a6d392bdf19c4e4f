import type { RunEvent } from "../../core/model/event.ts";
import {
  type BlockOrder,
  type BookedMessage,
  CHECKPOINT_RECORDS,
  eventJson,
  type OrderStep,
  type Recorded,
  type RecordedCheckpoint,
  type RecordedEnd,
  type RecordedRing,
  type RecordingTopic,
  type ServerEvent,
} from "../../core/model/recording.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { TraceRecord } from "../../core/model/traced.ts";
import type { ChunkedFile } from "./chunked-file.ts";
import { IndexBuilder } from "./index-builder.ts";
import { MessageBatch } from "./message-batch.ts";
import { RecordBatch } from "./record-batch.ts";

/** Bytes of a chunk, before it is compressed, from which on it is written. */
const CHUNK_BYTES = 1_048_576;

/** Characters of events from which on a block is ended. */
const EVENTS_CHARACTERS = 262_144;

/** Records between checkpoints for each buffer that the last one had: so checkpoints stay a small part of the file. */
const RECORDS_PER_LIVE = 8;

/** Of a server, from which on a block is ended. */
const SERVER_EVENTS = 4_096;

/** Stacks in one message. */
const STACKS_PER_MESSAGE = 1_000;

/** Batches that are kept to be used again. */
const SPARE_BATCHES_MAX = 8;

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
  readonly #batches = new Map<number, RecordBatch>();
  readonly #spare: RecordBatch[] = [];
  /** Of each ring, how many of its stacks are in the recording. */
  readonly #stacks = new Map<number, number>();
  #events: string[] = [];
  #eventCharacters = 0;
  #rings: RecordedRing[] = [];
  #steps: [...OrderStep][] = [];
  /** The step that goes on while records of one ring come, and where they go. */
  #lastRecords: { readonly step: RecordsStep; readonly batch: RecordBatch } | null = null;
  readonly #messages = new MessageBatch();
  /** The step that goes on while messages come. */
  #lastMessages: ["messages", number] | null = null;
  #serverEvents: string[] = [];
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
    if (this.#lastMessages === null) {
      this.#lastMessages = ["messages", 0];
      this.#lastRecords = null;
      this.#steps.push(this.#lastMessages);
    }
    this.#messages.add(booked);
    this.#lastMessages[1] += 1;
    if (this.#messages.isFull) this.endBlock();
  }

  /** What else it did. */
  server(event: ServerEvent): void {
    this.#serverEvents.push(JSON.stringify(event));
    this.#lastMessages = null;
    const last = this.#steps.at(-1);
    if (last?.[0] === "server") last[1] += 1;
    else this.#steps.push(["server", 1]);
    if (this.#serverEvents.length >= SERVER_EVENTS) this.endBlock();
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
    const batch = this.#batches.get(ring) ?? this.#beginBatch(ring);
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
    for (const [ring, records] of live) buffers += this.#writeLive(ring, records);
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
    if (this.#serverEvents.length > 0) this.#addText("server", `[\n${this.#serverEvents.join(",\n")}\n]`);
    if (this.#messages.length > 0) this.#addBytes("messages", this.#messages.take());
    for (const [ring, batch] of this.#batches) {
      this.#recordsUntilCheckpoint -= batch.length;
      this.#recordNs = Math.max(this.#recordNs, batch.latestNs());
      this.#addBytes("records", batch.take(ring));
    }
    const order: BlockOrder = { steps: this.#steps, dropped: this.#dropped.take() };
    this.#add("order", order);
    this.#block += 1;
    this.#clear();
  }

  #writeLive(ring: number, records: Iterable<TraceRecord>): number {
    const batch = this.#spare.pop() ?? new RecordBatch();
    let buffers = 0;
    for (const record of records) {
      if (batch.isFull) this.#addBytes("live", batch.take(ring));
      if (this.#file.chunkBytes >= CHUNK_BYTES) this.#file.endChunk();
      batch.add(record);
      buffers += 1;
    }
    if (batch.length > 0) this.#addBytes("live", batch.take(ring));
    this.#spare.push(batch);
    return buffers;
  }

  /** Rings are told of with the next block that is written. */
  #dropBlock(): void {
    this.#dropped.add(this.#steps);
    this.droppedEvents += this.#events.length + this.#serverEvents.length + this.#messages.length;
    this.#messages.clear();
    for (const batch of this.#batches.values()) {
      this.droppedRecords += batch.length;
      batch.clear();
    }
    this.#clear();
  }

  #clear(): void {
    this.#steps = [];
    this.#lastRecords = null;
    this.#lastMessages = null;
    this.#serverEvents = [];
    this.#events = [];
    this.#eventCharacters = 0;
    for (const batch of this.#batches.values()) if (this.#spare.length < SPARE_BATCHES_MAX) this.#spare.push(batch);
    this.#batches.clear();
  }

  #beginBatch(ring: number): RecordBatch {
    const batch = this.#spare.pop() ?? new RecordBatch();
    this.#batches.set(ring, batch);
    return batch;
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

/** What was dropped since the last block that was written. */
class DroppedSums {
  #events = 0;
  #records = new Map<number, number>();

  get isEmpty(): boolean {
    return this.#events === 0 && this.#records.size === 0;
  }

  /** Records that the engine had lost itself are lost for the reader as well. */
  add(steps: readonly OrderStep[]): void {
    for (const step of steps) {
      if (step[0] === "events" || step[0] === "messages" || step[0] === "server") this.#events += step[1];
      else this.#records.set(step[1], (this.#records.get(step[1]) ?? 0) + step[2]);
    }
  }

  take(): BlockOrder["dropped"] {
    if (this.isEmpty) return null;
    const dropped = { events: this.#events, records: [...this.#records] };
    this.#events = 0;
    this.#records = new Map();
    return dropped;
  }
}
