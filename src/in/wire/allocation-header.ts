import type { BufferMessage } from "../../core/model/buffer-message.ts";
import { MessageType } from "../../core/model/buffer-message.ts";
import {
  DIALECTS,
  type Dialect,
  HEADER_BYTES,
  HELPER_TYPE_BITS,
  isClientType,
  isTypeIn,
  typeBits,
} from "./allocation-dialects.ts";

/** What is known of how the bytes go on: more may come, the socket had no more, or it has had none for a while. */
export type Outlook = "more" | "drained" | "settled";

/**
 * Which message types a connection may send: those of its dialect, or `any` but 0, for a server that stands in for an
 * earlier one, which had a word for each that it did not know.
 */
export type Types = "known" | "any";

const HELPER_BYTES = DIALECTS["helper-32"].frameBytes;

/** Device ids of helper frames are below this; in a library frame the same bytes are the high half of a time in ns. */
const HELPER_DEVICES_MAX = 65_536;

/** Bytes of a library frame's header that must be zero, as ranges [from, to). */
const PADS = [
  [1, 4],
  [17, 20],
] as const;

const HELPER_PADS = [
  [1, 4],
  [28, 32],
] as const;

/** Fills `message` from the library frame that begins at `word`. */
export function fillMessage(message: BufferMessage, words: Int32Array, word: number): void {
  message.type = words[word] ?? 0;
  message.device = words[word + 1] ?? 0;
  message.sizeLow = words[word + 2] ?? 0;
  message.sizeHigh = words[word + 3] ?? 0;
  message.memoryType = words[word + 4] ?? 0;
  message.pid = words[word + 5] ?? 0;
  message.idLow = words[word + 6] ?? 0;
  message.idHigh = words[word + 7] ?? 0;
}

/** Fills `message` from the helper frame that begins at `word`. These have no memory type. */
export function fillHelperMessage(message: BufferMessage, words: Int32Array, word: number): void {
  message.type = words[word] ?? 0;
  message.device = words[word + 1] ?? 0;
  message.sizeLow = words[word + 2] ?? 0;
  message.sizeHigh = words[word + 3] ?? 0;
  message.memoryType = 0;
  message.idLow = words[word + 4] ?? 0;
  message.idHigh = words[word + 5] ?? 0;
  message.pid = words[word + 6] ?? 0;
}

/**
 * Whether the first frame of a connection is a helper frame or a library frame. `available` bytes of the stream begin
 * at `word`, the first of them a type; null, or false before HEADER_BYTES are there: look again when more bytes come.
 */
export function isHelperFrame(words: Int32Array, word: number, available: number, outlook: Outlook): boolean | null {
  if (!isTypeIn(HELPER_TYPE_BITS, words[word] ?? 0)) return false;
  if (available >= HEADER_BYTES) return isHelperStart(words, word + HELPER_BYTES / 4);
  // No library frame is as short. But a cut one can look so: its id's high half lies where a helper frame has a pad, its
  // pid where a circular buffer's index has a high half that no index needs.
  if (available !== HELPER_BYTES || outlook === "more" || words[word + 7] !== 0) return null;
  const isCb = words[word] === MessageType.cbAllocate || words[word] === MessageType.cbFree;
  return outlook === "settled" || !isCb || words[word + 5] === 0 ? true : null;
}

/** Type and device of one more helper frame; a library frame has its time of day here, in ns, or zero. */
function isHelperStart(words: Int32Array, word: number): boolean {
  const device = words[word + 1] ?? 0;
  return isTypeIn(HELPER_TYPE_BITS, words[word] ?? 0) && device >>> 0 < HELPER_DEVICES_MAX;
}

/** What is wrong with the first `available` bytes, at most 4, of a connection's first frame; null: nothing. */
export function startFault(bytes: Uint8Array, at: number, available: number, types: Types): string | null {
  const type = bytes[at] ?? 0;
  const isAccepted = types === "any" ? type !== 0 : isClientType(type);
  if (!isAccepted) return `a frame of type ${type}, wanted 1, 2, 3, 5, 6 or 8 to 12`;
  return nonZeroFault(bytes, at, 1, Math.min(available, 4));
}

/** What is wrong with a library frame's header, of which all bytes are there; null: nothing. */
export function headerFault(bytes: Uint8Array, at: number, dialect: Dialect | null, types: Types): string | null {
  const typeProblem = types === "any" ? null : typeFault(bytes, at, dialect);
  return startFault(bytes, at, HEADER_BYTES, types) ?? typeProblem ?? padFault(bytes, at, PADS);
}

/** What is wrong with a frame of which all bytes are there; null: nothing. */
export function frameFault(bytes: Uint8Array, at: number, dialect: Dialect, types: Types): string | null {
  if (dialect === DIALECTS["helper-32"]) {
    return (
      startFault(bytes, at, dialect.frameBytes, "known") ??
      typeFault(bytes, at, dialect) ??
      padFault(bytes, at, HELPER_PADS)
    );
  }
  return headerFault(bytes, at, dialect, types) ?? nonZeroFault(bytes, at, HEADER_BYTES, dialect.frameBytes);
}

/** Which of the frame's bytes from `from` to `to`, all of which must be zero, is not; null: none. */
export function nonZeroFault(bytes: Uint8Array, at: number, from: number, to: number): string | null {
  const found = indexOfNonZero(bytes, at + from, at + to);
  if (found === at + to) return null;
  return `byte ${found - at} of a frame of type ${bytes[at]} is 0x${bytes[found]?.toString(16)}, wanted 0`;
}

/** Index of the first byte from `from` to `to` that is not zero, or `to`. */
export function indexOfNonZero(bytes: Uint8Array, from: number, to: number): number {
  let i = from;
  while (i < to && bytes[i] === 0) i += 1;
  return i;
}

function typeFault(bytes: Uint8Array, at: number, dialect: Dialect | null): string | null {
  const type = bytes[at] ?? 0;
  if (dialect === null || isTypeIn(typeBits(dialect), type)) return null;
  const { lowestType, highestType, name } = dialect;
  return `a frame of type ${type} among frames of the ${name} dialect, wanted ${lowestType} to ${highestType}`;
}

function padFault(bytes: Uint8Array, at: number, pads: readonly (readonly [number, number])[]): string | null {
  for (const [from, to] of pads) {
    const fault = nonZeroFault(bytes, at, from, to);
    if (fault !== null) return fault;
  }
  return null;
}
