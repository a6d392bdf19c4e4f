import type { BufferMessage } from "./buffer-message.ts";
import type { StackFrame } from "./stack.ts";

/**
 * The columns of a batch of messages, in order: the fields of `BufferMessage` as unsigned 32 bits, and those of `BookedMessage`.
 */
export const MESSAGE_COLUMNS = [
  "atMs",
  "process",
  "type",
  "device",
  "memoryType",
  "pid",
  "sizeLow",
  "sizeHigh",
  "idLow",
  "idHigh",
  "books",
  "requestedLow",
  "requestedHigh",
  "site",
  "context",
] as const;

export type MessageColumn = (typeof MESSAGE_COLUMNS)[number];

/** Of these, those that have differences from one message to the next. */
export const MESSAGE_DIFFERENCE_COLUMNS: ReadonlySet<MessageColumn> = new Set(["atMs"]);

/** In which books a message went: the server's own, as a ring's record there, or those beside, because its ring is followed. */
export const MESSAGE_BOOKS = ["own", "traced", "beside"] as const;

/** A message as an allocation server booked it. Valid while it is handed over: one object is filled again and again. */
export interface BookedMessage {
  readonly message: BufferMessage;
  /** Its sender among all that were ever seen; a number is given to another one once its process has ended. */
  readonly process: number;
  /** Any clock in whole milliseconds that only goes up. */
  readonly atMs: number;
  readonly books: (typeof MESSAGE_BOOKS)[number];
  /** Of `traced`, else 0: what was asked for in halves, and the numbers of the site and context it was in. */
  readonly requestedLow: number;
  readonly requestedHigh: number;
  readonly site: number;
  readonly context: number;
}

/** How an allocation server followed a ring, for people. */
export interface RecordedRingStatus {
  readonly pid: number;
  readonly ring: string | null;
  readonly state: "waiting" | "followed" | "ended" | "failed";
  readonly reason: string;
  readonly records: number;
  readonly missed: number;
  readonly lost: number;
}

/** What an allocation server did or learned beside booking messages. */
export type ServerEvent =
  /** This number is this process's from now on. */
  | { readonly kind: "process"; readonly process: number; readonly pid: number }
  /** The process ended: what it had is off the books. */
  | { readonly kind: "ended"; readonly process: number }
  /** Its ring is followed from now on: what it had on the server's own books is on those beside. */
  | { readonly kind: "moved"; readonly process: number }
  /** It follows another ring: what it had on the server's own books is off them. */
  | { readonly kind: "begun-anew"; readonly process: number }
  /** What it had on the books beside is off them. */
  | { readonly kind: "forgotten"; readonly process: number }
  | { readonly kind: "reset" }
  /** What a site of a process stands for. */
  | {
      readonly kind: "origin";
      readonly process: number;
      readonly site: number;
      readonly line: StackFrame | null;
      readonly operation: string | null;
    }
  /** How it stood with a ring at the end. */
  | { readonly kind: "status"; readonly status: RecordedRingStatus }
  /** Contexts of the process from this one on belong to this test; null: to none. */
  | { readonly kind: "test"; readonly process: number; readonly context: number; readonly test: string | null };
