import { BufferMessage, MessageType } from "../../model/buffer-message.ts";
import type {
  BufferEvent,
  DeviceCounters,
  EndedProcess,
  KernelsView,
  RemainingView,
  StatisticsView,
} from "../../model/server-view.ts";
import type { Books, MessageBook } from "../books.ts";
import { type BookedBuffer, liveBuffersOf } from "./booked-buffers.ts";
import { BookedEvents } from "./booked-events.ts";
import { EntryBook } from "./entry-book.ts";
import type { BooksTotals } from "./message-tally.ts";
import { dumpSteps, kernelsOf, type LiveScan, type OriginOf } from "./walk-entries.ts";

/** Buffers, circular buffers and kernels that are booked at a time: 2 GiB of entries. */
export const ENTRIES_MAX = 2 ** 25;

const NO_ORIGIN: OriginOf = () => ({ line: null, operation: null, test: null });

/**
 * The books as they should be: an address belongs to a process and device; the newest size counts; what is freed is
 * remembered for a while, so that a second free is known for what it is.
 */
export class ServerBooks implements Books {
  readonly #pidOf: (processId: number) => number;
  readonly #originOf: OriginOf;
  readonly #book: EntryBook;
  readonly #events: BookedEvents;

  /** `pidOf` gives the pid of a `processId`, for people, `originOf` what its tracer knows. `entriesMax` is a limit for tests. */
  constructor(pidOf: (processId: number) => number, entriesMax = ENTRIES_MAX, originOf: OriginOf = NO_ORIGIN) {
    this.#pidOf = pidOf;
    this.#originOf = originOf;
    this.#book = new EntryBook(entriesMax);
    this.#events = new BookedEvents(this.#book, pidOf);
  }

  /** Of traced ones, from the first one on, all that is booked for a process has to be traced: see `moveOwner`. */
  get messages(): MessageBook {
    return this.#book;
  }

  /** Live buffers, circular buffers and kernels. */
  get live(): number {
    return this.#book.live;
  }

  /** Number of the newest allocation: what is born later has a larger one. */
  get births(): number {
    return this.#book.births;
  }

  /** Entries in use, those of freed buffers that are remembered among them. */
  get entries(): number {
    return this.#book.store.inUse;
  }

  /** What became of the message applied last; before the next `apply` only. */
  lastEvent(): BufferEvent {
    return this.#events.last();
  }

  counters(device: number): DeviceCounters {
    return this.#book.owners.countersOf(device);
  }

  /** Whether anything of a process is booked, or still to be given back. */
  isBooked(processId: number): boolean {
    const { owners, reaper } = this.#book;
    return owners.present.has(processId) || (owners.isRemoved(processId) && reaper.isDue);
  }

  statistics(): StatisticsView {
    return this.#book.owners.statistics();
  }

  totals(): BooksTotals {
    return this.#book.tally.totals();
  }

  remaining(listedMax: number): RemainingView {
    const steps = dumpSteps(this, { since: 0, listedMax, isEach: false, hasHistories: true, sources: "all" });
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  }

  kernels(atMs: number): KernelsView {
    const statistics = this.statistics();
    const totalBytes = new Map(statistics.devices.map(({ device, kernelBytes }) => [device, kernelBytes]));
    return { kernels: kernelsOf(this.scan(), atMs), totalBytes };
  }

  /** All that is live now. The caller releases the snapshot. */
  scan(): LiveScan {
    const { store, owners, isTraced } = this.#book;
    return {
      snapshot: store.snapshot(),
      extent: store.extent,
      isPresent: owners.counters.map((owner) => owner != null),
      pidOf: this.#pidOf,
      isTraced,
      originOf: this.#originOf,
      historyOf: (entry, words, at) => this.#events.history(entry, words, at),
    };
  }

  owners(): readonly number[] {
    return [...this.#book.owners.present].toSorted((a, b) => a - b);
  }

  /** The live buffers of one allocator of a traced process. */
  ofAllocator(processId: number, allocator: number): readonly BookedBuffer[] {
    return liveBuffersOf(this.#book.store, processId, allocator);
  }

  /** Moves what is booked for a process to other books, as if it had been booked there. */
  moveOwner(processId: number, to: MessageBook): void {
    const message = new BufferMessage();
    for (const { refCount, ...fields } of liveBuffersOf(this.#book.store, processId, null)) {
      Object.assign(message, fields, { type: MessageType.allocate, pid: this.#pidOf(processId) });
      for (let reference = 0; reference < refCount; reference += 1) to.apply(message, processId, 0);
    }
    this.removeOwner(processId);
  }

  /** Takes a process off the books at once; its entries go with `reap`. */
  removeOwner(processId: number): EndedProcess {
    return this.#book.remove(processId, this.#pidOf(processId));
  }

  /** Whether there is anything for `reap`. */
  get isReapDue(): boolean {
    return this.#book.reaper.isDue;
  }

  /** Frees up to `most` entries' places after `removeOwner`; gives whether more are to be looked at. */
  reap(most: number): boolean {
    return this.#book.reaper.reap(most);
  }
}
