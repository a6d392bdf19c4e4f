import { type BufferMessage, fromHalves } from "../../model/buffer-message.ts";
import type { BufferEvent } from "../../model/server-view.ts";

/** What one message says, its 64-bit fields put together. */
export interface SentMessage {
  readonly device: number;
  readonly address: bigint;
  readonly sizeBytes: bigint;
  readonly typeIndex: number;
  readonly pid: number;
}

/** A copy of a message's fields, which outlives the message. */
export function copyMessage(message: BufferMessage): SentMessage {
  return {
    device: message.device,
    address: fromHalves(message.idLow, message.idHigh),
    sizeBytes: fromHalves(message.sizeLow, message.sizeHigh),
    typeIndex: message.memoryType,
    pid: message.pid,
  };
}

/** The event of a message of which nothing is booked: what was sent, and nothing else. */
export function noEvent(sent: SentMessage): BufferEvent {
  return {
    outcome: "ignored",
    ...sent,
    refCount: 0,
    previousSizeBytes: null,
    totalBytes: 0n,
    history: null,
    refusal: null,
  };
}

/** The event of a message for which the books have no room: no earlier server had a limit. */
export function full(sent: SentMessage): BufferEvent {
  return { ...noEvent(sent), outcome: "refused", refusal: "full" };
}
