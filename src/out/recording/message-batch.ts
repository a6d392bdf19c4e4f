import { BATCH_RECORDS_MAX } from "../../core/model/recording.ts";
import {
  type BookedMessage,
  MESSAGE_BOOKS,
  MESSAGE_COLUMNS,
  MESSAGE_DIFFERENCE_COLUMNS,
  type MessageColumn,
} from "../../core/model/server-event.ts";
import { columnsMessage } from "./columns-message.ts";

/** Messages that an allocation server booked, by columns, until they are written. */
export class MessageBatch {
  readonly #columns = Object.fromEntries(
    MESSAGE_COLUMNS.map((column) => [column, new Float64Array(BATCH_RECORDS_MAX)]),
  ) as Record<MessageColumn, Float64Array>;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === BATCH_RECORDS_MAX;
  }

  /** Not to be called of a full one. */
  add({ message, process, atMs, books, requestedLow, requestedHigh, site, context }: BookedMessage): void {
    const columns = this.#columns;
    const at = this.#length;
    columns.atMs[at] = atMs;
    columns.process[at] = process;
    columns.type[at] = message.type >>> 0;
    columns.device[at] = message.device >>> 0;
    columns.memoryType[at] = message.memoryType >>> 0;
    columns.pid[at] = message.pid >>> 0;
    columns.sizeLow[at] = message.sizeLow >>> 0;
    columns.sizeHigh[at] = message.sizeHigh >>> 0;
    columns.idLow[at] = message.idLow >>> 0;
    columns.idHigh[at] = message.idHigh >>> 0;
    columns.books[at] = MESSAGE_BOOKS.indexOf(books);
    columns.requestedLow[at] = requestedLow >>> 0;
    columns.requestedHigh[at] = requestedHigh >>> 0;
    columns.site[at] = site;
    columns.context[at] = context;
    this.#length = at + 1;
  }

  /** The message that has them; the batch is empty then. */
  take(): Uint8Array {
    const count = this.#length;
    this.#length = 0;
    return columnsMessage(0, count, this.#columns, MESSAGE_COLUMNS, MESSAGE_DIFFERENCE_COLUMNS);
  }

  clear(): void {
    this.#length = 0;
  }
}
