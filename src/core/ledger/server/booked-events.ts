import { type BufferMessage, fromHalves, MessageType } from "../../model/buffer-message.ts";
import type { BufferEvent, BufferHistory } from "../../model/server-view.ts";
import { addressHighOf } from "../traced-id.ts";
import { Field, typeOf } from "./buffer-entry.ts";
import type { EntryBook } from "./entry-book.ts";
import type { LastBooked } from "./last-booked.ts";
import { outcomeName, refusalName } from "./message-tally.ts";

/** Says in words what became of messages and entries; `pidOf` gives the pid of a process. */
export class BookedEvents {
  readonly #book: EntryBook;
  readonly #pidOf: (owner: number) => number;

  constructor(book: EntryBook, pidOf: (owner: number) => number) {
    this.#book = book;
    this.#pidOf = pidOf;
  }

  /** What became of the message booked last; before the next one only. */
  last(): BufferEvent {
    const last = this.#book.last();
    if (last === null) throw new Error("no message was applied yet");
    const { message, entry, previousSize } = last;
    const outcome = outcomeName(last.outcome);
    const { refCount, owner } = this.#entryOf(entry);
    return {
      outcome,
      device: message.device,
      address: fromHalves(message.idLow, last.isTraced ? addressHighOf(message.idHigh) : message.idHigh),
      ...this.#sizeAndType(last),
      pid: outcome === "released" || outcome === "freed" ? this.#pidOf(owner) : message.pid,
      refCount,
      previousSizeBytes: previousSize === null ? null : fromHalves(...previousSize),
      totalBytes: this.#totalBytes(message),
      history: entry === null ? null : this.#historyBefore(entry),
      refusal: outcome === "refused" ? refusalName(last.refusal) : null,
    };
  }

  /** The history of an entry, as far as `words`, which may be those of a snapshot, say. */
  history(entry: number, words: Int32Array, at: number): BufferHistory {
    const pid = this.#pidOf(words[at + Field.owner] as number);
    return {
      allocs: words[at + Field.allocs] as number,
      frees: words[at + Field.frees] as number,
      events: [...this.#book.ring.walk(entry, words[at + Field.lastEvent] as number, pid)],
    };
  }

  /** All 0 where nothing was booked. */
  #entryOf(entry: number | null) {
    const words = entry === null ? null : this.#book.store.words(entry);
    const at = entry === null ? 0 : this.#book.store.at(entry);
    const field = (which: number): number => words?.[at + which] ?? 0;
    return {
      owner: field(Field.owner),
      refCount: field(Field.refCount),
      sizeBytes: fromHalves(field(Field.sizeLow), field(Field.sizeHigh)),
      typeIndex: typeOf(field(Field.place)),
    };
  }

  /** A free says neither: what was booked does. */
  #sizeAndType({ message, entry }: LastBooked): Pick<BufferEvent, "sizeBytes" | "typeIndex"> {
    if (message.type !== MessageType.free) {
      return { sizeBytes: fromHalves(message.sizeLow, message.sizeHigh), typeIndex: message.memoryType };
    }
    const { sizeBytes, typeIndex } = this.#entryOf(entry);
    return { sizeBytes, typeIndex };
  }

  #totalBytes({ type, device }: BufferMessage): bigint {
    if (type < MessageType.cbAllocate || type > MessageType.kernelUnload) return 0n;
    const { cbBytes, kernelBytes } = this.#book.owners.countersOf(device);
    return type <= MessageType.cbFree ? cbBytes : kernelBytes;
  }

  /** The newest event is the one being reported. */
  #historyBefore(entry: number): BufferHistory {
    const { store } = this.#book;
    const { allocs, frees, events } = this.history(entry, store.words(entry), store.at(entry));
    const [newest, ...earlier] = events;
    const isFree = newest?.kind === "FREE";
    return { allocs: isFree ? allocs : allocs - 1, frees: isFree ? frees - 1 : frees, events: earlier };
  }
}
