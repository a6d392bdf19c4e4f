import type { EntryChange, TracedBirth } from "../../core/ledger/books.ts";
import { type BufferMessage, MessageType } from "../../core/model/buffer-message.ts";
import type { EarlierVersion } from "../../core/model/earlier-version.ts";
import { LISTED_BUFFERS_MAX, type RemainingView } from "../../core/model/server-view.ts";
import type { AllocationTarget, TextClient } from "../../in/sources/allocation-target.ts";
import type { Peer, ProcessRegistry } from "../../in/sources/process-registry.ts";
import type { Dialect } from "../../in/wire/allocation-dialects.ts";
import { encodeDeviceInfo, encodeResponse } from "../../in/wire/allocation-replies.ts";
import type { Faults } from "../own-faults.ts";
import type { RunRecording } from "../run/write-recording.ts";
import { type BookKeeping, CompatBookKeeping, RightBookKeeping } from "./books-by-version.ts";
import { EventPrinter, type EventPrinterOptions } from "./event-printer.ts";
import { BookedMessageRecorder } from "./record-booked-messages.ts";
import { Sweeps } from "./sweep-ended-processes.ts";
import { TracedProcesses } from "./traced-processes.ts";

export interface BookingOptions extends EventPrinterOptions {
  /** The earlier version whose books are kept; null for the right ones. */
  readonly compat: EarlierVersion | null;
  /** Fulfilled when all that clients sent before has been booked. */
  readonly checkpoint: () => Promise<void>;
  /** Answers a line of text. */
  readonly onCommand: (text: string, client: TextClient) => Promise<void>;
  /** Keeps all that is booked; null: nothing does. Not for the books of an earlier version. */
  readonly recording: RunRecording | null;
  readonly faults: Faults;
}

/** What clients and rings say, booked; it prints what the earlier server printed, and answers. */
export class Booking implements AllocationTarget, Disposable {
  readonly #options: BookingOptions;
  readonly #processes: ProcessRegistry;
  readonly #events: EventPrinter;
  readonly #recorder: BookedMessageRecorder | null;
  /** The processes whose rings are followed. */
  readonly traced: TracedProcesses;
  readonly sweeps: Sweeps;
  #keeping: BookKeeping;

  constructor(processes: ProcessRegistry, options: BookingOptions) {
    this.#options = options;
    this.#processes = processes;
    this.#events = new EventPrinter(options);
    const { recording } = options;
    this.#recorder = recording === null ? null : new BookedMessageRecorder(recording, (id) => processes.pidOf(id));
    this.traced = this.#newTraced();
    recording?.onFlush(() => this.traced.recordOrigins());
    this.#keeping = this.#newKeeping();
    this.sweeps = new Sweeps({
      processes,
      traced: this.traced,
      keeping: () => this.#keeping,
      checkpoint: options.checkpoint,
      recorder: this.#recorder,
      onEnded: (ended) => options.print?.({ out: options.flavour.cleanup(ended), err: "" }),
      faults: options.faults,
    });
  }

  get keeping(): BookKeeping {
    return this.#keeping;
  }

  /** Forgets all that is live. */
  reset(): void {
    this.#recorder?.note({ kind: "reset" });
    this.#keeping = this.#newKeeping();
    this.traced.startOver();
    this.sweeps.ended.forget();
  }

  /** To be called before a recording ends. */
  recordRings(): void {
    this.traced.recordOrigins();
    for (const status of this.traced.list()) this.#recorder?.note({ kind: "status", status });
  }

  [Symbol.dispose](): void {
    this.sweeps[Symbol.dispose]();
    this.traced[Symbol.dispose]();
  }

  #newKeeping(): BookKeeping {
    const { compat, faults } = this.#options;
    if (compat !== null) return new CompatBookKeeping(compat);
    return new RightBookKeeping(this.#processes, this.traced.originOf, faults);
  }

  #newTraced(): TracedProcesses {
    return new TracedProcesses({
      registry: this.#processes,
      target: {
        applyTraced: (message, processId, birth) => this.#applyTraced(message, processId, birth),
        ofAllocator: (processId, allocator) => this.#keeping.serverBooks?.ofAllocator(processId, allocator) ?? [],
      },
      onFollow: (processId, isAgain) => this.#follow(processId, isAgain),
      recorder: this.#recorder,
      guard: (work) => this.#options.faults.guard("reading rings", work),
    });
  }

  /** What its frames said is no longer what is booked: the ring knows better. */
  #follow(processId: number, isAgain: boolean): void {
    const { books, serverBooks, shadow } = this.#keeping;
    this.#recorder?.note({ kind: isAgain ? "begun-anew" : "moved", process: processId });
    if (serverBooks === null || shadow === null) books.removeOwner(this.#processes.pidOf(processId));
    else if (isAgain) books.removeOwner(processId);
    else serverBooks.moveOwner(processId, shadow.messages);
  }

  #applyTraced(message: BufferMessage, processId: number, birth: TracedBirth): EntryChange {
    this.#recorder?.book("traced", message, processId, 0, birth);
    const change = this.#keeping.books.messages.applyTraced(message, processId, 0, birth);
    if (this.#events.isHeard) this.#report(message.type);
    return change;
  }

  get types(): "known" | "any" {
    return this.#keeping.types;
  }

  opened(connection: number, { credentials }: Peer): void {
    if (credentials !== null) this.traced.opened(connection, credentials.pid);
  }

  closed(connection: number): void {
    this.traced.answered(connection);
  }

  answered(connection: number): void {
    this.traced.answered(connection);
  }

  catchUp(connection: number | null): Promise<void> | undefined {
    return this.traced.catchUp(connection);
  }

  apply(message: BufferMessage, processId: number, atMs: number): void {
    if (this.traced.count > 0 && this.traced.isFollowed(processId)) {
      this.#recorder?.book("beside", message, processId, atMs, null);
      this.#keeping.shadow?.messages.apply(message, processId, atMs);
      return;
    }
    this.#recorder?.book("own", message, processId, atMs, null);
    this.#keeping.books.messages.apply(message, processId, atMs);
    if (this.#events.isHeard) this.#report(message.type);
  }

  answer(message: BufferMessage, dialect: Dialect): Uint8Array {
    const { type, device } = message;
    if (type !== MessageType.query) return encodeDeviceInfo(dialect, device, null, 0);
    return encodeResponse(dialect, this.#keeping.books.counters(device));
  }

  dump(type: number, checkpoint: () => Promise<void>, connection: number): Promise<void> | undefined {
    const reading = this.#keeping.dumpsAtOnce ? this.catchUp(connection) : checkpoint();
    return reading === undefined ? this.#dump(type) : reading.then(() => this.#dump(type));
  }

  #dump(type: number): Promise<void> | undefined {
    const { flavour, print } = this.#options;
    if (this.types === "any" && !flavour.messageTypes.has(type)) {
      print?.({ out: "", err: flavour.unknownType(type) });
      return undefined;
    }
    if (type === MessageType.dumpKernels) {
      print?.({ out: flavour.kernels(this.#keeping.books.kernels(performance.now())), err: "" });
      return undefined;
    }
    const ended = this.sweeps.sweep();
    const printLive = (live: RemainingView): void => print?.({ out: flavour.remaining(live, ended), err: "" });
    const remaining = this.remaining(LISTED_BUFFERS_MAX);
    if (remaining instanceof Promise) return remaining.then(printLive);
    printLive(remaining);
    return undefined;
  }

  command(text: string, client: TextClient): Promise<void> {
    return this.#options.onCommand(text, client);
  }

  /** What is live, without keeping clients waiting however much that is. */
  remaining(listedMax: number): Promise<RemainingView> | RemainingView {
    return this.#keeping.remaining(listedMax, this.#options.flavour.tellsHistories);
  }

  #report(type: number): void {
    this.#events.print(this.#keeping.books.lastEvent(), type, this.#keeping.printsUnknownFrees);
  }
}
