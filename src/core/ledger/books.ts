import type { BufferMessage } from "../model/buffer-message.ts";
import type {
  BufferEvent,
  DeviceCounters,
  EndedProcess,
  KernelsView,
  RemainingView,
  StatisticsView,
} from "../model/server-view.ts";

/** What a tracer knows of an allocation beside its message. One instance is filled anew for every record. */
export class TracedBirth {
  /** Bytes that were asked for: `sizeLow` and `sizeHigh` of the message are the allocator's. In halves. */
  requestedLow = 0;
  requestedHigh = 0;
  /** Number of the stack and operation that allocated it, and of the context it was in: see `RingSender`. */
  site = 0;
  context = 0;
}

/** What became of a traced message. */
export const EntryChange = { none: 0, born: 1, died: -1 } as const;
export type EntryChange = (typeof EntryChange)[keyof typeof EntryChange];

/** Where an allocation server books what processes say. `processId` names a sender among all that were ever seen. */
export interface MessageBook {
  /** Books an allocate, free, or one of circular buffers and kernels. `atMs` is any clock in whole milliseconds that only goes up. */
  apply(message: BufferMessage, processId: number, atMs: number): void;
  /** As `apply`, of a process whose ring is followed; ids are those of traced-id.ts. `birth` goes with an allocation. */
  applyTraced(message: BufferMessage, processId: number, atMs: number, birth: TracedBirth): EntryChange;
}

/** What an allocation server keeps account of. */
export interface Books {
  readonly messages: MessageBook;
  /** What became of the message applied last. */
  lastEvent(): BufferEvent;
  /** All zero for a device that holds nothing. */
  counters(device: number): DeviceCounters;
  statistics(): StatisticsView;
  /** `listedMax`: largest group whose buffers are listed. */
  remaining(listedMax: number): RemainingView;
  kernels(atMs: number): KernelsView;
  /** Senders with anything booked, ascending. */
  owners(): readonly number[];
  /** Takes what a process that ended has off the books. */
  removeOwner(processId: number): EndedProcess;
}
