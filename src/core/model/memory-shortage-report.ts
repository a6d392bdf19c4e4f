import type { Outcome } from "./event.ts";
import type { Origin } from "./finding.ts";
import type { BufferClash, RegionTooLarge } from "./memory-error.ts";
import type { MemoryState } from "./memory-shortage.ts";
import type { MemoryType } from "./memory-type.ts";
import type { DeviceNumber, TracedSize } from "./trace-record.ts";

/** Live buffers of one owner: of one line, in one test or wider fixture. */
export interface OwnerShare {
  /** The test that allocated them; null: outside of any test. */
  readonly test: string | null;
  /** The wider fixture that did, in that test. */
  readonly fixture: string | null;
  /** null: the line is not known. */
  readonly origin: Origin | null;
  /** How many tests of the process began between then and now; 0: the test itself. null: not known, or no test. */
  readonly testsAgo: number | null;
  /** How long before that the oldest was allocated; null: not known. */
  readonly ageMs: number | null;
  readonly buffers: number;
  readonly bytesPerBank: number;
}

/** How much of one memory was free. */
export interface FreeRoom {
  readonly totalBytesPerBank: number;
  readonly freeBytesPerBank: number;
  /** null: not known. */
  readonly largestFreeBytesPerBank: number | null;
  /** null: not known. */
  readonly freePieces: number | null;
}

/**
 * Why an allocation failed.
 *
 * - `too-little`: less was free than was asked for
 * - `fragmented`: enough was free, not in one piece
 * - `larger-than-memory`: no freeing would have helped
 * - `other`: a free piece was large enough
 */
export type Shortage = "too-little" | "fragmented" | "larger-than-memory" | "other";

/** Which run of a test it was in which memory ran out. */
export interface RunOfTest {
  /** From 1, as in `TestReport` for a test itself; null: outside of any test. */
  readonly attempt: number | null;
  /** 0: the test itself; n: its nth repeat, which is not a test of the report. */
  readonly repeat: number;
  /** Of that run; null: it never ended, or it was outside of any test. */
  readonly outcome: Outcome | null;
}

/** An allocation that failed, and whose memory was live then. */
export interface OutOfMemoryReport extends DeviceNumber, TracedSize, RunOfTest {
  readonly pid: number;
  readonly source: "events" | "message";
  /** The test that ran out; null: it happened outside of any test. */
  readonly test: string | null;
  /** CLOCK_MONOTONIC; null: not known. */
  readonly atNs: number | null;
  readonly memoryType: MemoryType;
  /** The line that asked; null: not known. */
  readonly origin: Origin | null;
  /** What was asked for in each bank. */
  readonly bytesPerBank: number;
  /** null: nobody measured the device. */
  readonly room: FreeRoom | null;
  /** null: not known. */
  readonly shortage: Shortage | null;
  readonly liveBytesPerBank: number;
  /** By the tests that had allocated it, largest first; test null: outside of any test. */
  readonly live: readonly {
    readonly test: string | null;
    readonly fixture: string | null;
    readonly buffers: number;
    readonly bytesPerBank: number;
  }[];
  /** The same by owner, largest first. */
  readonly owners: readonly OwnerShare[];
  /** The least without which there would have been room, largest first; null: not known, or nothing would have helped. */
  readonly fitsWithout: readonly OwnerShare[] | null;
  /** Looks know the line only of what an earlier test left. */
  readonly knownFrom: MemoryState["knownFrom"];
  /** Whether all that was live is known, as it was at that instant. */
  readonly isWhole: boolean;
}

/** A program whose static buffers found no room in L1, and whose memory was there. */
export interface ClashReport extends DeviceNumber, RunOfTest {
  readonly pid: number;
  readonly test: string | null;
  /** CLOCK_MONOTONIC; null: not known. */
  readonly atNs: number | null;
  readonly error: BufferClash | RegionTooLarge;
  /** The line that ran the operation; null: not known. */
  readonly origin: Origin | null;
  /** What the static buffers need on each core; null: not known where L1 begins. */
  readonly regionBytes: number | null;
  readonly room: FreeRoom | null;
  readonly liveBytesPerBank: number;
  readonly owners: readonly OwnerShare[];
  /** Whose buffers lay in the way, largest first; null: not known, or nothing would have helped. */
  readonly fitsWithout: readonly OwnerShare[] | null;
  /** Looks know the line only of what an earlier test left. */
  readonly knownFrom: MemoryState["knownFrom"];
  readonly isWhole: boolean;
}
