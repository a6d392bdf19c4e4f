import type { BufferMessage } from "../../model/buffer-message.ts";

/** What became of the message that was booked last. */
export interface LastBooked {
  readonly message: BufferMessage;
  readonly isTraced: boolean;
  /** Its entry; null where nothing was booked. */
  readonly entry: number | null;
  /** Numbers of message-tally.ts. */
  readonly outcome: number;
  readonly refusal: number;
  /** Halves of the size that was booked before; null where it is not known. */
  readonly previousSize: readonly [low: number, high: number] | null;
}
