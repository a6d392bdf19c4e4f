import { closeSync, fstatSync } from "node:fs";
import type { TypedMcapRecord, TypedMcapRecords } from "@mcap/core";
import * as z from "zod";
import { printable } from "../../core/base/printable.ts";
import { type BlockOrder, RECORDING_TOPICS, type RecordingTopic } from "../../core/model/recording.ts";
import { openFile } from "../../files/open-outside-file.ts";
import { checkOrder, checkRing, emptyBlock, stepsOfBlock } from "./block.ts";
import { checkFormat, checkProfile } from "./check-format.ts";
import { RecordedEvent } from "./event-schema.ts";
import {
  BeginMessage,
  EndFactsMessage,
  OrderMessage,
  RingsMessage,
  ServerMessage,
  StacksMessage,
} from "./facts-schema.ts";
import { McapFile } from "./mcap-file.ts";
import { parseMessage } from "./parse-message.ts";
import { RecordedBatch } from "./recorded-batch.ts";
import { RecordedMessages } from "./recorded-messages.ts";
import { RecordingError } from "./recording-error.ts";
import type { RecordingStep } from "./recording-step.ts";

const NS_PER_MS = 1_000_000n;

/** Batches that are kept to be used again. */
const SPARE_BATCHES_MAX = 8;

/** Reads a recording from its beginning to its end, or to where it is cut or damaged. */
export class RecordingReader implements Disposable {
  readonly sizeBytes: number;
  readonly #file: number;
  readonly #mcap: McapFile;
  readonly #topics = new Map<number, RecordingTopic>();
  /** Rings that were named. */
  readonly #rings = new Set<number>();
  readonly #spare: RecordedBatch[] = [];
  readonly #messages = new RecordedMessages();
  #block = emptyBlock();
  /** Those that have ended: the number of the one that comes. */
  #blocks = 0;
  #isVersionRead = false;
  #hasBegun = false;
  #hasEnd = false;
  #problem: string | null = null;
  #reachedNs = 0n;

  /** Throws the system's error, or that of a file that is not wanted. */
  static open(path: string): RecordingReader {
    return new RecordingReader(openFile(path, { access: "read", kinds: ["regular file"], links: "own" }));
  }

  private constructor(file: number) {
    this.#file = file;
    this.sizeBytes = fstatSync(file).size;
    this.#mcap = new McapFile(file, this.sizeBytes);
  }

  /** Once all steps were taken: why the rest could not be read, or what is wrong; null: it is whole. */
  get problem(): string | null {
    return this.#problem ?? this.#mcap.problem ?? (this.#hasEnd ? null : "it does not say how the run ended");
  }

  /** Whether all steps are there, up to the end of the run. */
  get hasEnd(): boolean {
    return this.#hasEnd;
  }

  /** Bytes that could be read. */
  get readableBytes(): number {
    return this.#mcap.position;
  }

  get chunks(): number {
    return this.#mcap.chunks;
  }

  /** When what was read last had been recorded, in ms since 1970. */
  get reachedMs(): number {
    return Number(this.#reachedNs / NS_PER_MS);
  }

  /** Throws RecordingError where nothing can be read. */
  *steps(): Generator<RecordingStep> {
    for (const record of this.#mcap.records()) {
      const steps = this.#stepsOf(record);
      if (steps === null) break;
      yield* steps;
    }
    if (!this.#hasBegun) throw new RecordingError(`nothing of it can be read: ${this.problem}`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  /** null: what comes later cannot be used. */
  #stepsOf(record: TypedMcapRecord): Iterable<RecordingStep> | null {
    switch (record.type) {
      case "Header":
        checkProfile(record);
        return [];
      case "Metadata":
        this.#isVersionRead ||= checkFormat(record);
        return [];
      case "Channel":
        this.#noteChannel(record);
        return [];
      case "Message":
        return this.#take(record);
      default:
        return [];
    }
  }

  #noteChannel({ id, topic }: TypedMcapRecords["Channel"]): void {
    const known = RECORDING_TOPICS.find((each) => each === topic);
    if (known !== undefined) this.#topics.set(id, known);
  }

  /** A channel of a topic that is not known is passed over. */
  #take({ channelId, sequence, logTime, data }: TypedMcapRecords["Message"]): Iterable<RecordingStep> | null {
    if (!this.#isVersionRead) throw new RecordingError("it does not say in which format it was recorded");
    const topic = this.#topics.get(channelId);
    if (topic === undefined) return [];
    if (sequence !== this.#blocks) {
      this.#problem = `it is damaged: block ${this.#blocks} of it is missing`;
      return null;
    }
    this.#reachedNs = logTime;
    try {
      return this.#hear(topic, data);
    } catch (error) {
      this.#problem = `a message of its channel "${topic}" is wrong: ${reasonOf(error)}`;
      return null;
    }
  }

  #hear(topic: RecordingTopic, data: Uint8Array): Iterable<RecordingStep> {
    switch (topic) {
      case "run": {
        const begun = parseMessage(BeginMessage, data);
        this.#hasBegun = true;
        return [{ kind: "begin", begun }];
      }
      case "rings":
        this.#block.rings.push(...parseMessage(RingsMessage, data));
        return [];
      case "events":
        for (const event of parseMessage(RecordedEvent.array(), data)) this.#block.events.push(event);
        return [];
      case "server":
        this.#block.server.push(...parseMessage(ServerMessage, data));
        return [];
      case "messages":
        this.#messages.read(data);
        this.#block.messages = this.#messages;
        return [];
      case "records":
        this.#block.batches.push(this.#readBatch(data));
        return [];
      case "stacks":
        return [this.#stacks(data)];
      // Only for who looks for a place; who reads all has what they say already.
      case "checkpoint":
      case "live":
      case "index":
        return [];
      case "order":
        return this.#endBlock(parseMessage(OrderMessage, data));
      case "end":
        this.#hasEnd = true;
        return [{ kind: "end", end: parseMessage(EndFactsMessage, data) }];
    }
  }

  /** What the block before had is used again: its records were taken before anything of this one is read. */
  #readBatch(data: Uint8Array): RecordedBatch {
    const number = this.#block.batches.length;
    const batch = this.#spare[number] ?? new RecordedBatch();
    if (number < SPARE_BATCHES_MAX) this.#spare[number] = batch;
    batch.read(data);
    return batch;
  }

  #stacks(data: Uint8Array): RecordingStep {
    const message = parseMessage(StacksMessage, data);
    checkRing(message.ring, this.#rings);
    return { kind: "stacks", ...message };
  }

  /** Throws where the order is not one of what the block has: nothing of it is used then. */
  #endBlock(order: BlockOrder): Iterable<RecordingStep> {
    const block = this.#block;
    this.#block = emptyBlock();
    this.#blocks += 1;
    for (const { ring } of block.rings) this.#rings.add(ring);
    checkOrder(order, block, this.#rings);
    return stepsOfBlock(order, block);
  }
}

/** zod lists every fault, over many lines. */
function reasonOf(error: unknown): string {
  return printable(firstFault(error).slice(0, REASON_CHARACTERS_MAX));
}

function firstFault(error: unknown): string {
  if (!(error instanceof z.ZodError)) return error instanceof Error ? error.message : String(error);
  const [issue] = error.issues;
  return issue === undefined ? "not as expected" : `${issue.path.join(".")}: ${issue.message}`;
}

const REASON_CHARACTERS_MAX = 200;
