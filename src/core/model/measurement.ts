import type { Device } from "./device.ts";
import type { MemoryType } from "./memory-type.ts";

/**
 * When a measurement was taken, in the order of a test's life.
 *
 * - `open`: the fixture that opened the device has just returned
 * - `fixture`: a fixture of wider scope has just returned; its growth is the fixture's
 * - `before`: the test begins; its growth counts from here (for a device the test's own fixture opens, that is `open`)
 * - `after-setup`, `after-call`: taken only where fixtures of the test itself could allocate
 * - `after`: the test and its own fixtures are over
 * - `after-collect`: and Python's garbage was collected
 * - `after-release`: and the traceback of the failed test was dropped
 * - `after-clear`: and the program cache was cleared
 * - `close`: fixtures of wider scope are over, the device is about to be closed
 */
export const MOMENTS = [
  "open",
  "fixture",
  "before",
  "after-setup",
  "after-call",
  "after",
  "after-collect",
  "after-release",
  "after-clear",
  "close",
] as const;

export type Moment = (typeof MOMENTS)[number];

/** The allocator's own figures for one memory type. All sizes in bytes per bank; bytes held = allocated x banks. */
export interface TypeUsage {
  readonly memoryType: MemoryType;
  readonly banks: number;
  readonly totalBytesPerBank: number;
  readonly allocatedBytesPerBank: number;
  /** null: blocks came or went since the allocator was asked. */
  readonly largestFreeBytesPerBank: number | null;
}

/** One block of the allocator: the same address range in every bank. */
export interface Block {
  readonly memoryType: MemoryType;
  readonly address: bigint;
  readonly bytesPerBank: number;
}

export interface FixtureRef {
  readonly name: string;
  readonly scope: "session" | "package" | "module" | "class" | "function";
  /** pytest's base id: the node below which the fixture is visible. */
  readonly baseId: string;
}

/** What one device's allocator said at one instant, and which blocks came and went since it was last asked. */
export interface Measurement {
  readonly device: Device;
  readonly moment: Moment;
  /** The fixture that has just returned; null at every other moment. */
  readonly fixture: FixtureRef | null;
  readonly usage: readonly TypeUsage[];
  readonly liveBlocks: number;
  readonly cacheEntries: number;
  readonly added: readonly Block[];
  readonly removed: readonly Block[];
  /** Where in the stream of traced events it was taken; null: the process is not traced. */
  readonly trace: TraceMark | null;
}

/** An instant that traced events and a measurement share. */
export interface TraceMark {
  /** Number of the mark among the traced events. */
  readonly mark: number;
  /** Whether nothing was allocated or freed while the allocator was asked, so that the two can be compared. */
  readonly isStill: boolean;
  /** Memory types whose blocks were listed. */
  readonly listed: readonly MemoryType[];
}
