import type { AllocationsReport } from "./allocations-report.ts";
import type { BaselineReport } from "./baseline.ts";
import type { Outcome, ProcessInfo } from "./event.ts";
import type { Finding, Origin } from "./finding.ts";
import type { HostUse } from "./host-memory.ts";
import type { TypeUsage } from "./measurement.ts";
import type { ClashReport, OutOfMemoryReport } from "./memory-shortage-report.ts";
import type { MemoryType } from "./memory-type.ts";
import type { CircularUse } from "./peak.ts";
import type { Phase } from "./phase.ts";
import type { Reruns } from "./reruns.ts";
import type { ProcessEnd } from "./run-record.ts";
import type { SuppressionsReport } from "./suppression.ts";
import type { DeviceNumber, TraceSummary } from "./trace-record.ts";

/** One device as one test found and left it. */
export interface DeviceOfTest {
  readonly device: number;
  readonly chips: readonly number[];
  readonly before: readonly TypeUsage[];
  readonly after: readonly TypeUsage[];
  readonly liveBlocksBefore: number;
  readonly liveBlocksAfter: number;
  readonly cacheEntriesBefore: number;
  readonly cacheEntriesAfter: number;
}

/** What of a peak one line had allocated. */
interface PeakShareReport {
  readonly origin: Origin | null;
  readonly buffers: number;
  readonly sizeBytes: number;
  readonly bytesPerBank: number;
}

/** The most that one test had live at once in one memory of one device. */
export interface PeakReport extends DeviceNumber {
  readonly memoryType: MemoryType;
  /** `traced`: of every instant; `looks`: of the instants at which the allocator was asked. */
  readonly source: "traced" | "looks";
  /** Whether all sizes are as the allocator counts them. */
  readonly isExact: boolean;
  /** Of the test itself. */
  readonly ownBytes: number;
  /** Of everything that was live, whoever allocated it. */
  readonly totalBytes: number;
  readonly totalBytesPerBank: number;
  /** What follows is of traced peaks only: at the instant at which the test itself had most. */
  readonly phase: Phase | null;
  /** The line that reached it. */
  readonly origin: Origin | null;
  readonly ownBytesPerBank: number | null;
  /** Allocated by others. */
  readonly othersBytes: number | null;
  /** What operations gave back before they ended. */
  readonly intermediatesBytes: number | null;
  readonly largest: readonly PeakShareReport[];
  readonly circular: CircularUse | null;
}

export interface TestReport {
  readonly test: string;
  readonly attempt: number;
  /** Process id of the pytest process that ran it. */
  readonly pid: number;
  /** Number of the pytest session in that process, from 1. */
  readonly session: number;
  readonly worker: string | null;
  /** null: the test began and never ended. */
  readonly outcome: Outcome | null;
  readonly durationMs: number | null;
  /** `no-device`: it used none, so there was nothing to check. */
  readonly state: "checked" | "not-checked" | "no-device";
  readonly devices: readonly DeviceOfTest[];
  readonly peaks: readonly PeakReport[];
  /** Host memory that was the process's own; null: it was not looked at, or the test never ended. */
  readonly host: HostUse | null;
  /** Processes without pytest that allocated or freed while it ran. */
  readonly otherPids: readonly number[];
}

/** Host memory that was a process's own when its first test began and when its last one ended. */
export interface HostReport extends HostUse {
  readonly growsWithTests: boolean;
}

export interface ProcessReport extends ProcessInfo {
  /** pytest sessions that followed one another in it; what is said of it is of the first. */
  readonly sessions: number;
  /** pytest's own, of the first session that failed, 0 where none did; null: it did not say. */
  readonly exitStatus: number | null;
  readonly end: ProcessEnd;
  /** Messages the plugin dropped because the engine did not read them in time. */
  readonly droppedMessages: number;
  /** null: it was not looked at. */
  readonly host: HostReport | null;
}

/** Blocks that were live, of one memory type on one device. */
export interface HeldMemory {
  readonly pid: number;
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly sizeBytes: number;
  readonly buffers: readonly { readonly address: bigint; readonly sizeBytes: number; readonly test: string | null }[];
}

/** A process that went away, or was not heard any more, while a test ran: the test, and what was live when it began. */
export interface LostTest {
  readonly pid: number;
  readonly worker: string | null;
  /** null: it went away between tests. */
  readonly test: string | null;
  /** Why its connection was refused: it may have gone on; null: it went away. */
  readonly refusal: string | null;
  readonly live: readonly HeldMemory[];
}

/** How well one process could be traced. */
export interface ProcessTracing extends TraceSummary {
  readonly pid: number;
}

/** A process that was traced and ran no pytest, such as a script that a test started. */
export interface TracedProcess {
  readonly pid: number;
  readonly records: number;
  readonly lost: number;
  /** Buffers that it allocated. */
  readonly allocated: number;
  /** Buffers that were live at the end. */
  readonly live: number;
  /** Whether what it allocated was charged to the tests that ran; false: it is not known whose it is. */
  readonly isChecked: boolean;
}

/** What one line allocated, in one phase of one test, while operations that were captured could be replayed. */
export interface ExposedReport extends DeviceNumber {
  readonly pid: number;
  /** null: outside of any test. */
  readonly test: string | null;
  readonly phase: Phase | null;
  /** The wider fixture that was set up; null: none was. */
  readonly fixture: string | null;
  readonly memoryType: MemoryType;
  readonly buffers: number;
  readonly sizeBytes: number;
  /** Whether the size is as the allocator counts; else some are as they were asked for. */
  readonly isExact: boolean;
  /** How many of them were live at a replay. */
  readonly replayed: number;
  readonly origin: Origin | null;
}

export interface RunSummary {
  readonly command: readonly string[];
  /** The words before it, to have another command watched likewise: "bin/tt-memwatch mock -- bin/tt-memwatch run --". */
  readonly invocation: readonly string[];
  /** Where it was run; absolute. */
  readonly cwd: string;
  readonly engine: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Of the watched command; 128 + n where signal n ended it. null: what is reported is a recording without its end. */
  readonly commandExitCode: number | null;
  /** What `tt-memwatch run` itself exits with. */
  readonly exitCode: number;
  readonly processes: readonly ProcessReport[];
  readonly tests: { readonly checked: number; readonly notChecked: number; readonly noDevice: number };
  /** Tests that were repeated to confirm what they left. */
  readonly repeatedTests: number;
  readonly lost: readonly LostTest[];
  /** Of the processes whose allocations were to be traced. */
  readonly tracing: readonly ProcessTracing[];
  readonly otherTraced: readonly TracedProcess[];
  /** Why each refused connection was refused. */
  readonly refused: readonly string[];
  /** Anything else that lowers confidence: one sentence each. */
  readonly warnings: readonly string[];
}

/** Everything a report can show. Every output is a function of this. */
export interface RunReport {
  readonly run: RunSummary;
  readonly tests: readonly TestReport[];
  readonly findings: readonly Finding[];
  /** Memory no test had given back when its device was last measured, per device and memory type. */
  readonly remaining: readonly HeldMemory[];
  readonly outOfMemory: readonly OutOfMemoryReport[];
  readonly clashes: readonly ClashReport[];
  /** Buffers that a replay may overwrite; those that were live at one first, then the largest. */
  readonly exposedToReplay: readonly ExposedReport[];
  /** null: no allocation server took part. */
  readonly allocations: AllocationsReport | null;
  /** Where the command was run several times: the rest is about the last run. null: it was run once. */
  readonly reruns: Reruns | null;
  /** null: none were named. */
  readonly suppressions: SuppressionsReport | null;
  /** null: the run is held against none. */
  readonly baseline: BaselineReport | null;
}
