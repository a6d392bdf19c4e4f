import { TracedBirth } from "../../core/ledger/books.ts";
import { ENTRIES_MAX, ServerBooks } from "../../core/ledger/server/server-books.ts";
import type { BookedMessage, RecordedRingStatus, ServerEvent } from "../../core/model/server-event.ts";
import type { BookedOrigin, EndedProcess } from "../../core/model/server-view.ts";
import type { RecordingStep } from "../../in/recording/recording-step.ts";
import type { DumpSource } from "../serve/dump-answers.ts";
import { EndedProcesses, leftSomething } from "../serve/left-by-ended-processes.ts";
import { TestNames } from "../serve/test-names.ts";

/** Entries of a process that ended that are freed at a time. */
const REAP_ENTRIES = 10_000;

/** What is known of one process. */
interface Sender {
  readonly pid: number;
  readonly tests: TestNames;
  isGone: boolean;
  /** By site. */
  readonly origins: Map<number, Pick<BookedOrigin, "line" | "operation">>;
}

const NOT_KNOWN = { line: null, operation: null };

/** The books of an allocation server, booked again from its recording. */
export class ReplayedServer implements DumpSource {
  readonly #senders = new Map<number, Sender>();
  readonly #ended = new EndedProcesses();
  readonly #statuses: RecordedRingStatus[] = [];
  readonly #birth = new TracedBirth();
  /** Regions are not recorded. */
  readonly regions = null;
  readonly traced = { list: () => this.#statuses };
  books = this.#newBooks();
  shadow = new ServerBooks((id) => this.#pidOf(id));

  take(step: RecordingStep): void {
    if (step.kind === "server") this.#note(step.event);
    else if (step.kind === "messages") for (let index = 0; index < step.count; index++) this.#book(step.next());
  }

  /** The test that each process runs that goes on, by pid; null: none. */
  running(): ReadonlyMap<number, string | null> {
    const goingOn = [...this.#senders.values()].filter(({ isGone }) => !isGone);
    return new Map(goingOn.map(({ pid, tests }) => [pid, tests.newest]));
  }

  atExit(ended: number): readonly EndedProcess[] {
    return this.#ended.since(ended);
  }

  #book({ message, process, atMs, books, ...birth }: BookedMessage): void {
    if (books === "own") this.books.messages.apply(message, process, atMs);
    else if (books === "beside") this.shadow.messages.apply(message, process, atMs);
    else this.books.messages.applyTraced(message, process, atMs, Object.assign(this.#birth, birth));
  }

  #note(event: ServerEvent): void {
    switch (event.kind) {
      case "process":
        this.#senders.set(event.process, { pid: event.pid, tests: new TestNames(), isGone: false, origins: new Map() });
        break;
      case "ended":
        this.#ended.add([this.#remove(event.process)].filter(leftSomething));
        this.#setGone(event.process);
        break;
      case "begun-anew":
        this.#remove(event.process);
        break;
      case "moved":
        this.books.moveOwner(event.process, this.shadow.messages);
        break;
      case "forgotten":
        this.shadow.removeOwner(event.process);
        break;
      case "reset":
        this.books = this.#newBooks();
        this.shadow = new ServerBooks((id) => this.#pidOf(id));
        this.#ended.forget();
        break;
      case "origin":
        this.#senders.get(event.process)?.origins.set(event.site, { line: event.line, operation: event.operation });
        break;
      case "test":
        this.#senders.get(event.process)?.tests.begin(event.context, event.test);
        break;
      case "status":
        this.#statuses.push(event.status);
        break;
    }
  }

  #setGone(process: number): void {
    const sender = this.#senders.get(process);
    if (sender !== undefined) sender.isGone = true;
  }

  #remove(process: number): EndedProcess {
    const ended = this.books.removeOwner(process);
    while (this.books.reap(REAP_ENTRIES));
    return ended;
  }

  #newBooks(): ServerBooks {
    return new ServerBooks(
      (id) => this.#pidOf(id),
      ENTRIES_MAX,
      (id, site, context) => {
        const sender = this.#senders.get(id);
        return { ...(sender?.origins.get(site) ?? NOT_KNOWN), test: sender?.tests.of(context) ?? null };
      },
    );
  }

  #pidOf(process: number): number {
    return this.#senders.get(process)?.pid ?? 0;
  }
}
