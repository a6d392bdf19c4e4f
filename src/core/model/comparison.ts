import type { Origin, Verdict } from "./finding.ts";
import type { MemoryType } from "./memory-type.ts";

/** How what was left compares: gravest first, the order in which comparisons list it. */
export const CHANGES = ["new", "grew", "same", "shrank", "gone", "not-checked"] as const;

/** `not-checked`: the later run did not check its test, or fewer of its parameters, so that nobody knows. */
export type Change = (typeof CHANGES)[number];

/** What a run left of one signature and one test: what a baseline has, and what two runs are compared by. */
export interface Leftover {
  readonly signature: string;
  /** The test without its parameters, of a wider fixture's the first that asked for it; null: it is not a test's. */
  readonly test: string | null;
  readonly memoryType: MemoryType | null;
  /** The gravest. */
  readonly verdict: Verdict;
  readonly findings: number;
  /** On each chip, over all tests: of each the chip and the attempt that left most. */
  readonly sizeBytes: number;
  readonly buffers: number;
  /** How many tests of that name were checked, one for each of its parameters; null: it is not a test's, or not known. */
  readonly checkedTests: number | null;
  readonly origin: Origin | null;
  readonly holder: string | null;
  readonly fails: boolean;
}

/** What two runs left of one signature and one test, which may have moved; null: nothing. */
export interface ComparedLeftover {
  readonly change: Change;
  /** Whether the later run is the worse for it: it fails, and is new or grew. */
  readonly fails: boolean;
  readonly before: Leftover | null;
  readonly after: Leftover | null;
}

/** One of two runs that are compared, by the name the user gave. */
export interface ComparedRun {
  readonly name: string;
  readonly command: readonly string[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** Two runs, and what they left. */
export interface Comparison {
  readonly before: ComparedRun;
  readonly after: ComparedRun;
  readonly leftovers: readonly ComparedLeftover[];
}
