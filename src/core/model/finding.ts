import type { TensorDescription } from "./event.ts";
import type { GrowthRate } from "./growth-rate.ts";
import type { FixtureRef } from "./measurement.ts";
import type { MemoryType } from "./memory-type.ts";
import type { Phase } from "./phase.ts";
import type { WarmUp } from "./run-record.ts";
import type { SourceLine, StackFrame } from "./stack.ts";
import type { BaselineState, Known } from "./why-known.ts";

/** What growth is judged to be, gravest first: the order every report lists findings in. */
export const VERDICTS = [
  "leak",
  "suspect",
  "over-limit",
  "untrusted",
  "fragmentation",
  "held-by-failure",
  "at-exit",
  "late-free",
  "retained",
  "program-cache",
  "untracked-free",
  "expected",
  "bad-mark",
  "fixed",
  "not-checked",
] as const;

export type Verdict = (typeof VERDICTS)[number];

export interface FindingBuffer {
  readonly address: bigint;
  /** Bytes per bank x banks, on each chip. */
  readonly sizeBytes: number;
  readonly tensor: TensorDescription | null;
  /** The functions of ttnn in which it was allocated, outermost first; empty: not recorded (`--explain`). */
  readonly inside: readonly string[];
  /** Where the buffer was allocated; null: it was not traced. */
  readonly allocated: BufferOrigin | null;
}

/** Where one buffer was allocated, by its traced event. */
export interface BufferOrigin {
  /** pytest's node id; null: outside of any test. */
  readonly test: string | null;
  readonly phase: Phase | null;
  /** Name of the wider fixture that was being set up. */
  readonly fixture: string | null;
  /** The subtest that ran, by its message and parameters, after those around it; null: none, or it is not known. */
  readonly subtest: string | null;
  /** Python frames, innermost first; empty where stacks were off. */
  readonly stack: readonly StackFrame[];
  /** What was asked for, over all banks: without what the allocator adds. null: not known. */
  readonly requestedBytes: number | null;
  /** The test in which it was freed, where it was freed after all. */
  readonly freedBy: string | null;
}

/** What of a finding one subtest allocated. */
export interface SubtestShare {
  readonly subtest: string;
  readonly buffers: number;
  /** On each chip. */
  readonly sizeBytes: number;
}

/** Where the memory was allocated; of a `bad-mark`, where the mark is. */
export interface Origin {
  /** null: only the line is known. */
  readonly operation: string | null;
  readonly file: string;
  readonly line: number;
  readonly function: string;
  /** The line of the test itself, where helpers are in between. */
  readonly testLine: SourceLine | null;
}

/** One verdict on what one test left on one device in one memory type: the unit of every report. */
export interface Finding {
  readonly verdict: Verdict;
  /** pytest's node id; null for memory that appeared between tests. */
  readonly test: string | null;
  readonly attempt: number;
  readonly phase: Phase | null;
  /** The wider fixture that allocated or held the memory. */
  readonly fixture: FixtureRef | null;
  /** Logical id of the (first) chip; null where no device is concerned. */
  readonly device: number | null;
  /** All chips, for a mesh: each of them holds `sizeBytes`. */
  readonly chips: readonly number[];
  readonly memoryType: MemoryType | null;
  /** Bytes per bank x banks, on each chip: the allocator's own difference. */
  readonly sizeBytes: number;
  readonly bytesPerBank: number;
  readonly banks: number;
  readonly buffers: readonly FindingBuffer[];
  /** What each subtest allocated of it, largest first; empty: no subtest did, or nothing was traced. */
  readonly subtests: readonly SubtestShare[];
  readonly origin: Origin | null;
  readonly holders: readonly string[];
  /** Net growth on each chip in the test and in each of its repeats, in bytes; empty: it was not repeated. */
  readonly repeats: readonly number[];
  /** By how much that grows with each repeat, the first run left out; null: it was not repeated. */
  readonly growsBy: GrowthRate | null;
  /** How many runs of its test were only to warm up, and why they did not; null: none were, or it is not a test's. */
  readonly warmUp: WarmUp | null;
  /** One or two sentences with numbers: why, and what to do. */
  readonly evidence: string;
  /** Whether this finding makes the run fail. */
  readonly fails: boolean;
  /** Why it does not fail although its verdict does; null: nobody knows of it. */
  readonly known: Known | null;
  /** How it stands to the baseline that the run is held against; null: to none, or it is not a finding that one has. */
  readonly baseline: BaselineState | null;
  /** Where the mark of its test stands that says so, also for a leak that is gone; null: there is none, or its line is not known. */
  readonly markedAt: SourceLine | null;
  /** Stable across runs and builds (docs/formats.md, "Signature"). Two findings of one run may share it. */
  readonly signature: string;
  /** What earlier versions of ours called it, newest first: a name that was kept from one of them still finds it. */
  readonly earlierSignatures: readonly string[];
}
