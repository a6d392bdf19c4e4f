import type { Device } from "./device.ts";
import type {
  Keeper,
  KnownLeak,
  Limits,
  Outcome,
  PeakLimits,
  ProcessInfo,
  TensorDescription,
  TestRef,
} from "./event.ts";
import type { HostUse } from "./host-memory.ts";
import type { FixtureRef, Measurement, Moment } from "./measurement.ts";
import type { RegionDifference } from "./memory-region.ts";
import type { Clash, OutOfMemory } from "./memory-shortage.ts";
import type { MemoryType } from "./memory-type.ts";
import type { TestPeaks } from "./peak.ts";
import type { Phase } from "./phase.ts";
import type { NotedBirth, SourceLine, StackFrame } from "./stack.ts";
import type { ExposedToReplay, TracedLife, TraceSummary } from "./trace-record.ts";

/** Where in a run something was first or last seen. */
export interface Sighting {
  /** null between tests. */
  readonly ref: TestRef | null;
  readonly moment: Moment;
  readonly fixture: FixtureRef | null;
}

/** One block's life on one device. Addresses are reused; an allocation is not. */
export interface Allocation {
  readonly process: number;
  readonly device: Device;
  readonly memoryType: MemoryType;
  readonly address: bigint;
  readonly bytesPerBank: number;
  readonly banks: number;
  readonly birth: Sighting;
  /** The first look at which it was gone; null while it is live, or when its device ended first. */
  readonly death: Sighting | null;
  /** The test that ran when its device was closed with the block live; ref null: none did. null: the device goes on. */
  readonly endedWithDevice: { readonly ref: TestRef | null } | null;
  /** What held it when its test was over, where that was no leaving; null: anything else. */
  readonly keptBy: Keeper | null;
  /** Whether it ended, or the process did, before garbage was collected and holders were looked for. */
  readonly isWaiting: boolean;
  /** Wider fixtures that ended between the last look at which it was live and its death, or before only pytest kept it. */
  readonly fixturesEndedBeforeDeath: readonly FixtureRef[];
  /** Still live at a look after the wider fixture that allocated it had ended. */
  readonly outlivedFixture: boolean;
  readonly tensor: TensorDescription | null;
  /** What referred to its tensor on the host when its test was over; empty: nothing that was found. */
  readonly holders: readonly string[];
  /** The functions of ttnn in which it was allocated, outermost first; empty: not recorded (`--explain`). */
  readonly inside: readonly string[];
  /** Where it was allocated, as far as the plugin noted it; null: it did not. */
  readonly noted: NotedBirth | null;
  /** What was traced of it; null: nothing was, or its records were lost. */
  readonly traced: TracedLife | null;
}

/** A look at which the live blocks do not add up to what the allocator says: one of our sources is wrong. */
export interface Discrepancy {
  readonly process: number;
  readonly device: Device;
  readonly memoryType: MemoryType;
  readonly banks: number;
  readonly listedBytesPerBank: number;
  readonly allocatedBytesPerBank: number;
  readonly at: Sighting;
}

/** A look at which the traced buffers were not those the allocator listed: one of our sources is wrong. */
export interface TraceDiscrepancy {
  readonly process: number;
  readonly device: Device;
  readonly memoryType: MemoryType;
  readonly banks: number;
  readonly tracedBytesPerBank: number;
  readonly allocatedBytesPerBank: number;
  /** Blocks that the allocator lists and no record names; null: it was asked for its totals only. */
  readonly untold: number | null;
  /** Buffers that are live by the records and not listed. */
  readonly unlisted: number | null;
  readonly at: Sighting;
}

/** A process whose region does not count what was traced of it: one of our sources is wrong. */
export interface RegionDiscrepancy extends RegionDifference {
  readonly process: number;
  /** The test that ran when that was certain; null: none did. */
  readonly ref: TestRef | null;
}

/** One look at one device: what is kept of its measurement. */
export type Look = Pick<Measurement, "moment" | "usage" | "liveBlocks" | "cacheEntries">;

export interface DeviceLooks {
  readonly device: Device;
  /** In the order they were taken; the first is what the test found. */
  readonly looks: readonly Look[];
}

/** One attempt of one test, as it was watched. */
export interface TestRecord {
  readonly process: number;
  readonly ref: TestRef;
  /** Number of the pytest session in its process, from 1. */
  readonly session: number;
  readonly base: string;
  readonly index: number;
  /** 0 for the test itself; n for its nth repeat, of the last attempt that is none. */
  readonly repeat: number;
  /** null: its first run counts. */
  readonly warmUp: WarmUp | null;
  /** Why it was not repeated although that was asked for, as a sentence without a full stop; null: it was, or nobody asked. */
  readonly notRepeated: string | null;
  readonly limits: Limits;
  /** What it may have live at once. */
  readonly peakLimits: PeakLimits | null;
  readonly limitReason: string | null;
  /** null: its marker says nothing of a leak. */
  readonly known: KnownLeak | null;
  /** null: it began and never ended. */
  readonly outcome: Outcome | null;
  readonly durationMs: number | null;
  readonly notChecked: readonly string[];
  /** That of them which is its marker's fault, and where that is; null: none is. */
  readonly badMark: BadMark | null;
  readonly devices: readonly DeviceLooks[];
  readonly peaks: TestPeaks;
  /** null: it was not looked at, or the test never ended. */
  readonly host: HostUse | null;
  /** Pids of processes without pytest that allocated or freed while it ran. */
  readonly otherPids: readonly number[];
}

/** How a test was to warm up: what its first runs leave is not its finding. */
export interface WarmUp {
  /** Of the test, itself included, before the one that counts. */
  readonly runs: number;
  /** Why that was not done, as a sentence without a full stop; null: it was, or there was no need to. */
  readonly problem: string | null;
}

/** What of a test's marker cannot be read, and where the marker is. */
export interface BadMark {
  readonly reason: string;
  readonly place: SourceLine;
}

/** How a connection ended. `lost`: its process crashed, was killed, or gave up on us; `refused`: we ended it. */
export const PROCESS_ENDS = ["finished", "lost", "refused", "still-running"] as const;

export type ProcessEnd = (typeof PROCESS_ENDS)[number];

export interface ProcessRecord {
  readonly process: number;
  /** Of its first pytest session. */
  readonly info: ProcessInfo;
  /** Of each of its pytest sessions, which followed one another. */
  readonly sessions: readonly ProcessInfo[];
  /** Tests of all its sessions. */
  readonly collected: number;
  /** What pytest was asked to collect, as its command line has it; null: not known. */
  readonly paths: readonly string[] | null;
  readonly end: ProcessEnd;
  /** Why we refused to hear more of it; null: we did not. */
  readonly refusal: string | null;
  readonly exitStatus: number | null;
  readonly dropped: number;
  /** The test that ran when the process was lost, and what had been live when it was last measured. */
  readonly runningTest: TestRef | null;
  readonly trace: TraceSummary;
  /** Out-of-memory errors beyond those that are listed individually. */
  readonly moreMemoryErrors: number;
}

/** A buffer that a process without pytest allocated while a test ran or a wider fixture was set up, and that outlived the test. */
export interface OtherAllocation {
  /** Of the process that allocated it. */
  readonly pid: number;
  /** The pytest process whose test ran. */
  readonly process: number;
  readonly ref: TestRef;
  readonly phase: Phase | null;
  readonly fixture: FixtureRef | null;
  /** `MeshDevice.id()` in the process that allocated it. */
  readonly device: number;
  /** Logical id of the device's first chip; null: not known. */
  readonly chip: number | null;
  readonly memoryType: MemoryType;
  readonly address: bigint;
  /** Bytes per bank x banks; where that is not known, what was asked for. */
  readonly sizeBytes: number;
  readonly requestedBytes: number;
  readonly bytesPerBank: number;
  /** Innermost first. */
  readonly stack: readonly StackFrame[];
  readonly operation: string | null;
  /** `late`: freed while a later test ran; `freed`: at the end of one, or outside of any; else it went with its device or process. */
  readonly end: "late" | "freed" | "never-freed";
}

/** All that was seen of one run: what the ledger makes of the events. */
export interface RunRecord {
  readonly processes: readonly ProcessRecord[];
  readonly tests: readonly TestRecord[];
  readonly allocations: readonly Allocation[];
  readonly discrepancies: readonly Discrepancy[];
  readonly traceDiscrepancies: readonly TraceDiscrepancy[];
  readonly regionDiscrepancies: readonly RegionDiscrepancy[];
  readonly outOfMemory: readonly OutOfMemory[];
  readonly clashes: readonly Clash[];
  /** Those that were live at a replay first, then the largest. */
  readonly exposedToReplay: readonly ExposedToReplay[];
  readonly otherAllocations: readonly OtherAllocation[];
  readonly refused: readonly string[];
}
