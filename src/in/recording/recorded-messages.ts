import { BufferMessage } from "../../core/model/buffer-message.ts";
import { BATCH_RECORDS_MAX } from "../../core/model/recording.ts";
import {
  type BookedMessage,
  MESSAGE_BOOKS,
  MESSAGE_COLUMNS,
  MESSAGE_DIFFERENCE_COLUMNS,
  type MessageColumn,
} from "../../core/model/server-event.ts";
import { checkBelow, readColumns, readColumnsHeader } from "./read-columns.ts";

/** What fits 32 bits. */
const WORD_END = 2 ** 32;

const WORD_COLUMNS = MESSAGE_COLUMNS.filter((column) => column !== "atMs");

/** Messages of an allocation server as a recording has them, read into one object again and again. */
export class RecordedMessages {
  readonly #columns = Object.fromEntries(
    MESSAGE_COLUMNS.map((column) => [column, new Float64Array(BATCH_RECORDS_MAX)]),
  ) as Record<MessageColumn, Float64Array>;
  readonly #booked = new FilledMessage();
  #length = 0;
  #at = 0;

  get length(): number {
    return this.#length;
  }

  /** Has what a message has, and no longer what it had before. Throws where it is not as docs/formats.md describes it. */
  read(bytes: Uint8Array): void {
    const { count } = readColumnsHeader(bytes);
    readColumns(bytes, count, this.#columns, MESSAGE_COLUMNS, MESSAGE_DIFFERENCE_COLUMNS);
    for (const column of WORD_COLUMNS) checkBelow(this.#columns[column], count, WORD_END, 0, column);
    checkBelow(this.#columns.books, count, MESSAGE_BOOKS.length, 0, "books");
    this.#length = count;
    this.#at = 0;
  }

  /** The next one. Not to be called after the last. */
  next(): BookedMessage {
    this.#booked.fill(this.#columns, this.#at);
    this.#at += 1;
    return this.#booked;
  }
}

class FilledMessage implements BookedMessage {
  readonly message = new BufferMessage();
  process = 0;
  atMs = 0;
  books: BookedMessage["books"] = "own";
  requestedLow = 0;
  requestedHigh = 0;
  site = 0;
  context = 0;

  fill(columns: Readonly<Record<MessageColumn, Float64Array>>, at: number): void {
    const { message } = this;
    message.type = signed(columns.type[at]);
    message.device = signed(columns.device[at]);
    message.memoryType = signed(columns.memoryType[at]);
    message.pid = signed(columns.pid[at]);
    message.sizeLow = signed(columns.sizeLow[at]);
    message.sizeHigh = signed(columns.sizeHigh[at]);
    message.idLow = signed(columns.idLow[at]);
    message.idHigh = signed(columns.idHigh[at]);
    this.process = columns.process[at] ?? 0;
    this.atMs = columns.atMs[at] ?? 0;
    this.books = MESSAGE_BOOKS[columns.books[at] ?? 0] ?? "own";
    this.requestedLow = signed(columns.requestedLow[at]);
    this.requestedHigh = signed(columns.requestedHigh[at]);
    this.site = columns.site[at] ?? 0;
    this.context = columns.context[at] ?? 0;
  }
}

function signed(word = 0): number {
  return word | 0;
}
