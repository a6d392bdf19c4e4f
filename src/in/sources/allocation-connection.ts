import type { Socket } from "node:net";
import { BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import type { Dialect } from "../wire/allocation-dialects.ts";
import { AllocationFrameReader, HEADROOM, type ReadBuffer } from "../wire/allocation-frame-reader.ts";
import { replySuffix } from "../wire/allocation-replies.ts";
import { WireError } from "../wire/wire-error.ts";
import type { AllocationTarget, TextClient } from "./allocation-target.ts";
import { ConnectionSenders, type TooMany } from "./connection-senders.ts";
import { ClientOrder } from "./keep-client-order.ts";
import type { Peer, ProcessRegistry, SenderProcess } from "./process-registry.ts";
import type { FrameSender } from "./stalled-frames.ts";
import { writeInTime } from "./write-in-time.ts";

/** Answers that a client may leave unread, in bytes; the earlier server stopped reading at some 40 KB. */
const UNREAD_ANSWERS_BYTES_MAX = 1_048_576;

export interface ConnectionOptions {
  /** Of the connections accepted so far. */
  readonly number: number;
  readonly socket: Socket;
  readonly peer: Peer;
  readonly buffer: ReadBuffer;
  readonly processes: ProcessRegistry;
  readonly target: AllocationTarget;
  readonly checkpoint: () => Promise<void>;
  readonly refused: (reason: string) => void;
  /** A fault of ours, which costs this connection. */
  readonly fault: (error: unknown, during: string) => void;
  /** Its frames have a size that no known dialect has; called once. */
  readonly unknownSize: (frameBytes: number) => void;
}

/** One client: its bytes become messages for the target, and it gets its answers. */
export class AllocationConnection implements FrameSender {
  readonly #options: ConnectionOptions;
  readonly #reader: AllocationFrameReader;
  /** What came in the same read as a request that takes longer, behind it. */
  readonly #turns: ClientOrder;
  #senderPid = 0;
  #senderId = -1;
  readonly #senders: ConnectionSenders;
  #asked: BufferMessage | null = null;
  #refusal: string | null = null;
  #isText = false;
  #isSizeReported = false;
  #atMs = 0;
  #reads = 0;
  #isDrained = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#reader = new AllocationFrameReader(this, options.target.types);
    this.#senders = new ConnectionSenders(options.peer, options.processes);
    this.#turns = new ClientOrder({
      goOn: (work) => this.#guard(work),
      done: () => options.socket.resume(),
      failed: (error) => this.#break(error, "answering a request"),
    });
  }

  get #isRefused(): boolean {
    return this.#refusal !== null;
  }

  get dialect(): Dialect | null {
    return this.#reader.dialect;
  }

  /** Whether it speaks lines of text. */
  get isText(): boolean {
    return this.#isText;
  }

  get certainty(): "none" | "weak" | "firm" {
    return this.#reader.certainty;
  }

  get frames(): number {
    return this.#reader.frames;
  }

  get isWaiting(): boolean {
    return this.#reader.isWaiting;
  }

  /** The processes it has spoken for. */
  get senders(): ReadonlySet<number> {
    return this.#senders.all;
  }

  get number(): number {
    return this.#options.number;
  }

  get reads(): number {
    return this.#reads;
  }

  /** Whether the last read took all that was there. */
  get isDrained(): boolean {
    return this.#isDrained;
  }

  /** Takes what a read put into the shared buffer. Gives whether to go on reading. */
  receive(byteCount: number, isDrained: boolean, atMs: number): boolean {
    this.#reads += 1;
    this.#isDrained = isDrained;
    this.#atMs = atMs;
    this.#guard(() => this.#reader.push(this.#options.buffer, HEADROOM, HEADROOM + byteCount, isDrained));
    if (this.#reader.certainty === "firm") this.reportSize();
    return !this.#turns.isHeld && !this.#isRefused;
  }

  /** Says so if its frames have a size that no known dialect has. Before that is certain, at its end only. */
  reportSize(): void {
    const { dialect } = this.#reader;
    if (dialect === null || dialect.isKnown || this.#isSizeReported) return;
    this.#isSizeReported = true;
    this.#options.unknownSize(dialect.frameBytes);
  }

  settle(): void {
    this.#guard(() => this.#reader.settle());
  }

  expire(): void {
    this.#guard(() => this.#reader.expire());
  }

  /** The client sends no more. What it asked is answered first. */
  end(): void {
    const { socket } = this.#options;
    // What is there is all there will be.
    this.settle();
    const unfinished = this.#reader.unfinishedBytes;
    if (unfinished > 0 && !this.#isRefused) this.#refuse(`it ended ${unfinished} bytes into a frame`);
    this.#guard(() => this.#turns.take(() => socket.end()));
  }

  message(message: BufferMessage): void {
    if (this.#turns.isHeld) {
      const copy = copyOf(message);
      this.#turns.take(() => this.message(copy));
    } else if (message.type === MessageType.dumpRemaining || message.type === MessageType.dumpKernels) {
      const { target, checkpoint, number } = this.#options;
      this.#turns.holdFor(this.#answering(target.dump(message.type, checkpoint, number)));
    } else {
      this.#apply(message);
    }
  }

  ask(message: BufferMessage, dialect: Dialect): void {
    const asked = copyOf(message);
    this.#asked = asked;
    // In its turn: a client asks after what it said before.
    const { target, number } = this.#options;
    this.#turns.take(() => this.#turns.holdFor(target.catchUp(number)));
    this.#turns.take(() => {
      this.#reply(target.answer(asked, dialect));
      target.answered(number);
    });
  }

  larger(from: Dialect, to: Dialect): void {
    const asked = this.#asked;
    if (asked === null) return;
    this.#turns.take(() => this.#reply(replySuffix(from, to, this.#options.target.answer(asked, to))));
  }

  command(text: string): void {
    this.#isText = true;
    const { target, checkpoint, peer, socket } = this.#options;
    const client: TextClient = {
      user: peer.credentials?.uid ?? null,
      refusal: () => this.#refusal,
      speakFor: (pid) => this.#speakFor(pid),
      checkpoint,
      write: (reply) => writeInTime(socket, reply, (reason) => this.#refuse(reason)),
    };
    this.#turns.take(() => this.#turns.holdFor(this.#answering(target.command(text, client))));
  }

  /** The same, and then it was answered. */
  #answering(work: Promise<void> | undefined): Promise<void> | undefined {
    const { target, number } = this.#options;
    const answered = (): void => target.answered(number);
    if (work === undefined) answered();
    return work?.finally(answered);
  }

  #apply(message: BufferMessage): void {
    const { pid } = message;
    if (pid !== this.#senderPid || this.#senderId < 0) this.#changeSender(pid);
    if (this.#isRefused) return;
    this.#options.target.apply(message, this.#senderId, this.#atMs);
  }

  #changeSender(pid: number): void {
    // All of them stand for the process that connected.
    const id = this.#idOrRefuse(this.#senders.of(Math.max(pid, 0), this.#atMs));
    if (id === null) return;
    this.#senderPid = pid;
    this.#senderId = id;
  }

  #speakFor(pid: number): SenderProcess | null {
    const id = this.#idOrRefuse(this.#senders.find(pid, this.#atMs));
    return id === null ? null : this.#options.processes.of(id);
  }

  #idOrRefuse(found: number | TooMany): number | null {
    if (typeof found === "number") return found;
    this.#refuse(found.reason);
    return null;
  }

  #reply(bytes: Uint8Array): void {
    const { socket } = this.#options;
    socket.write(bytes);
    if (socket.writableLength > UNREAD_ANSWERS_BYTES_MAX) {
      this.#refuse(`it asks and does not read: ${socket.writableLength} bytes of answers wait`);
    }
  }

  #guard(work: () => void): void {
    if (this.#isRefused) return;
    try {
      work();
    } catch (error) {
      if (error instanceof WireError) this.#refuse(error.message);
      else this.#break(error, "reading what a client sent");
    }
  }

  #break(error: unknown, during: string): void {
    this.#options.fault(error, during);
    this.#refuse(`a fault of this server's own while ${during}`);
  }

  #refuse(reason: string): void {
    if (this.#isRefused) return;
    this.#refusal = reason;
    this.#options.refused(reason);
    this.#options.socket.destroy();
  }
}

function copyOf(message: BufferMessage): BufferMessage {
  return Object.assign(new BufferMessage(), message);
}
