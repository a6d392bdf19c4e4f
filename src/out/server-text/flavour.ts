import type {
  BufferEvent,
  DoubleFreed,
  EndedProcess,
  KernelsView,
  RemainingView,
  StatisticsView,
} from "../../core/model/server-view.ts";

/** Text for the standard output and for the error output, of whole lines; "" for nothing. */
export interface ServerText {
  readonly out: string;
  readonly err: string;
}

/**
 * All that an allocation server says, in one of the ways it can say it. A function that gives a plain string gives whole
 * lines for the standard output, "" where it has nothing to say; those of `unknownType` are for the error output.
 */
export interface Flavour {
  /** Message types it has words for; any other is an unknown type. */
  readonly messageTypes: ReadonlySet<number>;
  /** Whether `event` is to be printed without being asked for. */
  readonly printsEvents: boolean;
  /** Whether `remaining` gives the history of each buffer that is listed. */
  readonly tellsHistories: boolean;
  start(socketPath: string): string;
  event(event: BufferEvent): ServerText;
  statistics(statistics: StatisticsView): string;
  /** Of processes that were found ended, ascending by pid; "" when there are none. */
  cleanup(ended: readonly EndedProcess[]): string;
  /** What is live, with what was cleaned up when it was asked for. */
  remaining(remaining: RemainingView, ended: readonly EndedProcess[]): string;
  kernels(kernels: KernelsView): string;
  stop(statistics: StatisticsView, doubleFreed: readonly DoubleFreed[]): string;
  unknownType(type: number): string;
}

/** Lines as text, each ended. */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
