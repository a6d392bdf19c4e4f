import type { Outcome } from "./event.ts";
import type { Finding } from "./finding.ts";
import type { GrowthRate } from "./growth-rate.ts";
import type { MemoryType } from "./memory-type.ts";
import type { RunSummary, TestReport } from "./run-report.ts";

/** Where a run took place, and of what. null: it is not known. */
export interface Surroundings {
  readonly host: string | null;
  /** Of git, in full. */
  readonly commit: string | null;
  readonly branch: string | null;
  /** Kind and number of the boards: "n300", "2 x n150", "mock n150". */
  readonly board: string | null;
  /** Address or name of the CI's job. */
  readonly job: string | null;
  /** What else the user said of it. */
  readonly labels: Readonly<Record<string, string>>;
}

export type MemoryAmounts = Readonly<Partial<Record<MemoryType, number>>>;

/** What the history keeps of a test: of its last attempt, over all its devices. */
export interface StoredTest {
  readonly test: string;
  readonly outcome: Outcome | null;
  readonly state: TestReport["state"];
  readonly durationMs: number | null;
  /** Bytes on each chip that were there after it and not before. */
  readonly left: MemoryAmounts;
  /** Bytes on each chip that it had live at once itself. */
  readonly peak: MemoryAmounts;
  /** Its process went away before wider fixtures ended; left out where it did not. */
  readonly endedMidway?: boolean | undefined;
}

/** What the history keeps of a finding. */
export type StoredFinding = Pick<
  Finding,
  | "verdict"
  | "test"
  | "attempt"
  | "device"
  | "memoryType"
  | "sizeBytes"
  | "origin"
  | "holders"
  | "fails"
  | "known"
  | "signature"
  | "earlierSignatures"
> & {
  /** How many buffers there are. */
  readonly buffers: number;
};

/** A run as the history keeps it, and as `history export` writes it. */
export interface StoredRun
  extends Surroundings,
    Pick<RunSummary, "command" | "cwd" | "engine" | "startedAt" | "durationMs" | "exitCode" | "commandExitCode"> {
  /** Twelve hexadecimal digits, the same whenever the same run is stored. */
  readonly id: string;
  readonly ttnn: string | null;
  readonly python: string | null;
  readonly tests: readonly StoredTest[];
  readonly findings: readonly StoredFinding[];
}

/** A run in a list. */
export interface ListedRun extends Omit<StoredRun, "tests" | "findings"> {
  readonly tests: RunSummary["tests"];
  /** Findings of memory that was left. */
  readonly left: number;
  /** Findings of any verdict that failed. */
  readonly failing: number;
  readonly leftBytes: number;
}

/**
 * How a finding stands at the last run that checked its test.
 *
 * - `new`: the first run that had it
 * - `known`: the run before had it as well
 * - `came-back`: the run before did not have it, an earlier one did
 * - `fixed`: it was there before, and is not any more
 */
export const FINDING_STATES = ["new", "came-back", "known", "fixed"] as const;

export type FindingState = (typeof FINDING_STATES)[number];

/** The first or last run that had a finding. */
export interface RunRef {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly commit: string | null;
}

/** When a signature was there, over all runs that were asked for; times in ms since 1970, of the start of runs. */
export interface Sightings {
  readonly signature: string;
  /** Runs that had it. */
  readonly runs: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The last run but one that had it; null: only one did. */
  readonly previousMs: number | null;
  /** The first run after `lastMs` that checked its tests, and so did not have it; null: none did. */
  readonly absentMs: number | null;
  /** Whether a run between `previousMs` and `lastMs` checked its tests. */
  readonly wasAbsent: boolean;
  /** When the tests that had it last were first run. */
  readonly testsFirstMs: number | null;
  /** When they were last run. */
  readonly testsLastMs: number | null;
}

/** A signature over time. */
export interface FindingHistory {
  readonly signature: string;
  /** What it was called when its test had another name; null: it never had. */
  readonly formerly: string | null;
  readonly state: FindingState;
  readonly first: RunRef;
  readonly last: RunRef;
  /** The run that showed that it is gone; null: it is not. */
  readonly fixedBy: RunRef | null;
  readonly runs: number;
  /** What the last run that had it says of it. */
  readonly test: string | null;
  readonly memoryType: MemoryType | null;
  readonly sizeBytes: number;
  readonly buffers: number;
  readonly origin: Finding["origin"];
  readonly holder: string | null;
  readonly fails: boolean;
}

/** A test in one run. */
export interface TestSighting extends Omit<StoredTest, "test"> {
  readonly run: RunRef;
}

/** What a test leaves more and more of, from run to run. */
export interface GrowthOverRuns {
  readonly memoryType: MemoryType;
  readonly perDay: GrowthRate;
  /** Between these two it began: the last run that left the least, and the next one that checked the test. */
  readonly lastWithout: RunRef;
  readonly firstWith: RunRef;
}

/** A signature as all runs before one had it. */
export interface SeenSignature extends Sightings {
  /** What the last run that had it found of it. */
  readonly lastFindings: readonly StoredFinding[];
}

/** What all findings of a signature left in one run, in bytes on each chip; 0: the run checked its tests, and they left nothing. */
export interface CoursePoint {
  /** When the run began, in ms since 1970. */
  readonly atMs: number;
  readonly sizeBytes: number;
}

/** What is known of the runs before one. */
export interface EarlierRuns {
  /** The last one first. */
  readonly runs: readonly RunRef[];
  readonly seen: readonly SeenSignature[];
  /** By `historyKey`, of the last runs, the oldest first. A run that did not check its tests has no point. */
  readonly courses: ReadonlyMap<string, readonly CoursePoint[]>;
  /** When each test was first run, in ms since 1970, by its `storedName`. */
  readonly testsFirstMs: ReadonlyMap<string, number>;
}

/** A signature that a run has, over that run and all before it. */
export interface SignatureHistory {
  readonly state: Exclude<FindingState, "fixed">;
  /** What it was called when its test had another name; null: it never had. */
  readonly formerly: string | null;
  /** The first run that had it, and the last before this one; null: none did. */
  readonly first: RunRef | null;
  readonly last: RunRef | null;
  /** Runs before this one that had it. */
  readonly runs: number;
  /** Of the last runs, this one at its end. */
  readonly course: readonly (CoursePoint & Pick<RunRef, "commit">)[];
}

/** What a run left beside what the runs before it did. */
export interface RunHistory {
  /** By the `historyKey` of each finding of the run. */
  readonly signatures: ReadonlyMap<string, SignatureHistory>;
  /** What was there before, and this run checked the tests of and does not have; the largest first. */
  readonly fixed: readonly FixedFinding[];
}

/** What is gone, as the last run that had it found it. */
export interface FixedFinding extends Pick<StoredFinding, "test" | "memoryType" | "origin"> {
  readonly signature: string;
  readonly sizeBytes: number;
  readonly last: RunRef;
}
