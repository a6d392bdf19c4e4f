import { BufferMessage, MessageType } from "../../model/buffer-message.ts";
import { bufferTypeName } from "../../model/buffer-type.ts";
import type {
  BufferEvent,
  DeviceCounters,
  EndedProcess,
  HistoryKind,
  KernelsView,
  RemainingGroup,
  RemainingView,
  StatisticsView,
} from "../../model/server-view.ts";

import { type Books, EntryChange, type MessageBook } from "../books.ts";
import { addressHighOf } from "../traced-id.ts";
import { BUFFER_COUNTERS, CompatCounters, isCountedDevice, wrap } from "./counters.ts";
import { CompatHistory } from "./history.ts";
import { OwnedCompatMap } from "./libstdcpp-map.ts";
import { COMPAT_LIMITS, type CompatLimits } from "./limits.ts";
import { copyMessage, full, noEvent, type SentMessage } from "./message.ts";
import { CompatPrograms } from "./programs.ts";
import type { CompatRules } from "./rules.ts";

/** 100 GiB, which is still accepted. */
const SIZE_MAX_BYTES = 107_374_182_400n;

interface CompatBuffer extends SentMessage {
  readonly refCount: number;
}

/**
 * The books as the earlier allocation server kept them, for programs that count on exactly its numbers: one entry a
 * device and address whoever the process, the first size, type and owner win, and counters are unsigned 64-bit numbers
 * that wrap around. A process is its pid here, so that `processId` is the pid of the message. Buffers, kernels and
 * double-freed keys of one device are listed in its order too, not by address.
 */
export class CompatBooks implements Books, MessageBook {
  readonly messages = this;
  readonly #rules: CompatRules;
  readonly #limits: CompatLimits;
  readonly #buffers = new OwnedCompatMap<CompatBuffer>();
  readonly #counters = new CompatCounters();
  readonly #history: CompatHistory;
  readonly #programs = new CompatPrograms(this.#counters, () => this.entries >= this.#limits.entries);
  #refusedAsFull = 0;
  #last: BufferEvent = noEvent(copyMessage(new BufferMessage()));

  /** `limits` are for tests. */
  constructor(rules: CompatRules, limits: CompatLimits = COMPAT_LIMITS) {
    this.#rules = rules;
    this.#limits = limits;
    this.#history = new CompatHistory(limits.events);
  }

  /** Live buffers, circular buffers and kernels. */
  get entries(): number {
    return this.#buffers.size + this.#programs.size;
  }

  /** Events that are remembered. */
  get events(): number {
    return this.#history.events;
  }

  /** What there was no room for: messages that were not booked, and events that are not remembered. */
  get leftOut(): { readonly full: number; readonly history: number } {
    return { full: this.#refusedAsFull, history: this.#history.leftOut };
  }

  apply(message: BufferMessage, _processId: number, atMs: number): void {
    this.#last = this.#book(message.type, copyMessage(message), atMs);
    if (this.#last.refusal === "full") this.#refusedAsFull += 1;
  }

  /** As a patched tt-metal would have sent it: an address, whatever the memory. */
  applyTraced(message: BufferMessage, processId: number, atMs: number): EntryChange {
    const { idHigh } = message;
    message.idHigh = addressHighOf(idHigh);
    this.apply(message, processId, atMs);
    message.idHigh = idHigh;
    return EntryChange.none;
  }

  lastEvent(): BufferEvent {
    return this.#last;
  }

  #book(type: number, sent: SentMessage, atMs: number): BufferEvent {
    if (type === MessageType.allocate) return this.#allocate(sent);
    if (type === MessageType.free) return this.#free(sent);
    if (!this.#rules.hasPrograms) return noEvent(sent);
    switch (type) {
      case MessageType.cbAllocate:
        return this.#programs.allocateCb(sent, atMs);
      case MessageType.cbFree:
        return this.#programs.freeCb(sent);
      case MessageType.kernelLoad:
        return this.#programs.loadKernel(sent, atMs);
      case MessageType.kernelUnload:
        return this.#programs.unloadKernel(sent);
      default:
        return noEvent(sent);
    }
  }

  #allocate(sent: SentMessage): BufferEvent {
    const refusal = this.#rules.refusals.find((field) => isRefused(sent, field));
    if (refusal !== undefined) return { ...noEvent(sent), outcome: "refused", refusal };
    const live = this.#buffers.get(sent);
    if (live !== undefined) return this.#reference(live, sent);
    if (this.entries >= this.#limits.entries) return full(sent);
    this.#buffers.set({ ...sent, refCount: 1 });
    this.#count(sent, 1);
    return { ...noEvent(sent), outcome: "allocated", refCount: 1, history: this.#remember("ALLOC", sent, 1) };
  }

  #reference(live: CompatBuffer, sent: SentMessage): BufferEvent {
    const refCount = live.refCount + 1;
    const sizeBytes = this.#rules.replacesSize ? sent.sizeBytes : live.sizeBytes;
    this.#buffers.set({ ...live, sizeBytes, refCount });
    return {
      ...noEvent(sent),
      outcome: "referenced",
      refCount,
      previousSizeBytes: live.sizeBytes === sent.sizeBytes ? null : live.sizeBytes,
      history: this.#remember("REUSE", sent, refCount),
    };
  }

  #free(sent: SentMessage): BufferEvent {
    const live = this.#buffers.get(sent);
    if (live === undefined) return this.#freeUnknown(sent);
    const refCount = live.refCount - 1;
    // History says who freed, while the event says whose it was.
    const history = this.#remember("FREE", { ...live, pid: sent.pid }, refCount);
    if (refCount > 0) {
      this.#buffers.set({ ...live, refCount });
      return { ...noEvent(live), outcome: "released", refCount, history };
    }
    this.#buffers.delete(live);
    this.#count(live, -1);
    return { ...noEvent(live), outcome: "freed", history };
  }

  #freeUnknown(sent: SentMessage): BufferEvent {
    const nothing = { ...sent, sizeBytes: 0n, typeIndex: 0 };
    const history = this.#remember("FREE", nothing, 0);
    return { ...noEvent(nothing), outcome: history === null ? "unknown-free" : "double-free", history };
  }

  /** Adds to the history where one is kept, and gives what was there before. */
  #remember(kind: HistoryKind, sent: SentMessage, refCount: number): BufferEvent["history"] {
    if (!this.#rules.keepsHistory) return null;
    const before = this.#history.of(sent);
    this.#history.record(sent, { kind, sizeBytes: sent.sizeBytes, pid: sent.pid, refCount });
    return before;
  }

  #count({ device, typeIndex, sizeBytes }: SentMessage, sign: 1 | -1): void {
    const counter = BUFFER_COUNTERS[typeIndex];
    if (counter !== undefined) this.#counters.add(device, counter, sizeBytes * BigInt(sign), sign);
  }

  counters(device: number): DeviceCounters {
    return this.#counters.of(device);
  }

  statistics(): StatisticsView {
    return { devices: this.#counters.held(), active: this.#buffers.size };
  }

  remaining(listedMax: number): RemainingView {
    const sorted = this.#buffers.values().toSorted(byDeviceAndType);
    const groups = Map.groupBy(sorted, ({ device, typeIndex }) => `${device} ${typeIndex}`);
    return {
      total: this.#buffers.size,
      groups: [...groups.values()].flatMap((group) => this.#group(group, listedMax)),
      doubleFreed: this.#history.doubleFreed(),
    };
  }

  #group(group: readonly CompatBuffer[], listedMax: number): RemainingGroup[] {
    const [first] = group;
    if (first === undefined) return [];
    const { device, typeIndex } = first;
    const listed = (group.length > listedMax ? [] : group).map((buffer) => {
      const { address, sizeBytes, pid, refCount } = buffer;
      return { address, sizeBytes, pid, refCount, history: this.#history.of(buffer), origin: null };
    });
    const sizeBytes = Number(sumBytes(group));
    return [{ device, memoryType: bufferTypeName(typeIndex), buffers: group.length, sizeBytes, listed }];
  }

  kernels(atMs: number): KernelsView {
    return this.#programs.view(atMs);
  }

  owners(): readonly number[] {
    const pids = this.#buffers.values().map(({ pid }) => pid);
    return [...new Set([...pids, ...this.#programs.owners()])].toSorted((a, b) => a - b);
  }

  /** Takes off whole entries, whatever their references. History does not record it. */
  removeOwner(pid: number): EndedProcess {
    const removed = this.#buffers.take(pid);
    for (const buffer of removed) this.#count(buffer, -1);
    const programs = this.#programs.removeOwner(pid);
    return { pid, buffers: removed.length, bufferBytes: sumBytes(removed), groups: [], isTraced: false, ...programs };
  }
}

function isRefused({ device, sizeBytes, typeIndex }: SentMessage, field: CompatRules["refusals"][number]): boolean {
  if (field === "device") return !isCountedDevice(device);
  if (field === "size") return sizeBytes === 0n || sizeBytes > SIZE_MAX_BYTES;
  return typeIndex >= BUFFER_COUNTERS.length;
}

function sumBytes(buffers: readonly CompatBuffer[]): bigint {
  return wrap(buffers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n));
}

function byDeviceAndType(a: CompatBuffer, b: CompatBuffer): number {
  return a.device - b.device || a.typeIndex - b.typeIndex;
}
