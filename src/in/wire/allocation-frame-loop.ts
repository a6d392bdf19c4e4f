import { type BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import { DIALECTS, type Dialect, HEADER_BYTES, typeBits } from "./allocation-dialects.ts";
import { fillHelperMessage, fillMessage, type Types } from "./allocation-header.ts";
import type { ReadBuffer } from "./allocation-read-buffer.ts";

const NO_TYPE = -1;

/** Where decoded frames go. The message is good until the method returns. */
export interface MessageSink {
  /** A message without an answer. */
  message(message: BufferMessage): void;
  /** A query, to be answered in the layout of `dialect`. */
  ask(message: BufferMessage, dialect: Dialect): void;
}

/**
 * Hands on every whole frame between bytes `at`, a multiple of 8, and `end`, all of one dialect. Returns where the first
 * frame begins that is not whole or has a fault. A fault after the header stops it only once the message is handed on,
 * as it does when the frame comes in pieces.
 */
export function readWholeFrames(
  buffer: ReadBuffer,
  at: number,
  end: number,
  dialect: Dialect,
  message: BufferMessage,
  sink: MessageSink,
  accepted: Types,
): number {
  if (dialect === DIALECTS["helper-32"]) return readHelperFrames(buffer, at, end, message, sink);
  const words = buffer.words;
  const isAny = accepted === "any";
  const types = typeBits(dialect);
  const infoQuery = dialect.infoOffset === null ? NO_TYPE : MessageType.deviceInfoQuery;
  const frameWords = dialect.frameBytes >>> 2;
  const last = (end >>> 2) - frameWords;
  let word = at >>> 2;
  for (; word <= last; word += frameWords) {
    const type = words[word] ?? 0;
    const pads = (type | (words[word + 4] ?? 0)) & ~0xff;
    if (pads !== 0 || type === 0) break;
    if (!isAny && (type > 31 || ((types >>> type) & 1) === 0)) break;
    fillMessage(message, words, word);
    if (type === MessageType.query || type === infoQuery) sink.ask(message, dialect);
    else sink.message(message);
    let tail = 0;
    for (let i = word + HEADER_BYTES / 4; i < word + frameWords; i += 2) {
      tail |= (words[i] ?? 0) | (words[i + 1] ?? 0);
    }
    if (tail !== 0) break;
  }
  return word << 2;
}

function readHelperFrames(
  buffer: ReadBuffer,
  at: number,
  end: number,
  message: BufferMessage,
  sink: MessageSink,
): number {
  const words = buffer.words;
  const types = typeBits(DIALECTS["helper-32"]);
  const frameWords = DIALECTS["helper-32"].frameBytes >>> 2;
  const last = (end >>> 2) - frameWords;
  let word = at >>> 2;
  for (; word <= last; word += frameWords) {
    const type = words[word] ?? 0;
    if (type >>> 0 > 31 || ((types >>> type) & 1) === 0 || words[word + 7] !== 0) break;
    fillHelperMessage(message, words, word);
    sink.message(message);
  }
  return word << 2;
}
