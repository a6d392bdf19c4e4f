import { type BufferMessage, MessageType as Type } from "../../model/buffer-message.ts";
import { BUFFER_TYPE_NAMES } from "../../model/buffer-type.ts";
import type { EndedProcess } from "../../model/server-view.ts";
import { EntryChange, type TracedBirth } from "../books.ts";
import * as bufferEntry from "./buffer-entry.ts";
import { EntryIndex } from "./entry-index.ts";
import { EntryReaper } from "./entry-reaper.ts";
import { EntryStore } from "./entry-store.ts";
import { isTooLarge, writeBirth, writeBornMs, writeNew, writeTraced } from "./entry-words.ts";
import * as eventRing from "./event-ring.ts";
import { ForeignEntries } from "./foreign-entries.ts";
import type { LastBooked } from "./last-booked.ts";
import * as messageTally from "./message-tally.ts";
import * as ownerCounters from "./owner-counters.ts";
import { endedProcess, Owners } from "./owners.ts";
import { RememberedFrees } from "./remembered-frees.ts";

// Constants of its own, for speed: docs/architecture.md, "The allocation server".
const { DEVICES_MAX, deviceOf, Field, hashKey, Kind, kindOf, packPlace, spaceOf, toNumber, typeOf } = bufferEntry;
const { EventKind, EventRing, packEvent } = eventRing;
const { columnOf } = ownerCounters;
const { changeOf, MessageTally, MessageOutcome, Refusal } = messageTally;
type OwnerCounters = ownerCounters.OwnerCounters;
const MessageType = Type;
const BUFFER_TYPES = BUFFER_TYPE_NAMES.length;

const NONE = -1;

/**
 * Books messages into entries, and takes a process's entries off the books.
 *
 * Takes some 40 ns a message with a thousand live buffers and, because each is two cache misses, 200 to 300 ns with a
 * million: no objects are made for it.
 */
export class EntryBook {
  readonly #entriesMax: number;
  readonly store = new EntryStore();
  readonly #index = new EntryIndex(this.store);
  readonly ring = new EventRing();
  readonly #freed = new RememberedFrees();
  readonly owners = new Owners();
  readonly #counters = this.owners.counters;
  readonly tally = new MessageTally();
  readonly #outcomes = this.tally.outcomes;
  readonly #refusals = this.tally.refusals;
  readonly reaper = new EntryReaper(this.store, this.#index, this.#freed, this.#counters);
  readonly #foreign = new ForeignEntries(this.store, this.#index, this.owners);
  #births = 0;
  /** Lives that ended with their process. */
  #removed = 0;

  /** By process: whether what is booked for it is traced. */
  readonly isTraced: boolean[] = [];
  #message: BufferMessage | null = null;
  #tracedMessage: BufferMessage | null = null;
  #entry = NONE;
  #outcome: number = MessageOutcome.ignored;
  #refusal: number = Refusal.bufferType;
  /** Halves of the size that was booked before; the high one is -1 where it is not known. */
  #previousSizeLow = 0;
  #previousSizeHigh = NONE;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** Live buffers, circular buffers and kernels. */
  get live(): number {
    return this.#births - this.tally.freed - this.#removed;
  }

  /** Number of the newest allocation: what is born later has a larger one. */
  get births(): number {
    return this.#births;
  }

  /** Before the next message only; null before the first. */
  last(): LastBooked | null {
    const message = this.#message;
    if (message === null) return null;
    return {
      message,
      isTraced: message === this.#tracedMessage,
      entry: this.#entry === NONE ? null : this.#entry,
      outcome: this.#outcome,
      refusal: this.#refusal,
      previousSize: this.#previousSizeHigh === NONE ? null : [this.#previousSizeLow, this.#previousSizeHigh],
    };
  }

  apply(message: BufferMessage, owner: number, atMs: number): void {
    // The same one every time, and a store of an object is more than a comparison.
    if (this.#message !== message) this.#message = message;
    this.#entry = NONE;
    this.#previousSizeHigh = NONE;
    const outcome = this.#book(message, owner, atMs);
    this.#outcome = outcome;
    this.#outcomes[outcome] = (this.#outcomes[outcome] as number) + 1;
  }

  /** From the first one on, all that is booked for a process has to be traced: see `ServerBooks.moveOwner`. */
  applyTraced(message: BufferMessage, owner: number, atMs: number, birth: TracedBirth): EntryChange {
    if (this.isTraced[owner] !== true) this.isTraced[owner] = true;
    this.#tracedMessage = message;
    this.apply(message, owner, atMs);
    const change = changeOf(this.#outcome);
    // The free of what was here before was overwritten: this is another buffer, and no second reference.
    if (change === EntryChange.born || this.#outcome === MessageOutcome.referenced) {
      writeTraced(this.store.writable(this.#entry), this.store.at(this.#entry), birth);
    }
    return change;
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
        return MessageOutcome.ignored;
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
    if (known === NONE && this.store.inUse >= this.#entriesMax) return this.#refuse(Refusal.full);
    const entry = known === NONE ? this.#begin(hash, space, owner, idLow, idHigh) : known;
    const words = this.store.writable(entry);
    const at = this.store.at(entry);
    const references = words[at + Field.refCount] as number;
    if (references === 0) {
      if (known !== NONE) this.#freed.forget(words, at);
      this.#births += 1;
      writeBirth(words, at, this.#births);
      if (kind === Kind.kernel) writeBornMs(words, at, atMs);
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
    this.#note(words, at, what, sizeLow, sizeHigh);
    if (kind === Kind.buffer) return references === 0 ? MessageOutcome.allocated : MessageOutcome.referenced;
    return kind === Kind.circularBuffer ? MessageOutcome["cb-allocated"] : MessageOutcome["kernel-loaded"];
  }

  /** An entry for what was not known, to which nothing has happened. */
  #begin(hash: number, space: number, owner: number, idLow: number, idHigh: number): number {
    const entry = this.store.take();
    writeNew(this.store.writable(entry), this.store.at(entry), space, owner, idLow, idHigh);
    this.#index.add(hash, entry);
    return entry;
  }

  #note(words: Int32Array, at: number, what: number, sizeLow: number, sizeHigh: number): void {
    const before = words[at + Field.lastEvent] as number;
    words[at + Field.lastEvent] = this.ring.record(this.#entry, before, what, sizeLow, sizeHigh);
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
    this.tally.resized += 1;
    this.#previousSizeLow = bookedLow;
    this.#previousSizeHigh = bookedHigh;
  }

  #free(kind: number, message: BufferMessage, owner: number): number {
    const { device, idLow, idHigh } = message;
    if (device >>> 0 >= DEVICES_MAX) return MessageOutcome["unknown-free"];
    const counters = this.#counters[owner];
    const space = spaceOf(kind, device);
    const entry =
      counters == null ? NONE : this.#index.find(hashKey(space, owner, idLow, idHigh), space, owner, idHigh);
    if (counters == null || entry === NONE) {
      const isForeign = this.isTraced[owner] !== true && this.#foreign.has(space, owner, idLow, idHigh);
      return isForeign ? MessageOutcome["foreign-free"] : MessageOutcome["unknown-free"];
    }
    const words = this.store.writable(entry);
    const at = this.store.at(entry);
    const references = words[at + Field.refCount] as number;
    const left = references === 0 ? 0 : references - 1;
    const sizeLow = words[at + Field.sizeLow] as number;
    const sizeHigh = words[at + Field.sizeHigh] as number;
    words[at + Field.refCount] = left;
    words[at + Field.frees] = (words[at + Field.frees] as number) + 1;
    this.#entry = entry;
    const what = packEvent(EventKind.free, left);
    this.#note(words, at, what, sizeLow, sizeHigh);
    if (references === 0) return MessageOutcome["double-free"];
    if (left !== 0) return MessageOutcome.released;
    counters.subtract(device, columnOf(kind, typeOf(words[at + Field.place] as number)), toNumber(sizeLow, sizeHigh));
    const oldest = this.#freed.remember(entry, words, at);
    if (oldest !== NONE) this.reaper.forget(oldest);
    if (kind === Kind.buffer) return MessageOutcome.freed;
    return kind === Kind.circularBuffer ? MessageOutcome["cb-freed"] : MessageOutcome["kernel-unloaded"];
  }

  #refuse(field: number): number {
    this.#refusal = field;
    this.#refusals[field] = (this.#refusals[field] as number) + 1;
    return MessageOutcome.refused;
  }

  /** Counters for a process that has none. */
  #enrol(owner: number): OwnerCounters {
    // Booked on again after it was removed: what it had before must not come back with it.
    while (this.owners.isRemoved(owner) && this.reaper.reap(this.store.extent));
    return this.owners.add(owner);
  }

  /** Takes a process off the books at once; its entries go with `reaper`. */
  remove(owner: number, pid: number): EndedProcess {
    const counters = this.owners.remove(owner);
    const ended = endedProcess(pid, counters, this.isTraced[owner] === true);
    this.isTraced[owner] = false;
    if (counters === null) return ended;
    this.#removed += ended.buffers + ended.cbs + ended.kernels;
    this.reaper.begin();
    return ended;
  }
}
