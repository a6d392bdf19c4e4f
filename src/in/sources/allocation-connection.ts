import type { Socket } from "node:net";
import { BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import type { Dialect } from "../wire/alloc-dialects.ts";
import { AllocFrameReader, HEADROOM, type ReadBuffer } from "../wire/alloc-frame-reader.ts";
import { replySuffix } from "../wire/alloc-replies.ts";
import { WireError } from "../wire/wire-error.ts";
import { type Peer, PROCESSES_MAX, type ProcessRegistry, type SenderProcess } from "./process-registry.ts";

/** Answers that a client may leave unread, in bytes; the earlier server stopped reading at some 40 KB. */
const UNREAD_ANSWERS_BYTES_MAX = 1_048_576;

/**
 * Time for a text client to take what it is sent at once, some 64 KiB: as long as it does not, what is listed to it is
 * kept as it was.
 */
export const READ_WITHIN_MS = 10_000;

/** Processes that one connection may speak for: a process and its forked children. */
export const SENDERS_PER_CONNECTION_MAX = 1_024;

/** Time after which the system is asked again which process a pid is: a pid is used again after many others. */
const PID_GOOD_FOR_MS = 1_000;

/** What becomes of what clients say. */
export interface AllocationTarget {
  /** `any`: also message types that no dialect has are handed on. */
  readonly types: "known" | "any";
  /** A message that wants no answer. `message` is filled anew for the next one. */
  apply(message: BufferMessage, processId: number, atMs: number): void;
  /** The answer to a query of counters or device facts. */
  answer(message: BufferMessage, dialect: Dialect): Uint8Array;
  /** A dump to the server's own output, of all that was sent before; that client is not read until it is fulfilled. */
  dump(type: number, checkpoint: () => Promise<void>, connection: number): Promise<void> | undefined;
  /** A client has connected, with a number of its own. */
  opened(connection: number, peer: Peer): void;
  closed(connection: number): void;
  /**
   * Books what was said on other ways than this socket when a connection asked for something, or by now. Undefined where
   * that is done already.
   */
  catchUp(connection: number | null): Promise<void> | undefined;
  /** What a connection asked for was answered. */
  answered(connection: number): void;
  /** A line of text; that client is not read until it is fulfilled. */
  command(text: string, client: TextClient): Promise<void>;
}

/** A client that speaks text. */
export interface TextClient {
  /** The user who connected; null where that is not known. */
  readonly user: number | null;
  /** Why the connection was refused; null: it was not. */
  refusal(): string | null;
  /** A process that the connection speaks for from now on; null where there is no room for one more, and it is refused. */
  speakFor(pid: number): SenderProcess | null;
  /** Fulfilled when it was taken or the client is gone: gives whether it is there. */
  write(text: string): Promise<boolean>;
  checkpoint(): Promise<void>;
}

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
export class AllocationConnection {
  readonly #options: ConnectionOptions;
  readonly #reader: AllocFrameReader;
  /** What came in the same read as a request that takes longer, behind it; null while there is none. */
  #held: (() => void)[] | null = null;
  #senderPid = 0;
  #senderId = -1;
  readonly #senders = new Set<number>();
  /** By pid as it is sent: the process, and when it was found. */
  readonly #bySentPid = new Map<number, { readonly id: number; readonly atMs: number }>();
  #asked: BufferMessage | null = null;
  #refusal: string | null = null;
  #isText = false;
  #isSizeTold = false;
  #atMs = 0;
  #reads = 0;
  #isDrained = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#reader = new AllocFrameReader(this, options.target.types);
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
    return this.#senders;
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
    if (this.#reader.certainty === "firm") this.tellSize();
    return this.#held === null && !this.#isRefused;
  }

  /** Says so if its frames have a size that no known dialect has. Before that is certain, at its end only. */
  tellSize(): void {
    const { dialect } = this.#reader;
    if (dialect === null || dialect.isKnown || this.#isSizeTold) return;
    this.#isSizeTold = true;
    this.#options.unknownSize(dialect.frameBytes);
  }

  /** Nothing more came for a moment: what is there is all there is. */
  settle(): void {
    this.#guard(() => this.#reader.settle());
  }

  /** Nothing more came for long. */
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
    this.#guard(() => this.#inTurn(() => socket.end()));
  }

  message(message: BufferMessage): void {
    if (this.#held !== null) {
      const copy = copyOf(message);
      this.#held.push(() => this.message(copy));
    } else if (message.type === MessageType.dumpRemaining || message.type === MessageType.dumpKernels) {
      const { target, checkpoint, number } = this.#options;
      this.#holdFor(this.#answering(target.dump(message.type, checkpoint, number)));
    } else {
      this.#apply(message);
    }
  }

  ask(message: BufferMessage, dialect: Dialect): void {
    const asked = copyOf(message);
    this.#asked = asked;
    // In its turn: a client asks after what it said before.
    const { target, number } = this.#options;
    this.#inTurn(() => this.#holdFor(target.catchUp(number)));
    this.#inTurn(() => {
      this.#reply(target.answer(asked, dialect));
      target.answered(number);
    });
  }

  larger(from: Dialect, to: Dialect): void {
    const asked = this.#asked;
    if (asked === null) return;
    this.#inTurn(() => this.#reply(replySuffix(from, to, this.#options.target.answer(asked, to))));
  }

  command(text: string): void {
    this.#isText = true;
    const { target, checkpoint, peer } = this.#options;
    const client: TextClient = {
      user: peer.credentials?.uid ?? null,
      refusal: () => this.#refusal,
      speakFor: (pid) => this.#speakFor(pid),
      checkpoint,
      write: (reply) => this.#write(reply),
    };
    this.#inTurn(() => this.#holdFor(this.#answering(target.command(text, client))));
  }

  /** The same, and then it was answered. */
  #answering(work: Promise<void> | undefined): Promise<void> | undefined {
    const { target, number } = this.#options;
    const answered = (): void => target.answered(number);
    if (work === undefined) answered();
    return work?.finally(answered);
  }

  #apply(message: BufferMessage): void {
    if (message.pid !== this.#senderPid || this.#senderId < 0) this.#changeSender(message.pid);
    if (this.#isRefused) return;
    this.#options.target.apply(message, this.#senderId, this.#atMs);
  }

  #changeSender(pid: number): void {
    // All of them stand for the process that connected.
    const sentPid = Math.max(pid, 0);
    const known = this.#bySentPid.get(sentPid);
    const isGood = known !== undefined && this.#atMs - known.atMs < PID_GOOD_FOR_MS;
    const id = isGood ? known.id : this.#findSender(sentPid);
    if (id === null) return;
    this.#senderPid = pid;
    this.#senderId = id;
  }

  #speakFor(pid: number): SenderProcess | null {
    const id = this.#findSender(pid);
    return id === null ? null : this.#options.processes.of(id);
  }

  /** Asks the system; null where that was one process too many, and the connection is refused. */
  #findSender(sentPid: number): number | null {
    const { processes, peer } = this.#options;
    const id = processes.find(peer, sentPid)?.id;
    if (id === undefined) this.#refuse(`${PROCESSES_MAX} processes are known, and it speaks for one more`);
    else if (!this.#senders.has(id) && this.#senders.size >= SENDERS_PER_CONNECTION_MAX) {
      this.#refuse(`it speaks for more than ${SENDERS_PER_CONNECTION_MAX} processes`);
    }
    if (id === undefined || this.#isRefused) return null;
    if (!this.#senders.has(id)) processes.join(id);
    this.#senders.add(id);
    this.#bySentPid.set(sentPid, { id, atMs: this.#atMs });
    return id;
  }

  /** Does it now, or when what was asked before has been done. */
  #inTurn(work: () => void): void {
    if (this.#held === null) work();
    else this.#held.push(work);
  }

  /** What the client sent behind something that takes more than this turn waits until that is done. */
  #holdFor(work: Promise<void> | undefined): void {
    if (work === undefined) return;
    this.#held = [];
    work.then(
      () => this.#guard(() => this.#release()),
      (error: unknown) => this.#break(error, "answering a request"),
    );
  }

  #release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const [index, work] of held.entries()) {
      work();
      if (this.#held === null) continue;
      // It takes more than this turn as well: the rest waits for it.
      (this.#held as (() => void)[]).push(...held.slice(index + 1));
      return;
    }
    this.#options.socket.resume();
  }

  #reply(bytes: Uint8Array): void {
    const { socket } = this.#options;
    socket.write(bytes);
    if (socket.writableLength > UNREAD_ANSWERS_BYTES_MAX) {
      this.#refuse(`it asks and does not read: ${socket.writableLength} bytes of answers wait`);
    }
  }

  async #write(text: string): Promise<boolean> {
    const { socket } = this.#options;
    const tooSlow = (): void => this.#refuse(`it asked and read nothing for ${READ_WITHIN_MS / 1000} s`);
    const timer = setTimeout(tooSlow, READ_WITHIN_MS);
    const error = await new Promise<Error | null | undefined>((resolve) => socket.write(text, resolve));
    clearTimeout(timer);
    return error == null;
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
