import type { Outcome } from "./event.ts";
import type { Verdict } from "./finding.ts";
import type { FixedFinding, SignatureHistory } from "./history.ts";
import type { HostUse } from "./host-memory.ts";
import type { FreeRoom, OutOfMemoryReport, OwnerShare } from "./memory-shortage-report.ts";
import type { MemoryType } from "./memory-type.ts";
import type { PageTimeline } from "./page-timeline.ts";
import type { StackFrame } from "./stack.ts";

/** Version of what is in a page (docs/page.md, "Its data"). */
export const PAGE_SCHEMA = "urn:tt-memwatch:page:3";

/** The element of a page that has its data: JSON, compressed by gzip, in base64. */
export const PAGE_DATA_ID = "tt-memwatch-data";

/**
 * Everything the page in the browser shows of one run. All text in it is safe to show: control and direction characters are
 * written out. Sizes are bytes on each chip.
 */
export interface PageData {
  readonly schema: typeof PAGE_SCHEMA;
  readonly run: PageRun;
  /** Those that fail first, then by verdict; what has most memory first. */
  readonly causes: readonly PageCause[];
  readonly findings: readonly PageFinding[];
  /** Findings beyond those that are here. */
  readonly moreFindings: number;
  /** What earlier runs left and this one does not any more; null: no history was asked for, or it has no earlier run. */
  readonly fixed: readonly PageFixed[] | null;
  /** In the order in which they ran. */
  readonly tests: readonly PageTest[];
  readonly moreTests: number;
  readonly shortages: readonly PageShortage[];
  readonly moreShortages: number;
  /** null: nothing is known of when what was live. */
  readonly timeline: PageTimeline | null;
  /** Lines of the suite's own files around those that are named, where the files are at hand. */
  readonly snippets: readonly PageSnippet[];
}

/** What changes from moment to moment while something goes on. A page shows it while the whole of its data is on the way. */
export interface PageNow {
  /** null: no tests are run. `total`: null, not collected yet. */
  readonly tests: { readonly done: number; readonly total: number | null } | null;
  /** Tests that run, a few of them. */
  readonly running: readonly string[];
  readonly moreRunning: number;
  /** What has most in use comes first. */
  readonly memories: readonly PageNowMemory[];
}

interface PageNowMemory {
  readonly device: number;
  /** null: of all processes together. */
  readonly pid: number | null;
  readonly memoryType: string;
  readonly usedBytes: number;
  /** null: nobody asked the allocator. */
  readonly capacityBytes: number | null;
}

export interface PageRun {
  /** `running`: it has not ended, so it is not judged yet. */
  readonly kind: "fails" | "nothing-checked" | "incomplete" | "clean" | "running";
  readonly headline: string;
  readonly next: string;
  /** To paste; null: there is none. */
  readonly command: string | null;
  /** The watched command. */
  readonly watched: string;
  /** null: it is shown by who watched it, or in a file. */
  readonly recording: PageRecording | null;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly engine: string;
  /** pytest's root directory, to which files are relative. */
  readonly rootDir: string;
  readonly exitCode: number | null;
  readonly tests: { readonly checked: number; readonly notChecked: number; readonly noDevice: number };
  readonly facts: readonly PageFact[];
  /** What lowers confidence. */
  readonly caveats: readonly PageFact[];
  readonly processes: readonly (readonly string[])[];
  /** Buffers that were live at the end, and what an allocation server heard: lines that are set in columns. */
  readonly remaining: readonly string[];
  readonly allocations: readonly string[];
}

/** A recording of which a run is shown. */
export interface PageRecording {
  /** As it was named. */
  readonly file: string;
  /** Whether all of it was read: until then there is no verdict, and only what was live at its end is listed. */
  readonly isRead: boolean;
}

export interface PageFact {
  readonly name: string;
  readonly text: string;
}

/** What made and holds the memory of one or more findings. */
export interface PageCause {
  /** The same in every report of the same line and holder. */
  readonly id: string;
  readonly verdict: Verdict;
  readonly fails: boolean;
  /** Of all its findings; 0 where they have no sum. */
  readonly sizeBytes: number;
  readonly memoryType: MemoryType | null;
  /** What it is called: where it was allocated, or what its findings are about. */
  readonly title: string;
  readonly place: PagePlace | null;
  readonly holder: string | null;
  /** Indices into `PageData.findings`. */
  readonly findings: readonly number[];
  /** How many there are, with those that are left out. */
  readonly count: number;
}

export interface PagePlace extends StackFrame {
  readonly operation: string | null;
  readonly testLine: { readonly file: string; readonly line: number } | null;
}

export interface PageFinding {
  readonly verdict: Verdict;
  readonly fails: boolean;
  /** Its test, or what stands in its place. */
  readonly subject: string;
  /** pytest's node id; null: no test's. */
  readonly nodeId: string | null;
  readonly attempt: number;
  /** Index into `PageData.tests`; null: no test's, or of one that is left out. */
  readonly test: number | null;
  readonly device: number | null;
  readonly devices: string;
  readonly memoryType: MemoryType | null;
  readonly sizeBytes: number;
  readonly growth: string;
  readonly evidence: string;
  /** What else is known of it, in the order in which it is shown. */
  readonly facts: readonly PageFact[];
  readonly place: PagePlace | null;
  readonly holders: readonly string[];
  readonly signature: string;
  readonly earlierSignatures: readonly string[];
  /** What earlier runs had of its signature; null: there is no history, or it is not about such findings. */
  readonly history: SignatureHistory | null;
  /** Net growth in the test and in each of its repeats; empty: it was not repeated. */
  readonly repeats: readonly number[];
  readonly buffers: readonly PageBuffer[];
  readonly moreBuffers: number;
  /** Of its first buffer that has one, innermost first. */
  readonly stack: readonly StackFrame[];
}

/** What is gone, as the last run that had it found it. */
export interface PageFixed extends Omit<FixedFinding, "origin"> {
  readonly place: PagePlace | null;
}

export interface PageBuffer {
  /** As it is written: 0x1a2b. */
  readonly address: string;
  readonly sizeBytes: number;
  readonly tensor: string | null;
}

export interface PageTest {
  readonly test: string;
  readonly attempt: number;
  readonly pid: number;
  readonly worker: string | null;
  readonly outcome: Outcome | null;
  readonly durationMs: number | null;
  readonly state: "checked" | "not-checked" | "no-device";
  readonly held: readonly PageHeld[];
  readonly peaks: readonly PagePeak[];
  readonly host: HostUse | null;
  /** Indices into `PageData.findings`. */
  readonly findings: readonly number[];
}

/** What a test found and left in one memory. */
export interface PageHeld {
  readonly device: number;
  readonly devices: string;
  readonly memoryType: MemoryType;
  readonly banks: number;
  readonly totalBytesPerBank: number;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

export interface PagePeak {
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly ownBytes: number;
  readonly totalBytes: number;
  readonly reachedAt: string;
}

/** An allocation or a program that found no room. Sizes are those in each bank. */
export interface PageShortage {
  readonly kind: "out-of-memory" | "clash";
  readonly head: string;
  readonly lines: readonly string[];
  readonly test: string | null;
  /** 0: the test itself; n: its nth repeat. */
  readonly repeat: number;
  readonly isExpected: boolean;
  readonly pid: number;
  /** ns from the beginning of the timeline; null: not known. */
  readonly atNs: number | null;
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly askedBytesPerBank: number | null;
  readonly room: FreeRoom | null;
  readonly shortage: OutOfMemoryReport["shortage"];
  readonly owners: readonly PageOwner[];
  readonly moreOwners: number;
}

export interface PageOwner extends Pick<OwnerShare, "test" | "fixture" | "testsAgo" | "buffers" | "bytesPerBank"> {
  readonly place: PagePlace | null;
  /** Whether it is one of the fewest without which there would have been room. */
  readonly isInTheWay: boolean;
}

/** Some lines of a file. */
export interface PageSnippet {
  readonly file: string;
  readonly firstLine: number;
  readonly lines: readonly string[];
}
