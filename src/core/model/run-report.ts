import type { AllocationsReport } from "./allocations-report.ts";
import type { Outcome, ProcessInfo } from "./event.ts";
import type { Finding } from "./finding.ts";
import type { TypeUsage } from "./measurement.ts";
import type { MemoryType } from "./memory-type.ts";

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

export interface TestReport {
  readonly test: string;
  readonly attempt: number;
  readonly worker: string | null;
  /** null: the test began and never ended. */
  readonly outcome: Outcome | null;
  readonly durationMs: number | null;
  /** `no-device`: it used none, so there was nothing to check. */
  readonly state: "checked" | "not-checked" | "no-device";
  readonly devices: readonly DeviceOfTest[];
}

export interface ProcessReport extends ProcessInfo {
  /** How its connection ended. `lost`: crashed, killed, or it gave up on the engine. */
  readonly end: "finished" | "lost" | "still-running";
  /** Messages the plugin dropped because the engine did not read them in time. */
  readonly droppedMessages: number;
}

/** Blocks that were live, of one memory type on one device. */
export interface HeldMemory {
  readonly pid: number;
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly sizeBytes: number;
  readonly buffers: readonly { readonly address: bigint; readonly sizeBytes: number; readonly test: string | null }[];
}

/** A process that went away while a test ran: the test, and what was live when it began. */
export interface LostTest {
  readonly pid: number;
  readonly worker: string | null;
  /** null: it went away between tests. */
  readonly test: string | null;
  readonly live: readonly HeldMemory[];
}

export interface RunSummary {
  readonly command: readonly string[];
  readonly engine: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** Of the watched command; 128 + n where signal n ended it. */
  readonly commandExitCode: number;
  /** What `tt-memwatch run` itself exits with. */
  readonly exitCode: number;
  readonly processes: readonly ProcessReport[];
  readonly tests: { readonly checked: number; readonly notChecked: number; readonly noDevice: number };
  readonly lost: readonly LostTest[];
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
  /** null: no allocation server took part. */
  readonly allocations: AllocationsReport | null;
}
