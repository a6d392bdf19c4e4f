import { BufferMessage, fromHalves, MessageType as Type } from "../../model/buffer-message.ts";
import { BUFFER_TYPE_NAMES } from "../../model/buffer-type.ts";
import type {
  BufferEvent,
  BufferHistory,
  DeviceCounters,
  EndedProcess,
  KernelsView,
  LiveBuffer,
  RemainingView,
  StatisticsView,
} from "../../model/server-view.ts";
import { type Books, Change, type TracedBirth } from "../books.ts";
import { addressHighOf, allocatorOf } from "../traced-id.ts";
import * as bufferEntry from "./buffer-entry.ts";
import { EntryIndex } from "./entry-index.ts";
import { EntryStore } from "./entry-store.ts";
import * as eventRing from "./event-ring.ts";
import { Graveyard } from "./graveyard.ts";
import * as messageTally from "./message-tally.ts";
import { type BooksTotals, MessageTally, outcomeName, refusalName } from "./message-tally.ts";
import * as ownerCounters from "./owner-counters.ts";
import { endedProcess, Owners } from "./owners.ts";
import { type DumpRequest, dumpSteps, kernelsOf, type LiveScan, type OriginOf } from "./server-views.ts";

// Constants of its own, for speed: docs/architecture.md, "The allocation server".
const { DEVICES_MAX, deviceOf, Field, hashKey, Kind, kindOf, packPlace, spaceOf, toNumber, typeOf } = bufferEntry;
const { EventKind, EventRing, packEvent } = eventRing;
const { columnOf } = ownerCounters;
const { Outcome, Refusal } = messageTally;
type OwnerCounters = ownerCounters.OwnerCounters;
const MessageType = Type;
const BUFFER_TYPES = BUFFER_TYPE_NAMES.length;

/** Largest buffer that is believed: 1 TiB, eight times the memory of the largest host of a board. */
export const SIZE_BYTES_MAX = 2 ** 40;
const SIZE_HIGH_MAX = SIZE_BYTES_MAX / 2 ** 32;

/** Buffers, circular buffers and kernels that are booked at a time: 2 GiB of entries. */
export const ENTRIES_MAX = 2 ** 25;

/** Processes that are asked whether a free that its sender does not know was meant for one of theirs. */
const FOREIGN_OWNERS_MAX = 256;

const NONE = -1;

const NO_ORIGIN: OriginOf = () => ({ line: null, operation: null, test: null });

/** A live buffer as it is booked. */
export type BookedBuffer = Pick<
  BufferMessage,
  "device" | "memoryType" | "idLow" | "idHigh" | "sizeLow" | "sizeHigh"
> & {
  readonly refCount: number;
};

/**
 * The books as they should be: an address belongs to a process and device; the newest size counts; what is freed is
 * remembered for a while, so that a second free is known for what it is.
 *
 * Takes some 40 ns a message with a thousand live buffers and, because each is two cache misses, 200 to 300 ns with a
 * million: no objects are made for it.
 */
export class ServerBooks implements Books {
  readonly #pidOf: (processId: number) => number;
  readonly #originOf: OriginOf;
  readonly #entriesMax: number;
  readonly #store = new EntryStore();
  readonly #index = new EntryIndex(this.#store);
  readonly #ring = new EventRing();
  readonly #graveyard = new Graveyard();
  readonly #owners = new Owners();
  readonly #counters = this.#owners.counters;
  readonly #tally = new MessageTally();
  readonly #outcomes = this.#tally.outcomes;
  readonly #refusals = this.#tally.refusals;
  #births = 0;
  /** Lives that ended with their process. */
  #removed = 0;
  #resized = 0;
  #reapFrom = NONE;

  /** By process: whether what is booked for it is traced. */
  readonly #isTraced: boolean[] = [];
  #message: BufferMessage | null = null;
  #tracedMessage: BufferMessage | null = null;
  #entry = NONE;
  #outcome: number = Outcome.ignored;
  #refusal: number = Refusal.bufferType;
  /** Halves of the size that was booked before; the high one is -1 where it is not told. */
  #previousSizeLow = 0;
  #previousSizeHigh = NONE;

  /** `pidOf` gives the pid of a `processId`, for people, `originOf` what its tracer knows. `entriesMax` is a limit for tests. */
  constructor(pidOf: (processId: number) => number, entriesMax = ENTRIES_MAX, originOf: OriginOf = NO_ORIGIN) {
    this.#pidOf = pidOf;
    this.#originOf = originOf;
    this.#entriesMax = entriesMax;
  }

  /** Live buffers, circular buffers and kernels. */
  get live(): number {
    return this.#births - this.#tally.freed - this.#removed;
  }

  /** Number of the newest allocation: what is born later has a larger one. */
  get births(): number {
    return this.#births;
  }

  /** Entries in use, those of freed buffers that are remembered among them. */
  get entries(): number {
    return this.#store.inUse;
  }

  apply(message: BufferMessage, processId: number, atMs: number): void {
    // The same one every time, and a store of an object is more than a comparison.
    if (this.#message !== message) this.#message = message;
    this.#entry = NONE;
    this.#previousSizeHigh = NONE;
    const outcome = this.#book(message, processId, atMs);
    this.#outcome = outcome;
    this.#outcomes[outcome] = (this.#outcomes[outcome] as number) + 1;
  }

  /** From the first one on, all that is booked for a process has to be traced: see `moveOwner`. */
  applyTraced(message: BufferMessage, processId: number, atMs: number, birth: TracedBirth): Change {
    if (this.#isTraced[processId] !== true) this.#isTraced[processId] = true;
    this.#tracedMessage = message;
    this.apply(message, processId, atMs);
    const outcome = this.#outcome;
    if (outcome === Outcome.freed || outcome === Outcome["cb-freed"]) return Change.died;
    const isReferenced = outcome === Outcome.referenced;
    if (outcome !== Outcome.allocated && outcome !== Outcome["cb-allocated"] && !isReferenced) return Change.none;
    const words = this.#store.writable(this.#entry);
    const at = this.#store.at(this.#entry);
    // The free of what was here before was overwritten: this is another buffer, and no second reference.
    words[at + Field.refCount] = 1;
    words[at + Field.requestedLow] = birth.requestedLow;
    words[at + Field.requestedHigh] = birth.requestedHigh;
    words[at + Field.site] = birth.site;
    words[at + Field.context] = birth.context;
    return isReferenced ? Change.none : Change.born;
  }

  #book(message: BufferMessage, owner: number, atMs: number): number {
    switch (message.type) {
      case MessageType.allocate:
        if (message.memoryType >>> 0 >= BUFFER_TYPES) return this.#refuse(Refusal.bufferType);
        return this.#allocate(Kind.buffer, message.memoryType, message, owner, atMs);
      case MessageType.free:
        return this.#free(Kind.buffer, message, owner);
      case MessageType.cbAllocate:
        return this.#allocate(Kind.circularBuffer, 0, message, owner, atMs);
      case MessageType.cbFree:
        return this.#free(Kind.circularBuffer, message, owner);
      case MessageType.kernelLoad:
        return this.#allocate(Kind.kernel, message.memoryType & 0xff, message, owner, atMs);
      case MessageType.kernelUnload:
        return this.#free(Kind.kernel, message, owner);
      default:
        return Outcome.ignored;
    }
  }

  #allocate(kind: number, type: number, message: BufferMessage, owner: number, atMs: number): number {
    const { device, idLow, idHigh, sizeLow, sizeHigh } = message;
    if (device >>> 0 >= DEVICES_MAX) return this.#refuse(Refusal.device);
    if (isTooLarge(sizeLow, sizeHigh)) return this.#refuse(Refusal.size);
    const counters = this.#counters[owner] ?? this.#enrol(owner);
    const space = spaceOf(kind, device);
    const hash = hashKey(space, owner, idLow, idHigh);
    const known = this.#index.find(hash, space, owner, idHigh);
    if (known === NONE && this.#store.inUse >= this.#entriesMax) return this.#refuse(Refusal.full);
    const entry = known === NONE ? this.#begin(hash, space, owner, idLow, idHigh) : known;
    const words = this.#store.writable(entry);
    const at = this.#store.at(entry);
    const references = words[at + Field.refCount] as number;
    if (references === 0) {
      if (known !== NONE) this.#graveyard.raise(words, at);
      this.#beginLife(words, at, kind, atMs);
      counters.add(device, columnOf(kind, type), toNumber(sizeLow, sizeHigh));
    } else {
      this.#rebook(words, at, type, sizeLow, sizeHigh, counters);
    }
    const now = kind === Kind.buffer ? references + 1 : 1;
    words[at + Field.refCount] = now;
    words[at + Field.place] = packPlace(space, type);
    words[at + Field.sizeLow] = sizeLow;
    words[at + Field.sizeHigh] = sizeHigh;
    words[at + Field.allocs] = (words[at + Field.allocs] as number) + 1;
    this.#entry = entry;
    const what = packEvent(references === 0 ? EventKind.allocate : EventKind.reuse, now);
    words[at + Field.lastEvent] = this.#ring.record(
      entry,
      words[at + Field.lastEvent] as number,
      what,
      sizeLow,
      sizeHigh,
    );
    if (kind === Kind.buffer) return references === 0 ? Outcome.allocated : Outcome.referenced;
    return kind === Kind.circularBuffer ? Outcome["cb-allocated"] : Outcome["kernel-loaded"];
  }

  /** An entry for what was not known, to which nothing has happened. */
  #begin(hash: number, space: number, owner: number, idLow: number, idHigh: number): number {
    const entry = this.#store.take();
    const words = this.#store.writable(entry);
    const at = this.#store.at(entry);
    words[at + Field.idLow] = idLow;
    words[at + Field.idHigh] = idHigh;
    words[at + Field.owner] = owner;
    words[at + Field.place] = space;
    words[at + Field.refCount] = 0;
    words[at + Field.lastEvent] = 0;
    words[at + Field.allocs] = 0;
    words[at + Field.frees] = 0;
    this.#index.add(hash, entry);
    return entry;
  }

  #beginLife(words: Int32Array, at: number, kind: number, atMs: number): void {
    const births = this.#births + 1;
    this.#births = births;
    words[at + Field.birthLow] = births | 0;
    words[at + Field.birthHigh] = (births / 2 ** 32) | 0;
    // In the entry's second cache line, so only where it is read.
    if (kind !== Kind.kernel) return;
    words[at + Field.bornMsLow] = atMs | 0;
    words[at + Field.bornMsHigh] = (atMs / 2 ** 32) | 0;
  }

  /** What is live counts with the size and type that came now. */
  #rebook(words: Int32Array, at: number, type: number, low: number, high: number, counters: OwnerCounters): void {
    const bookedLow = words[at + Field.sizeLow] as number;
    const bookedHigh = words[at + Field.sizeHigh] as number;
    const place = words[at + Field.place] as number;
    if (bookedLow === low && bookedHigh === high && typeOf(place) === type) return;
    const device = deviceOf(place);
    counters.subtract(device, columnOf(kindOf(place), typeOf(place)), toNumber(bookedLow, bookedHigh));
    counters.add(device, columnOf(kindOf(place), type), toNumber(low, high));
    this.#resized += 1;
    this.#previousSizeLow = bookedLow;
    this.#previousSizeHigh = bookedHigh;
  }

  #free(kind: number, message: BufferMessage, owner: number): number {
    const { device, idLow, idHigh } = message;
    if (device >>> 0 >= DEVICES_MAX) return Outcome["unknown-free"];
    const counters = this.#counters[owner];
    const space = spaceOf(kind, device);
    const entry =
      counters == null ? NONE : this.#index.find(hashKey(space, owner, idLow, idHigh), space, owner, idHigh);
    if (counters == null || entry === NONE) {
      const isForeign = this.#isTraced[owner] !== true && this.#isForeign(kind, message, owner);
      return isForeign ? Outcome["foreign-free"] : Outcome["unknown-free"];
    }
    const words = this.#store.writable(entry);
    const at = this.#store.at(entry);
    const references = words[at + Field.refCount] as number;
    const left = references === 0 ? 0 : references - 1;
    const sizeLow = words[at + Field.sizeLow] as number;
    const sizeHigh = words[at + Field.sizeHigh] as number;
    words[at + Field.refCount] = left;
    words[at + Field.frees] = (words[at + Field.frees] as number) + 1;
    this.#entry = entry;
    const what = packEvent(EventKind.free, left);
    words[at + Field.lastEvent] = this.#ring.record(
      entry,
      words[at + Field.lastEvent] as number,
      what,
      sizeLow,
      sizeHigh,
    );
    if (references === 0) return Outcome["double-free"];
    if (left !== 0) return Outcome.released;
    counters.subtract(device, columnOf(kind, typeOf(words[at + Field.place] as number)), toNumber(sizeLow, sizeHigh));
    const oldest = this.#graveyard.bury(entry, words, at);
    if (oldest !== NONE) this.#forget(oldest);
    if (kind === Kind.buffer) return Outcome.freed;
    return kind === Kind.circularBuffer ? Outcome["cb-freed"] : Outcome["kernel-unloaded"];
  }

  #find(kind: number, owner: number, device: number, idLow: number, idHigh: number): number {
    const space = spaceOf(kind, device);
    return this.#index.find(hashKey(space, owner, idLow, idHigh), space, owner, idHigh);
  }

  #forget(entry: number): void {
    this.#index.remove(entry);
    this.#store.give(entry);
  }

  #isForeign(kind: number, { device, idLow, idHigh }: BufferMessage, sender: number): boolean {
    let asked = 0;
    for (const owner of this.#owners.present) {
      if (owner === sender) continue;
      asked += 1;
      if (asked > FOREIGN_OWNERS_MAX) return false;
      const entry = this.#find(kind, owner, device, idLow, idHigh);
      if (entry !== NONE && this.#store.words(entry)[this.#store.at(entry) + Field.refCount] !== 0) return true;
    }
    return false;
  }

  #refuse(field: number): number {
    this.#refusal = field;
    this.#refusals[field] = (this.#refusals[field] as number) + 1;
    return Outcome.refused;
  }

  /** Counters for a process that has none. */
  #enrol(owner: number): OwnerCounters {
    // Booked on again after it was removed: what it had before must not come back with it.
    while (this.#owners.isRemoved(owner) && this.reap(this.#store.extent));
    return this.#owners.add(owner);
  }

  /** What became of the message applied last; before the next `apply` only. */
  lastEvent(): BufferEvent {
    const message = this.#message;
    if (message === null) throw new Error("no message was applied yet");
    const outcome = outcomeName(this.#outcome);
    const words = this.#entry === NONE ? null : this.#store.words(this.#entry);
    const at = this.#entry === NONE ? 0 : this.#store.at(this.#entry);
    const isFree = message.type === MessageType.free;
    const isTraced = message === this.#tracedMessage;
    const field = (which: number): number => words?.[at + which] ?? 0;
    return {
      outcome,
      device: message.device,
      address: fromHalves(message.idLow, isTraced ? addressHighOf(message.idHigh) : message.idHigh),
      sizeBytes: isFree
        ? fromHalves(field(Field.sizeLow), field(Field.sizeHigh))
        : fromHalves(message.sizeLow, message.sizeHigh),
      typeIndex: isFree ? (words === null ? 0 : typeOf(field(Field.place))) : message.memoryType,
      pid: outcome === "released" || outcome === "freed" ? this.#pidOf(field(Field.owner)) : message.pid,
      refCount: field(Field.refCount),
      previousSizeBytes:
        this.#previousSizeHigh === NONE ? null : fromHalves(this.#previousSizeLow, this.#previousSizeHigh),
      totalBytes: this.#totalBytes(message),
      history: this.#entry === NONE ? null : this.#historyBefore(this.#entry),
      refusal: outcome === "refused" ? refusalName(this.#refusal) : null,
    };
  }

  #totalBytes({ type, device }: BufferMessage): bigint {
    if (type < MessageType.cbAllocate || type > MessageType.kernelUnload) return 0n;
    const { cbBytes, kernelBytes } = this.counters(device);
    return type <= MessageType.cbFree ? cbBytes : kernelBytes;
  }

  /** The newest event is the one being told. */
  #historyBefore(entry: number): BufferHistory {
    const { allocs, frees, events } = this.#history(entry);
    const [newest, ...earlier] = events;
    const isFree = newest?.kind === "FREE";
    return { allocs: isFree ? allocs : allocs - 1, frees: isFree ? frees - 1 : frees, events: earlier };
  }

  #history(entry: number): BufferHistory {
    return this.#historyOf(entry, this.#store.words(entry), this.#store.at(entry));
  }

  /** As far as `words`, which may be those of a snapshot, say. */
  #historyOf(entry: number, words: Int32Array, at: number): BufferHistory {
    const pid = this.#pidOf(words[at + Field.owner] as number);
    return {
      allocs: words[at + Field.allocs] as number,
      frees: words[at + Field.frees] as number,
      events: [...this.#ring.walk(entry, words[at + Field.lastEvent] as number, pid)],
    };
  }

  counters(device: number): DeviceCounters {
    return this.#owners.countersOf(device);
  }

  /** Whether anything of a process is booked, or still to be given back. */
  isBooked(processId: number): boolean {
    return this.#owners.present.has(processId) || (this.#owners.isRemoved(processId) && this.#reapFrom !== NONE);
  }

  statistics(): StatisticsView {
    return this.#owners.statistics();
  }

  totals(): BooksTotals {
    return this.#tally.totals(this.#resized);
  }

  remaining(listedMax: number): RemainingView {
    const steps = this.dumpSteps({ since: 0, listedMax, isEach: false, hasHistories: true, sources: "all" });
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  }

  /**
   * What is live at the instant of the first step, in steps of about half a millisecond whatever is booked in between.
   * Each step gives the buffers that it met, at most 512 in no order, where each is asked for.
   */
  *dumpSteps(request: DumpRequest): Generator<readonly LiveBuffer[], RemainingView, void> {
    return yield* dumpSteps(this.#scan(), request, (entry, words, at) => this.#historyOf(entry, words, at));
  }

  kernels(atMs: number): KernelsView {
    const statistics = this.statistics();
    const totalBytes = new Map(statistics.devices.map(({ device, kernelBytes }) => [device, kernelBytes]));
    return { kernels: kernelsOf(this.#scan(), atMs), totalBytes };
  }

  /** All that is live now. The caller releases the snapshot. */
  #scan(): LiveScan {
    return {
      snapshot: this.#store.snapshot(),
      extent: this.#store.extent,
      isPresent: this.#counters.map((owner) => owner != null),
      pidOf: this.#pidOf,
      isTraced: this.#isTraced,
      originOf: this.#originOf,
    };
  }

  owners(): readonly number[] {
    return [...this.#owners.present].toSorted((a, b) => a - b);
  }

  /** The live buffers of one allocator of a traced process. */
  ofAllocator(processId: number, allocator: number): readonly BookedBuffer[] {
    return this.#liveOf(processId, allocator);
  }

  /** Moves what is booked for a process to other books, as if they had been told of it. */
  moveOwner(processId: number, to: Books): void {
    const message = new BufferMessage();
    for (const { refCount, ...fields } of this.#liveOf(processId)) {
      Object.assign(message, fields, { type: MessageType.allocate, pid: this.#pidOf(processId) });
      for (let reference = 0; reference < refCount; reference += 1) to.apply(message, processId, 0);
    }
    this.removeOwner(processId);
  }

  /** The live buffers of a process, or of one allocator of it. */
  #liveOf(owner: number, allocator: number | null = null): BookedBuffer[] {
    const found: BookedBuffer[] = [];
    for (let entry = 0; entry < this.#store.extent; entry += 1) {
      const words = this.#store.words(entry);
      const at = this.#store.at(entry);
      const place = words[at + Field.place] as number;
      const refCount = words[at + Field.refCount] as number;
      if (place < 0 || refCount === 0 || words[at + Field.owner] !== owner || kindOf(place) !== Kind.buffer) continue;
      const idHigh = words[at + Field.idHigh] as number;
      if (allocator !== null && allocatorOf(idHigh) !== allocator) continue;
      found.push({
        device: deviceOf(place),
        memoryType: typeOf(place),
        idLow: words[at + Field.idLow] as number,
        idHigh,
        sizeLow: words[at + Field.sizeLow] as number,
        sizeHigh: words[at + Field.sizeHigh] as number,
        refCount,
      });
    }
    return found;
  }

  /** Takes a process off the books at once; its entries go with `reap`. */
  removeOwner(processId: number): EndedProcess {
    const owner = this.#owners.remove(processId);
    const isTraced = this.#isTraced[processId] === true;
    this.#isTraced[processId] = false;
    const ended = endedProcess(this.#pidOf(processId), owner, isTraced);
    if (owner !== null) {
      this.#removed += ended.buffers + ended.cbs + ended.kernels;
      this.#reapFrom = 0;
    }
    return ended;
  }

  /** Whether there is anything for `reap`. */
  get isReapDue(): boolean {
    return this.#reapFrom !== NONE;
  }

  /** Frees up to `most` entries' places after `removeOwner`; gives whether more are to be looked at. */
  reap(most: number): boolean {
    if (this.#reapFrom === NONE) return false;
    const end = Math.min(this.#reapFrom + most, this.#store.extent);
    for (let entry = this.#reapFrom; entry < end; entry += 1) {
      const words = this.#store.words(entry);
      const at = this.#store.at(entry);
      if ((words[at + Field.place] as number) < 0) continue;
      if (this.#counters[words[at + Field.owner] as number] !== null) continue;
      if (words[at + Field.refCount] === 0) this.#graveyard.raise(words, at);
      this.#forget(entry);
    }
    this.#reapFrom = end === this.#store.extent ? NONE : end;
    return this.#reapFrom !== NONE;
  }
}

function isTooLarge(sizeLow: number, sizeHigh: number): boolean {
  return sizeHigh >>> 0 >= SIZE_HIGH_MAX && (sizeHigh !== SIZE_HIGH_MAX || sizeLow !== 0);
}
