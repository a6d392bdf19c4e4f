import type { TracedBirth } from "../../core/ledger/books.ts";
import type { BufferMessage } from "../../core/model/buffer-message.ts";
import type { BookedMessage, ServerEvent } from "../../core/model/server-event.ts";
import type { RunRecording } from "../run/write-recording.ts";

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** What a site of a traced process stands for. */
export type SiteOrigin = Pick<Extract<ServerEvent, { kind: "origin" }>, "site" | "line" | "operation">;

/** Records what a server books, in the order in which it does. */
export class BookedMessageRecorder {
  readonly #recording: RunRecording;
  readonly #pidOf: (processId: number) => number;
  /** By process, as the recording has it. */
  readonly #pids: (number | undefined)[] = [];
  #booked: Mutable<BookedMessage> | null = null;

  constructor(recording: RunRecording, pidOf: (processId: number) => number) {
    this.#recording = recording;
    this.#pidOf = pidOf;
  }

  /** Called a million times a second. To be called before it is booked. `birth`: of `traced`. */
  book(
    books: BookedMessage["books"],
    message: BufferMessage,
    process: number,
    atMs: number,
    birth: TracedBirth | null,
  ): void {
    this.#name(process);
    this.#booked ??= { message, process, atMs, books, requestedLow: 0, requestedHigh: 0, site: 0, context: 0 };
    const booked = this.#booked;
    booked.message = message;
    booked.process = process;
    booked.atMs = atMs;
    booked.books = books;
    booked.requestedLow = birth?.requestedLow ?? 0;
    booked.requestedHigh = birth?.requestedHigh ?? 0;
    booked.site = birth?.site ?? 0;
    booked.context = birth?.context ?? 0;
    this.#recording.message(booked);
  }

  note(event: ServerEvent): void {
    if ("process" in event && event.kind !== "process") this.#name(event.process);
    this.#recording.server(event);
    if (event.kind === "ended") this.#pids[event.process] = undefined;
  }

  /** A process is named when it is first heard of, and again when its number is another one's. */
  #name(process: number): void {
    const pid = this.#pidOf(process);
    if (this.#pids[process] === pid) return;
    this.#pids[process] = pid;
    this.#recording.server({ kind: "process", process, pid });
  }
}
