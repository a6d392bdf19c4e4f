import { type BufferMessage, fromHalves, MessageType } from "../model/buffer-message.ts";
import {
  BUFFER_TYPE_NAMES,
  type BufferEvent,
  type BufferHistory,
  type BufferOutcome,
  type DeadProcess,
  type DeviceCounters,
  type KernelsView,
  type RemainingView,
  type StatisticsView,
} from "../model/server-view.ts";
import type { Books } from "./books.ts";
import { Field, hashKey, Kind, kindOf, packKind, toNumber, typeOf } from "./buffer-entry.ts";
import { EntryIndex } from "./entry-index.ts";
import { EntryStore } from "./entry-store.ts";
import { EventKind, EventRing } from "./event-ring.ts";
import { Graveyard } from "./graveyard.ts";
import { columnOf, DEVICES_MAX, deviceCounters, OwnerCounters } from "./owner-counters.ts";
import { kernelsOf, type LiveScan, remainingSteps } from "./server-views.ts";

/** Largest buffer that is believed: 1 TiB, eight times the memory of the largest host of a board. */
export const SIZE_BYTES_MAX = 2 ** 40;
const SIZE_HIGH_MAX = SIZE_BYTES_MAX / 2 ** 32;

/** What was booked since the start, message by message. */
export interface BooksTotals {
  readonly applied: number;
  readonly outcomes: Readonly<Partial<Record<BufferOutcome, number>>>;
  readonly refusals: Readonly<Record<"buffer-type" | "device" | "size", number>>;
  /** Allocates of a live buffer with another size or type: the newest counts. */
  readonly resized: number;
}

const OUTCOMES = [
  "allocated",
  "referenced",
  "released",
  "freed",
  "unknown-free",
  "double-free",
  "foreign-free",
  "cb-allocated",
  "cb-freed",
  "kernel-loaded",
  "kernel-unloaded",
  "refused",
  "ignored",
] as const satisfies readonly BufferOutcome[];
const Outcome = Object.fromEntries(OUTCOMES.map((name, index) => [name, index])) as Record<BufferOutcome, number>;

const BIRTH = [Outcome.allocated, Outcome["cb-allocated"], Outcome["kernel-loaded"]] as const;
const DEATH = [Outcome.freed, Outcome["cb-freed"], Outcome["kernel-unloaded"]] as const;

const REFUSALS = ["buffer-type", "device", "size"] as const;

const NONE = -1;

/**
 * The books as they should be: an address belongs to a process and device; the newest size counts; what is freed is
 * remembered for a while, so that a second free is known for what it is.
 *
 * Takes some 60 ns a message: no objects are made for it.
 */
export class ServerBooks implements Books {
  readonly #pidOf: (processId: number) => number;
  readonly #store = new EntryStore();
  readonly #index = new EntryIndex(this.#store);
  readonly #ring = new EventRing();
  readonly #graveyard = new Graveyard();
  /** By process; null once it was removed, undefined where it never booked anything. */
  readonly #owners: (OwnerCounters | null | undefined)[] = [];
  readonly #outcomes = new Float64Array(OUTCOMES.length);
  readonly #refusals = new Float64Array(REFUSALS.length);
  #births = 0;
  #live = 0;
  #resized = 0;
  #reapFrom = NONE;

  #message: BufferMessage | null = null;
  #entry = NONE;
  #owner = 0;
  #outcome = Outcome.ignored;
  #refusal = NONE;
  #previousSize = NONE;

  /** `pidOf` gives the pid of a `processId`, for people. */
  constructor(pidOf: (processId: number) => number) {
    this.#pidOf = pidOf;
  }

  /** Live buffers, circular buffers and kernels. */
  get live(): number {
    return this.#live;
  }

  /** Number of the newest allocation: what is born later has a larger one. */
  get births(): number {
    return this.#births;
  }

  apply(message: BufferMessage, processId: number, atMs: number): void {
    this.#message = message;
    this.#owner = processId;
    this.#entry = NONE;
    this.#previousSize = NONE;
    switch (message.type) {
      case MessageType.allocate:
        if (message.memoryType >= BUFFER_TYPE_NAMES.length) this.#refuse(0);
        else this.#allocate(Kind.buffer, message.memoryType, message, processId, atMs);
        break;
      case MessageType.free:
        this.#free(Kind.buffer, message, processId);
        break;
      case MessageType.cbAllocate:
        this.#allocate(Kind.circularBuffer, 0, message, processId, atMs);
        break;
      case MessageType.cbFree:
        this.#free(Kind.circularBuffer, message, processId);
        break;
      case MessageType.kernelLoad:
        this.#allocate(Kind.kernel, message.memoryType, message, processId, atMs);
        break;
      case MessageType.kernelUnload:
        this.#free(Kind.kernel, message, processId);
        break;
      default:
        this.#outcome = Outcome.ignored;
    }
    this.#outcomes[this.#outcome] = (this.#outcomes[this.#outcome] as number) + 1;
  }

  #allocate(kind: number, type: number, message: BufferMessage, owner: number, atMs: number): void {
    const { device, idLow, idHigh, sizeLow, sizeHigh } = message;
    const refusal = refusalOf(device, sizeLow, sizeHigh);
    if (refusal !== NONE) {
      this.#refuse(refusal);
      return;
    }
    const counters = this.#countersOf(owner);
    const hash = hashKey(kind, owner, device, idLow, idHigh);
    let entry = this.#index.find(hash, kind, owner, device, idLow, idHigh);
    if (entry === NONE) {
      entry = this.#store.take();
      const words = this.#store.writable(entry);
      const at = this.#store.at(entry);
      words[at + Field.idLow] = idLow;
      words[at + Field.idHigh] = idHigh;
      words[at + Field.device] = device;
      words[at + Field.owner] = owner;
      words[at + Field.refCount] = 0;
      words[at + Field.kindAndType] = packKind(kind, type);
      words[at + Field.lastEvent] = 0;
      words[at + Field.allocs] = 0;
      words[at + Field.frees] = 0;
      this.#index.insert(hash, entry);
    }
    this.#entry = entry;
    const words = this.#store.writable(entry);
    const at = this.#store.at(entry);
    const references = words[at + Field.refCount] as number;
    const sizeBytes = toNumber(sizeLow, sizeHigh);
    if (references === 0) this.#give(words, at, atMs);
    else this.#reuse(kind, type, words, at, sizeBytes, counters);
    counters.add(device, columnOf(kind, type), sizeBytes, 1);
    const now = references === 0 || kind !== Kind.buffer ? 1 : references + 1;
    words[at + Field.refCount] = now;
    words[at + Field.sizeLow] = sizeLow;
    words[at + Field.sizeHigh] = sizeHigh;
    words[at + Field.kindAndType] = packKind(kind, type);
    words[at + Field.allocs] = (words[at + Field.allocs] as number) + 1;
    const what = references === 0 ? EventKind.allocate : EventKind.reuse;
    const previous = words[at + Field.lastEvent] as number;
    words[at + Field.lastEvent] = this.#ring.record(entry, previous, what, now, sizeLow, sizeHigh, owner);
    this.#outcome = references !== 0 && kind === Kind.buffer ? Outcome.referenced : (BIRTH[kind] as number);
  }

  /** A new life begins in an entry. */
  #give(words: Int32Array, at: number, atMs: number): void {
    this.#births += 1;
    this.#live += 1;
    words[at + Field.bornMs] = atMs | 0;
    words[at + Field.birthLow] = this.#births | 0;
    words[at + Field.birthHigh] = (this.#births / 2 ** 32) | 0;
  }

  /** What is live is booked off, to be booked anew with the size and type that came now. */
  #reuse(kind: number, type: number, words: Int32Array, at: number, sizeBytes: number, counters: OwnerCounters): void {
    const booked = toNumber(words[at + Field.sizeLow] as number, words[at + Field.sizeHigh] as number);
    const bookedType = typeOf(words[at + Field.kindAndType] as number);
    counters.add(words[at + Field.device] as number, columnOf(kind, bookedType), -booked, -1);
    if (booked === sizeBytes && bookedType === type) return;
    this.#resized += 1;
    this.#previousSize = booked;
  }

  #free(kind: number, message: BufferMessage, owner: number): void {
    const { device, idLow, idHigh } = message;
    const hash = hashKey(kind, owner, device, idLow, idHigh);
    const entry = this.#index.find(hash, kind, owner, device, idLow, idHigh);
    this.#entry = entry;
    if (entry === NONE) {
      this.#outcome = this.#isForeign(kind, message, owner) ? Outcome["foreign-free"] : Outcome["unknown-free"];
      return;
    }
    const words = this.#store.writable(entry);
    const at = this.#store.at(entry);
    const references = words[at + Field.refCount] as number;
    const left = references > 0 ? references - 1 : 0;
    const sizeLow = words[at + Field.sizeLow] as number;
    const sizeHigh = words[at + Field.sizeHigh] as number;
    words[at + Field.refCount] = left;
    words[at + Field.frees] = (words[at + Field.frees] as number) + 1;
    const previous = words[at + Field.lastEvent] as number;
    words[at + Field.lastEvent] = this.#ring.record(entry, previous, EventKind.free, left, sizeLow, sizeHigh, owner);
    if (references === 0) {
      this.#outcome = Outcome["double-free"];
    } else if (left > 0) {
      this.#outcome = Outcome.released;
    } else {
      this.#outcome = DEATH[kind] as number;
      this.#live -= 1;
      const type = typeOf(words[at + Field.kindAndType] as number);
      this.#countersOf(owner).add(device, columnOf(kind, type), -toNumber(sizeLow, sizeHigh), -1);
      const evicted = this.#graveyard.bury(entry, words, at, this.#store);
      if (evicted !== NONE) this.#forget(evicted);
    }
  }

  #forget(entry: number): void {
    this.#index.remove(entry);
    this.#store.give(entry);
  }

  #isForeign(kind: number, { device, idLow, idHigh }: BufferMessage, sender: number): boolean {
    for (let owner = 0; owner < this.#owners.length; owner += 1) {
      if (owner === sender || this.#owners[owner] == null) continue;
      const hash = hashKey(kind, owner, device, idLow, idHigh);
      const entry = this.#index.find(hash, kind, owner, device, idLow, idHigh);
      if (entry !== NONE && this.#store.words(entry)[this.#store.at(entry) + Field.refCount] !== 0) return true;
    }
    return false;
  }

  #refuse(field: number): void {
    this.#refusal = field;
    this.#refusals[field] = (this.#refusals[field] as number) + 1;
    this.#outcome = Outcome.refused;
  }

  #countersOf(owner: number): OwnerCounters {
    const known = this.#owners[owner];
    if (known != null) return known;
    // Booked on again after it was removed: what it had before must not come back with it.
    while (known === null && this.reap(this.#store.extent));
    while (this.#owners.length < owner) this.#owners.push(undefined);
    const counters = new OwnerCounters();
    this.#owners[owner] = counters;
    return counters;
  }

  /** What became of the message applied last; before the next `apply` only. */
  lastEvent(): BufferEvent {
    const message = this.#message;
    if (message === null) throw new Error("no message was applied yet");
    const outcome = OUTCOMES[this.#outcome] ?? "ignored";
    const words = this.#entry === NONE ? null : this.#store.words(this.#entry);
    const at = this.#entry === NONE ? 0 : this.#store.at(this.#entry);
    const isFree = message.type === MessageType.free;
    const field = (which: number): number => words?.[at + which] ?? 0;
    return {
      outcome,
      device: message.device,
      address: fromHalves(message.idLow, message.idHigh),
      sizeBytes: isFree
        ? fromHalves(field(Field.sizeLow), field(Field.sizeHigh))
        : fromHalves(message.sizeLow, message.sizeHigh),
      typeIndex: isFree ? typeOf(field(Field.kindAndType)) : message.memoryType,
      pid: outcome === "released" || outcome === "freed" ? this.#pidOf(this.#owner) : message.pid,
      refCount: field(Field.refCount),
      previousSizeBytes: this.#previousSize === NONE ? null : BigInt(this.#previousSize),
      totalBytes: this.#totalBytes(message),
      history: this.#entry === NONE ? null : this.#historyBefore(this.#entry),
      refusal: outcome === "refused" ? (REFUSALS[this.#refusal] ?? null) : null,
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
    const words = this.#store.words(entry);
    const at = this.#store.at(entry);
    return {
      allocs: words[at + Field.allocs] as number,
      frees: words[at + Field.frees] as number,
      events: [...this.#ring.walk(entry, words[at + Field.lastEvent] as number, this.#pidOf)],
    };
  }

  counters(device: number): DeviceCounters {
    return deviceCounters(device, this.#present());
  }

  *#present(): Generator<OwnerCounters, void, void> {
    for (const owner of this.#owners) if (owner != null) yield owner;
  }

  statistics(): StatisticsView {
    const devices: DeviceCounters[] = [];
    const extent = Math.max(0, ...[...this.#present()].map((owner) => owner.devices));
    for (let device = 0; device < extent; device += 1) {
      const counters = this.counters(device);
      const { buffers, dramBytes, l1Bytes, l1SmallBytes, traceBytes, cbBytes, kernelBytes } = counters;
      if (buffers > 0 || dramBytes + l1Bytes + l1SmallBytes + traceBytes + cbBytes + kernelBytes > 0n) {
        devices.push(counters);
      }
    }
    return { devices, active: devices.reduce((sum, { buffers }) => sum + buffers, 0) };
  }

  totals(): BooksTotals {
    const counts = OUTCOMES.map((name, index) => [name, this.#outcomes[index] ?? 0] as const);
    const [bufferType = 0, device = 0, size = 0] = this.#refusals;
    return {
      applied: counts.reduce((sum, [, count]) => sum + count, 0),
      outcomes: Object.fromEntries(counts.filter(([, count]) => count > 0)),
      refusals: { "buffer-type": bufferType, device, size },
      resized: this.#resized,
    };
  }

  remaining(listedMax: number): RemainingView {
    const steps = this.remainingSteps(listedMax);
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  }

  /** As `remaining`, of the instant of the first step, in steps of a few milliseconds whatever is booked in between. */
  *remainingSteps(listedMax: number): Generator<void, RemainingView, void> {
    return yield* remainingSteps(this.scan(), this.#present(), listedMax, (entry) => this.#history(entry));
  }

  kernels(atMs: number): KernelsView {
    const statistics = this.statistics();
    const totalBytes = new Map(statistics.devices.map(({ device, kernelBytes }) => [device, kernelBytes]));
    return { kernels: kernelsOf(this.scan(), atMs), totalBytes };
  }

  /** All that is live now. The caller releases the snapshot. */
  scan(): LiveScan {
    return {
      snapshot: this.#store.snapshot(),
      extent: this.#store.extent,
      isPresent: this.#owners.map((owner) => owner != null),
      pidOf: this.#pidOf,
    };
  }

  owners(): readonly number[] {
    return this.#owners.flatMap((owner, processId) => (owner == null ? [] : [processId]));
  }

  /** Takes a process off the books at once; its entries go with `reap`. */
  removeOwner(processId: number): DeadProcess {
    const owner = this.#owners[processId];
    const dead = sumOf(this.#pidOf(processId), owner ?? new OwnerCounters());
    if (owner != null) {
      this.#owners[processId] = null;
      this.#live -= dead.buffers + dead.cbs + dead.kernels;
      this.#reapFrom = 0;
    }
    return dead;
  }

  /** Frees up to `most` entries' places after `removeOwner`; gives whether more are to be looked at. */
  reap(most: number): boolean {
    if (this.#reapFrom === NONE) return false;
    const end = Math.min(this.#reapFrom + most, this.#store.extent);
    for (let entry = this.#reapFrom; entry < end; entry += 1) {
      const words = this.#store.words(entry);
      const at = this.#store.at(entry);
      if (kindOf(words[at + Field.kindAndType] as number) < 0) continue;
      if (this.#owners[words[at + Field.owner] as number] === null) this.#forget(entry);
    }
    this.#reapFrom = end === this.#store.extent ? NONE : end;
    return this.#reapFrom !== NONE;
  }
}

/** Index into REFUSALS of the field that cannot be true, or -1. */
function refusalOf(device: number, sizeLow: number, sizeHigh: number): number {
  if (device < 0 || device >= DEVICES_MAX) return 1;
  const isTooLarge = sizeHigh < 0 || sizeHigh > SIZE_HIGH_MAX || (sizeHigh === SIZE_HIGH_MAX && sizeLow !== 0);
  return isTooLarge ? 2 : NONE;
}

function sumOf(pid: number, owner: OwnerCounters): DeadProcess {
  const sum = { pid, buffers: 0, bufferBytes: 0n, cbs: 0, cbBytes: 0n, kernels: 0, kernelBytes: 0n };
  for (let device = 0; device < owner.devices; device += 1) {
    for (let type = 0; type < BUFFER_TYPE_NAMES.length; type += 1) {
      sum.buffers += owner.count(device, columnOf(Kind.buffer, type));
      sum.bufferBytes += BigInt(owner.bytes(device, columnOf(Kind.buffer, type)));
    }
    sum.cbs += owner.count(device, columnOf(Kind.circularBuffer, 0));
    sum.cbBytes += BigInt(owner.bytes(device, columnOf(Kind.circularBuffer, 0)));
    sum.kernels += owner.count(device, columnOf(Kind.kernel, 0));
    sum.kernelBytes += BigInt(owner.bytes(device, columnOf(Kind.kernel, 0)));
  }
  return sum;
}
