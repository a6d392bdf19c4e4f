import { BufferMessage } from "../../core/model/buffer-message.ts";
import { CommandLines, isTextByte } from "./allocation-command-lines.ts";
import {
  DIALECTS,
  type Dialect,
  FRAME_BYTES_MAX,
  frameSizesWith,
  HEADER_BYTES,
  isAsk,
  libraryDialect,
} from "./allocation-dialects.ts";
import { type MessageSink, readWholeFrames } from "./allocation-frame-loop.ts";
import {
  fillMessage,
  frameFault,
  headerFault,
  indexOfNonZero,
  isHelperFrame,
  nonZeroFault,
  type Outlook,
  startFault,
  type Types,
} from "./allocation-header.ts";
import { ReadBuffer } from "./allocation-read-buffer.ts";
import { WireError } from "./wire-error.ts";

export { HEADROOM, ReadBuffer } from "./allocation-read-buffer.ts";

/** Where what a connection says goes, in the order it said it. */
export interface AllocationFrameSink extends MessageSink {
  /** The last `ask` was answered too shortly: its frame is one of `to`. replySuffix has what is missing. */
  larger(from: Dialect, to: Dialect): void;
  /** One line of a text connection, without its newline. */
  command(text: string): void;
}

/** `weak`: the end of the only frame so far was taken for the end of its read. `firm`: the bytes leave no doubt. */
export type Certainty = "none" | "weak" | "firm";

/** All zero up to here and no further: a frame of the largest known dialect. */
const LARGEST_KNOWN = DIALECTS["144"].frameBytes;

/**
 * Finds the frames in one connection's bytes, however they were cut, without being told their size.
 *
 * A request is zero from its 40th byte on and begins with a type, which is not. So the first byte after the first header
 * that is not zero begins the second frame and gives the size of all frames. Until then the first frame stays open: its
 * message is handed on, its size is a guess from where reads end.
 *
 * Throws WireError for what is not such a stream; after that the reader takes nothing more. It never looks for the next frame by
 * skipping bytes, because fields would be taken for frames. A sink that throws leaves the reader unusable.
 */
export class AllocationFrameReader {
  readonly #sink: AllocationFrameSink;
  readonly #types: Types;
  readonly #message = new BufferMessage();
  /** The open or unfinished frame; all of it is headroom. */
  readonly #carry = new ReadBuffer(0);
  #carriedBytes = 0;
  /** Bytes of the stream before the frame being looked at. */
  #offset = 0;
  #commands: CommandLines | null = null;
  #dialect: Dialect | null = null;
  #certainty: Certainty = "none";
  /** The size of all frames is settled; the first one is over, or is a helper's. */
  #isLocked = false;
  /** The header of the frame at #offset was handed on. */
  #isHandedOn = false;
  #frames = 0;
  #failure: WireError | null = null;

  /** `types`: which message types are taken. */
  constructor(sink: AllocationFrameSink, types: Types = "known") {
    this.#sink = sink;
    this.#types = types;
  }

  /** As far as known; null on text connections. */
  get dialect(): Dialect | null {
    return this.#dialect;
  }

  get certainty(): Certainty {
    return this.#certainty;
  }

  /** Frames whose header was read. */
  get frames(): number {
    return this.#frames;
  }

  /** Bytes of a frame or command whose end has not come yet, or whose size is not known yet. */
  get unfinishedBytes(): number {
    if (this.#commands !== null) return this.#commands.unfinishedBytes;
    const isWhole = !this.#isLocked && this.#dialect?.frameBytes === this.#carriedBytes;
    return isWhole ? 0 : this.#carriedBytes;
  }

  /** Something is unfinished: time to call `settle` if nothing comes for a short while, `expire` after a long one. */
  get isWaiting(): boolean {
    return this.unfinishedBytes > 0;
  }

  /**
   * Takes what a read put between `start`, a multiple of 8 with HEADROOM bytes before it, and `end`. It may change all of
   * the buffer and needs nothing of it afterwards. `isDrained`: the read brought less than it had room for.
   */
  push(buffer: ReadBuffer, start: number, end: number, isDrained: boolean): void {
    if (this.#failure !== null) throw this.#failure;
    const commands = this.#commandsOf(buffer.bytes, start, end);
    if (commands !== null) this.#readText(commands, buffer.bytes, start, end);
    else this.#readFrames(buffer, start, end, isDrained ? "drained" : "more");
  }

  /** Nothing came for a short while, so what looks like a whole frame is taken for one. */
  settle(): void {
    if (this.#failure !== null || this.#isLocked || this.#carriedBytes === 0) return;
    this.#read(this.#carry, 0, this.#carriedBytes, "settled");
  }

  /** Nothing came for a long while. Throws WireError if something is unfinished. */
  expire(): void {
    const bytes = this.unfinishedBytes;
    if (this.#failure !== null || bytes === 0) return;
    if (this.#commands !== null) throw this.#failed(`a text command without its newline after ${bytes} bytes`);
    const wanted = this.#isLocked ? this.#dialect?.name : frameSizesWith(this.#carry.bytes[0] ?? 0);
    throw this.#failed(`a frame that stopped after ${bytes} bytes, wanted ${wanted}`);
  }

  /** The first byte of a connection says what it speaks. */
  #commandsOf(bytes: Uint8Array, start: number, end: number): CommandLines | null {
    const isBeginning = this.#offset === 0 && this.#carriedBytes === 0 && start < end;
    if (isBeginning && isTextByte(bytes[start] ?? 0)) this.#commands ??= new CommandLines();
    return this.#commands;
  }

  #readText(commands: CommandLines, bytes: Uint8Array, start: number, end: number): void {
    const fault = commands.push(bytes, start, end, (command) => this.#sink.command(command));
    this.#offset = commands.offset;
    this.#check(fault);
  }

  /** Puts the unfinished frame in front of what came and reads on. */
  #readFrames(buffer: ReadBuffer, start: number, end: number, outlook: Outlook): void {
    const carried = this.#carriedBytes;
    // Frames begin at multiples of 8 to be readable as words: what does not is moved down a little.
    const shift = (start - carried) & 7;
    if (shift > 0) buffer.bytes.copyWithin(start - shift, start, end);
    const at = start - shift - carried;
    if (carried > 0) buffer.bytes.set(this.#carry.bytes.subarray(0, carried), at);
    this.#read(buffer, at, end - shift, outlook);
  }

  #read(buffer: ReadBuffer, from: number, end: number, outlook: Outlook): void {
    let at = from;
    if (!this.#isLocked) at = this.#readFirst(buffer, at, end, outlook);
    if (this.#dialect !== null && this.#isLocked) at = this.#readLocked(buffer, at, end, this.#dialect);
    if (end > at) this.#carry.bytes.set(buffer.bytes.subarray(at, end));
    this.#carriedBytes = end - at;
  }

  /** Reads the connection's first frame, again from its start each time until its end is certain. */
  #readFirst(buffer: ReadBuffer, at: number, end: number, outlook: Outlook): number {
    const available = end - at;
    if (available === 0) return at;
    this.#check(startFault(buffer.bytes, at, available, this.#types));
    if (!this.#isHandedOn) {
      const isHelper = isHelperFrame(buffer.words, at >>> 2, available, outlook);
      if (isHelper === true) this.#lock(DIALECTS["helper-32"], available < HEADER_BYTES ? "weak" : "firm");
      if (isHelper !== false || available < HEADER_BYTES) return at;
      this.#handOnFirst(buffer, at);
    }
    return this.#findEnd(buffer.bytes, at, end, outlook);
  }

  /** A query has to wait for its dialect; what has no answer need not. */
  #handOnFirst(buffer: ReadBuffer, at: number): void {
    this.#check(headerFault(buffer.bytes, at, null, this.#types));
    fillMessage(this.#message, buffer.words, at >>> 2);
    this.#isHandedOn = true;
    this.#frames = 1;
    if (!isAsk(this.#message.type)) this.#sink.message(this.#message);
  }

  /** Looks for the end of the first frame. Returns where the second one begins, or `at` if it is not there yet. */
  #findEnd(bytes: Uint8Array, at: number, end: number, outlook: Outlook): number {
    const next = indexOfNonZero(bytes, at + HEADER_BYTES, Math.min(end, at + FRAME_BYTES_MAX + 1));
    const frameBytes = next - at;
    const type = this.#message.type;
    if (frameBytes > FRAME_BYTES_MAX) throw this.#failed(`a frame of over ${FRAME_BYTES_MAX} bytes`);
    const dialect = libraryDialect(frameBytes, type);
    if (next < end) {
      const wanted = `${frameSizesWith(type)} or a larger multiple of 8`;
      if (dialect === null) throw this.#failed(`a frame of type ${type} with ${frameBytes} bytes, wanted ${wanted}`);
      this.#decide(dialect);
      this.#lock(dialect, "firm");
      this.#advance(frameBytes);
      return next;
    }
    if (dialect !== null && (outlook !== "more" || frameBytes === LARGEST_KNOWN)) this.#decide(dialect);
    if (this.#dialect === null) return at;
    this.#certainty = this.#dialect.frameBytes === LARGEST_KNOWN && frameBytes === LARGEST_KNOWN ? "firm" : "weak";
    return at;
  }

  #decide(dialect: Dialect): void {
    const before = this.#dialect;
    this.#dialect = dialect;
    if (!isAsk(this.#message.type)) return;
    if (before === null) this.#sink.ask(this.#message, dialect);
    else if (before.frameBytes !== dialect.frameBytes) this.#sink.larger(before, dialect);
  }

  #lock(dialect: Dialect, certainty: Certainty): void {
    this.#dialect = dialect;
    this.#certainty = certainty;
    this.#isLocked = true;
  }

  /** Reads frames of one settled size. Returns where the unfinished one begins. */
  #readLocked(buffer: ReadBuffer, from: number, end: number, dialect: Dialect): number {
    const { frameBytes } = dialect;
    let at = from;
    if (this.#isHandedOn) {
      this.#check(nonZeroFault(buffer.bytes, at, HEADER_BYTES, Math.min(end - at, frameBytes)));
      if (end - at < frameBytes) return at;
      this.#advance(frameBytes);
      at += frameBytes;
    }
    const stop = readWholeFrames(buffer, at, end, dialect, this.#message, this.#sink, this.#types);
    this.#countFrames((stop - at) / frameBytes);
    this.#advance(stop - at);
    if (end - stop >= frameBytes) this.#check(frameFault(buffer.bytes, stop, dialect, this.#types));
    else if (end - stop >= HEADER_BYTES) this.#handOn(buffer, stop, end - stop, dialect);
    return stop;
  }

  #handOn(buffer: ReadBuffer, at: number, available: number, dialect: Dialect): void {
    this.#check(headerFault(buffer.bytes, at, dialect, this.#types));
    fillMessage(this.#message, buffer.words, at >>> 2);
    this.#isHandedOn = true;
    this.#frames += 1;
    if (isAsk(this.#message.type)) this.#sink.ask(this.#message, dialect);
    else this.#sink.message(this.#message);
    this.#check(nonZeroFault(buffer.bytes, at, HEADER_BYTES, available));
  }

  #countFrames(frames: number): void {
    this.#frames += frames;
    // A second helper frame confirms that the first one was one.
    if (this.#frames > 1) this.#certainty = "firm";
  }

  #advance(bytes: number): void {
    this.#offset += bytes;
    if (bytes > 0) this.#isHandedOn = false;
  }

  #check(fault: string | null): void {
    if (fault !== null) throw this.#failed(fault);
  }

  #failed(what: string): WireError {
    this.#failure = new WireError(what, this.#offset);
    return this.#failure;
  }
}
