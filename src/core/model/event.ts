import type { FixtureRef, Measurement, Moment } from "./measurement.ts";
import type { MemoryError } from "./memory-error.ts";
import type { RegionDifference } from "./memory-region.ts";
import type { MemoryType } from "./memory-type.ts";
import type { Phase } from "./phase.ts";
import type { NotedBirth, SourceLine, StackFrame } from "./stack.ts";

/** How the plugin treats the program cache after a test (`--memwatch-clear`). */
export type ClearMode = "always" | "growth" | "never";

/** Where the line that allocated is learned from (`--memwatch-origin`). */
export type OriginMode = "auto" | "tracer" | "wrap" | "off";

/** One attempt of one pytest item. Reruns of a failed test are further attempts, and so is the test in a later session. */
export interface TestRef {
  /** pytest's node id. */
  readonly test: string;
  /** From 1. */
  readonly attempt: number;
}

/** Bytes a test may leave, per chip: in all, or of one memory type. An absent entry means that no limit was given. */
export interface Limits {
  readonly total: number | null;
  readonly perType: Readonly<Partial<Record<MemoryType, number>>>;
}

/** Bytes a test itself may have live at once, per chip, as `Limits`; and of L1 on each core, circular buffers included. */
export interface PeakLimits extends Limits {
  readonly l1PerCore: number | null;
}

/** A leak that a test's marker says is known. */
export interface KnownLeak {
  readonly reason: string;
  /** Where it is written, such as the address of an issue. */
  readonly ref: string | null;
  /** Whether it fails the run that the leak is gone. */
  readonly strict: boolean;
  /** Where the mark stands; null: not known. */
  readonly place: SourceLine | null;
}

export const OUTCOMES = ["passed", "failed", "skipped", "xfailed", "xpassed", "error"] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Who is on the other end of a connection: one Python process that runs pytest. */
export interface ProcessInfo {
  readonly pid: number;
  /** pytest-xdist's worker name; null without xdist. */
  readonly worker: string | null;
  /** `controller` starts workers and runs no test itself; `fork` is a child that was forked for a test. */
  readonly role: "single" | "worker" | "controller" | "fork";
  /** The process that a `fork` was forked from; null for every other. */
  readonly parent: number | null;
  readonly plugin: string;
  readonly python: string;
  readonly pytest: string;
  readonly ttnn: string | null;
  readonly clear: ClearMode;
  readonly origin: OriginMode;
  readonly rootDir: string;
  /** Where pytest writes its own JUnit file. */
  readonly junitFile: string | null;
}

/** A logical description of a tensor that owns a buffer, read from the host object. */
export interface TensorDescription {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Elements x element size, without padding or layout. */
  readonly logicalBytes: number | null;
}

/**
 * What holds a buffer that was live at the end of a test and was not left by it.
 *
 * - `failure`: the exception of the failed test, which Python keeps until the next one
 * - `pytest`: pytest's own books of the test, until its protocol is over
 * - `test`: the running test, which closed the device itself
 */
export const KEEPERS = ["failure", "pytest", "test"] as const;

export type Keeper = (typeof KEEPERS)[number];

/** What happened in one watched process. `process` numbers them from 0. */
export type RunEvent =
  /** Again for a process that is known: the next pytest session of it. */
  | { readonly kind: "process-begin"; readonly process: number; readonly info: ProcessInfo }
  | {
      readonly kind: "collected";
      readonly process: number;
      readonly tests: number;
      /** What pytest was asked to collect, as its command line has it; null: not known, or more than is reported. */
      readonly paths: readonly string[] | null;
    }
  | {
      readonly kind: "test-begin";
      readonly process: number;
      readonly ref: TestRef;
      /** The node id without its parameters: tests that share it run the same code. */
      readonly base: string;
      /** Position in the collected order. */
      readonly index: number;
      /** 0 for the test itself; n for its nth repeat, which confirms what the attempt before the first repeat left. */
      readonly repeat: number;
      /** So many runs of the test, itself and its first repeats, only warm up: the one after them counts. */
      readonly warmUp: number;
      readonly limits: Limits;
      /** null: it may have any amount live. */
      readonly peaks: PeakLimits | null;
      /** Reason given by the marker's `limit` or `skip`. */
      readonly reason: string | null;
      /** Host memory that is the process's own; null: not looked at. */
      readonly hostBytes: number | null;
      readonly known: KnownLeak | null;
    }
  | { readonly kind: "measurement"; readonly process: number; readonly measurement: Measurement }
  /** A look at which the device was as at its last measurement. */
  | { readonly kind: "unchanged"; readonly process: number; readonly deviceKey: number; readonly moment: Moment }
  /** From here on traced events belong to this context; `number` is never used again. */
  | {
      readonly kind: "context";
      readonly process: number;
      readonly number: number;
      /** Shared by the contexts of one test, and by those until the next one; null: not known. */
      readonly group: number | null;
      readonly phase: Phase | null;
      /** The wider fixture that is being set up. */
      readonly fixture: FixtureRef | null;
      /** The subtest that runs, after those around it; null: none does, or a wider fixture is being set up. */
      readonly subtest: string | null;
      /** CLOCK_MONOTONIC; null: not known. */
      readonly atNs: number | null;
    }
  /** Whether the process's allocations are traced, and into which ring. */
  | {
      readonly kind: "tracing";
      readonly process: number;
      readonly state: "live" | "unavailable";
      /** Why they are not; empty where they are. */
      readonly reason: string;
      /** Path of the ring's file. */
      readonly ring: string | null;
    }
  | { readonly kind: "fixture-end"; readonly process: number; readonly fixture: FixtureRef }
  | {
      readonly kind: "not-checked";
      readonly process: number;
      readonly reason: string;
      /** Where the test's marker is, if it cannot be read; null: that is not why. */
      readonly mark: SourceLine | null;
    }
  /** The running test is to be warmed up, and will not be. */
  | { readonly kind: "not-warmed-up"; readonly process: number; readonly reason: string }
  /** The running test left memory and is to be repeated to see whether that grows, and will not be. */
  | { readonly kind: "not-repeated"; readonly process: number; readonly reason: string }
  | {
      readonly kind: "tensor";
      readonly process: number;
      readonly deviceKey: number;
      readonly memoryType: MemoryType;
      readonly address: bigint;
      readonly tensor: TensorDescription;
    }
  | {
      readonly kind: "holders";
      readonly process: number;
      readonly deviceKey: number;
      readonly memoryType: MemoryType;
      readonly address: bigint;
      /** What refers to the buffer's tensor on the host, each as a path. */
      readonly paths: readonly string[];
    }
  /** Blocks that tests left, for which garbage is yet to be collected and holders are yet to be looked for. */
  | {
      readonly kind: "waiting";
      readonly process: number;
      readonly deviceKey: number;
      readonly blocks: readonly { readonly memoryType: MemoryType; readonly address: bigint }[];
    }
  /** Both was done: no block of the device waits any longer. */
  | { readonly kind: "searched"; readonly process: number; readonly deviceKey: number }
  | {
      readonly kind: "kept";
      readonly process: number;
      readonly deviceKey: number;
      readonly memoryType: MemoryType;
      readonly address: bigint;
      readonly by: Keeper;
    }
  /** The device was closed, or let go of; its memory ended with it. */
  | { readonly kind: "device-end"; readonly process: number; readonly deviceKey: number }
  | {
      readonly kind: "inside";
      readonly process: number;
      readonly deviceKey: number;
      /** As ttnn's graph has it: L1_SMALL is L1 there, and TRACE is DRAM. */
      readonly memoryType: MemoryType;
      readonly address: bigint;
      /** The functions of ttnn in which it was allocated, outermost first. */
      readonly functions: readonly string[];
    }
  | {
      readonly kind: "origin";
      readonly process: number;
      readonly deviceKey: number;
      readonly memoryType: MemoryType;
      readonly address: bigint;
      readonly birth: NotedBirth;
    }
  /** A phase of the running test ran out of memory. */
  | {
      readonly kind: "memory-error";
      readonly process: number;
      readonly error: MemoryError;
      /** Where it was raised, innermost first. */
      readonly stack: readonly StackFrame[];
      /** Number of the mark among the traced events that was put there then; null: they were looked at instead. */
      readonly mark: number | null;
      /** CLOCK_MONOTONIC. */
      readonly atNs: number;
    }
  /** What the process counts in its region is not what was traced of it. */
  | { readonly kind: "region-difference"; readonly process: number; readonly difference: RegionDifference }
  | {
      readonly kind: "test-end";
      readonly process: number;
      readonly ref: TestRef;
      readonly outcome: Outcome;
      readonly durationMs: number;
      /** CLOCK_MONOTONIC; null: not known. */
      readonly atNs: number | null;
      /** As in `test-begin`. */
      readonly hostBytes: number | null;
    }
  | { readonly kind: "process-end"; readonly process: number; readonly exitStatus: number; readonly dropped: number }
  /** The connection ended without a farewell: the process crashed, was killed, or gave up on us. */
  | {
      readonly kind: "process-lost";
      readonly process: number;
      /** Why we refused to hear more of it; null: it ended, or gave up on us. */
      readonly refusal: string | null;
    }
  /** A connection that did not speak the protocol, or an incompatible version of it. */
  | { readonly kind: "refused"; readonly reason: string };
