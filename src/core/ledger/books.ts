import type { BufferMessage } from "../model/buffer-message.ts";
import type {
  BufferEvent,
  DeviceCounters,
  EndedProcess,
  KernelsView,
  RemainingView,
  StatisticsView,
} from "../model/server-view.ts";

/** What an allocation server keeps account of. `processId` names a sender among all that were ever seen. */
export interface Books {
  /** Books an allocate, free, or one of circular buffers and kernels. `atMs` is any clock in whole milliseconds that only goes up. */
  apply(message: BufferMessage, processId: number, atMs: number): void;
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
