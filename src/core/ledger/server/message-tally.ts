import type { BufferOutcome } from "../../model/server-view.ts";
import { EntryChange } from "../books.ts";

/** Numbers of outcomes. Written out, because V8 folds the numbers of a literal into the code. */
export const MessageOutcome = {
  allocated: 0,
  referenced: 1,
  released: 2,
  freed: 3,
  "unknown-free": 4,
  "double-free": 5,
  "foreign-free": 6,
  "cb-allocated": 7,
  "cb-freed": 8,
  "kernel-loaded": 9,
  "kernel-unloaded": 10,
  refused: 11,
  ignored: 12,
} as const satisfies Record<BufferOutcome, number>;
const OUTCOMES = Object.keys(MessageOutcome) as readonly BufferOutcome[];

const REFUSALS = ["buffer-type", "device", "size", "full"] as const;
/** Numbers of the reasons why a message is refused. */
export const Refusal = { bufferType: 0, device: 1, size: 2, full: 3 } as const;

/** What was booked since the start, message by message. */
export interface BooksTotals {
  readonly applied: number;
  readonly outcomes: Readonly<Partial<Record<BufferOutcome, number>>>;
  readonly refusals: Readonly<Record<(typeof REFUSALS)[number], number>>;
  /** Allocates of a live buffer with another size or type: the newest counts. */
  readonly resized: number;
}

/** Counts what became of messages; its arrays are written by every message. */
export class MessageTally {
  /** By number of the outcome. */
  readonly outcomes = new Float64Array(OUTCOMES.length);
  /** By number of the reason. */
  readonly refusals = new Float64Array(REFUSALS.length);
  /** Allocates of a live buffer with another size or type. */
  resized = 0;

  /** Buffers, circular buffers and kernels that were freed. */
  get freed(): number {
    const ended = (outcome: number): number => this.outcomes[outcome] ?? 0;
    return ended(MessageOutcome.freed) + ended(MessageOutcome["cb-freed"]) + ended(MessageOutcome["kernel-unloaded"]);
  }

  totals(): BooksTotals {
    const counts = OUTCOMES.map((name, index) => [name, this.outcomes[index] ?? 0] as const);
    const [bufferType = 0, device = 0, size = 0, full = 0] = this.refusals;
    return {
      applied: counts.reduce((sum, [, count]) => sum + count, 0),
      outcomes: Object.fromEntries(counts.filter(([, count]) => count > 0)),
      refusals: { "buffer-type": bufferType, device, size, full },
      resized: this.resized,
    };
  }
}

/** Whether a message with this outcome began or ended the life of a buffer or circular buffer. */
export function changeOf(outcome: number): EntryChange {
  if (outcome === MessageOutcome.freed || outcome === MessageOutcome["cb-freed"]) return EntryChange.died;
  return outcome === MessageOutcome.allocated || outcome === MessageOutcome["cb-allocated"]
    ? EntryChange.born
    : EntryChange.none;
}

export function outcomeName(outcome: number): BufferOutcome {
  return OUTCOMES[outcome] ?? "ignored";
}

export function refusalName(refusal: number): (typeof REFUSALS)[number] | null {
  return REFUSALS[refusal] ?? null;
}
