import type { Verdict } from "./finding.ts";
import type { Phase } from "./phase.ts";
import type { SourceLine } from "./stack.ts";
import type { DeviceNumber } from "./trace-record.ts";
import type { Known } from "./why-known.ts";

/** Names what is sent, and its version. A reader refuses another one. */
export const LIVE_SCHEMA = "urn:tt-memwatch:live:1";

/** A snapshot has at most so many of each; those that are left out are counted. */
export const LIVE_DEVICES_MAX = 64;
export const LIVE_PROCESSES_MAX = 100;
export const LIVE_CAUSES_MAX = 50;
export const LIVE_BUFFERS_MAX = 100;

/** Characters of a name or path; of what is longer, the beginning or the end. */
export const LIVE_TEXT_CHARACTERS_MAX = 500;

/** Bytes of one snapshot as a line of JSON, the newline included: no text of the limits above is longer. */
export const LIVE_LINE_BYTES_MAX = 4_194_304;

export const LIVE_COMMANDS = ["run", "trace", "serve", "replay", "regions"] as const;

/** Who reports; `regions`: what `top` itself reads of programs that run under none of the others. */
export interface LiveSource {
  readonly command: (typeof LIVE_COMMANDS)[number];
  readonly pid: number;
  /** Words of the command that is watched; of a server its socket, of a recording its file, of regions their folder. */
  readonly title: readonly string[];
  readonly engine: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

export const LIVE_STATES = ["running", "judging", "ended"] as const;

/** What is known of devices, processes and findings at one instant of a run, a traced program or an allocation server. */
export interface LiveSnapshot {
  readonly schema: typeof LIVE_SCHEMA;
  readonly source: LiveSource;
  /** `judging`: the command has ended, the verdicts are being made. */
  readonly state: (typeof LIVE_STATES)[number];
  /** Since the source started. */
  readonly atMs: number;
  /** null: no tests are run, or they are not known. */
  readonly tests: LiveTests | null;
  /** By process, then number. */
  readonly devices: readonly LiveDevice[];
  readonly processes: readonly LiveProcess[];
  readonly causes: LiveCauses;
  /** Largest first, over all devices. */
  readonly largest: readonly LiveBuffer[];
  /** Buffers that are live, over all devices. */
  readonly buffers: number;
  /** null: nothing is followed that could be counted. */
  readonly traffic: LiveTraffic | null;
  readonly lost: LiveLosses;
  readonly leftOut: LiveLeftOut;
}

interface LiveTests {
  readonly done: number;
  /** Of those, the ones that failed or had an error. */
  readonly failed: number;
  /** null: not collected yet. */
  readonly total: number | null;
}

/** A device as one process opened it: processes have allocators of their own. */
export interface LiveDevice extends DeviceNumber {
  /** null: of all processes together. */
  readonly pid: number | null;
  readonly memories: readonly LiveMemory[];
}

/** Sizes are over all banks of one chip. */
export interface LiveMemory {
  /** DRAM, L1, L1_SMALL, TRACE; of a server also SYSTEM_MEMORY, CB and KERNEL. */
  readonly memoryType: string;
  readonly usedBytes: number;
  /** null: nobody asked the allocator. */
  readonly capacityBytes: number | null;
  /** The largest free piece of each bank, times the banks. null: not known. */
  readonly largestFreeBytes: number | null;
  /** The most that was in use at once so far. null: not known. */
  readonly peakBytes: number | null;
  /** null: only counted together with other memories. */
  readonly buffers: number | null;
  /** Of what tests allocated themselves that have ended, in processes that go on. null: not known, or not judged in this way. */
  readonly leftBytes: number | null;
  /** `events`: at this instant. `looks`: when the allocator was asked last. `messages`: as clients of a server reported. `regions`: as the program counts. */
  readonly knownFrom: "events" | "looks" | "messages" | "regions";
}

export interface LiveProcess {
  readonly pid: number;
  /** What it is called; null: not known. */
  readonly name: string | null;
  /** pytest-xdist's name of the worker; null: it is none. */
  readonly worker: string | null;
  /** `controller`: starts workers and runs no test itself. `program`: runs no pytest. */
  readonly role: "single" | "worker" | "controller" | "fork" | "program";
  /** `unverifiable`: it counts in a region, and is not seen from here. */
  readonly state: "running" | "ended" | "lost" | "unverifiable";
  /** null: no test runs in it, or it is not known. */
  readonly running: LiveTest | null;
  /** null: nothing keeps it from running, or that is not known. */
  readonly standstill: Standstill | null;
  /** Over all its devices and memory types. */
  readonly usedBytes: number;
  readonly lostRecords: number;
}

export const STANDSTILLS = ["stopped", "traced", "uninterruptible"] as const;

/** What keeps a process from running, by the state of its first thread. */
export interface Standstill {
  /** `traced`: a debugger stopped it. `uninterruptible`: it waits in the kernel, for a disk or a driver, and no signal ends that. */
  readonly kind: (typeof STANDSTILLS)[number];
  /** For at least so long: since it was found so, at every look. */
  readonly forMs: number;
}

interface LiveTest {
  readonly test: string;
  /** null: between phases, or not known. */
  readonly phase: Phase | null;
  /** null: not known. */
  readonly forMs: number | null;
  /** Since its process reported, allocated or freed anything. null: not known. */
  readonly quietMs: number | null;
}

/** Why nothing is judged by whoever began to judge when it was asked: its next snapshots will say. */
export const JUDGED_SOON = "not judged yet";

/** What was judged as if the run ended now. Memory that is freed later changes its verdict. */
export interface LiveCauses {
  /** When, since the source started; null: not yet, and `reason` says why. */
  readonly judgedAtMs: number | null;
  readonly reason: string;
  /** Findings, and those of them that fail. */
  readonly findings: number;
  readonly failing: number;
  /** Of those that do not fail, the ones that are only left to pass because somebody knows of them. */
  readonly known: number;
  /** All findings by verdict, the gravest first; of several chips each holds that much. */
  readonly verdicts: readonly LiveVerdict[];
  /** In the order of reports: gravest first. */
  readonly list: readonly LiveCause[];
}

export interface LiveVerdict {
  readonly verdict: Verdict;
  readonly findings: number;
  readonly sizeBytes: number;
}

/** What has to be fixed once: see `Cause`. */
export interface LiveCause {
  readonly id: string;
  readonly verdict: Verdict;
  readonly fails: boolean;
  /** Why it does not fail although its verdict does; null: nobody knows of it. */
  readonly known: Known | null;
  readonly memoryType: string | null;
  readonly sizeBytes: number;
  readonly findings: number;
  readonly operation: string | null;
  /** Where it was allocated; null: not known. */
  readonly line: SourceLine | null;
  readonly holder: string | null;
  /** The test that left it last. null: none did. */
  readonly test: string | null;
  readonly evidence: string;
}

export interface LiveBuffer extends DeviceNumber {
  readonly pid: number;
  readonly memoryType: string;
  /** Hexadecimal, as `0x1f`. */
  readonly address: string;
  readonly sizeBytes: number;
  readonly operation: string | null;
  readonly line: SourceLine | null;
  /** The test or wider fixture it was allocated in; null: in none, or not known. */
  readonly test: string | null;
  readonly fixture: string | null;
  /** What referred to it when its test was over; null: nothing that is known. */
  readonly holder: string | null;
}

/** Since the source started, of processes that have ended too: neither ever gets less. */
export interface LiveTraffic {
  readonly allocations: number;
  /** Buffers that were freed, or went with their allocator. */
  readonly frees: number;
}

/** Since the source started, of processes that have ended too. */
export interface LiveLosses {
  /** Traced records that were overwritten before they were read. */
  readonly records: number;
  /** Messages that plugins dropped, because nobody read them in time; each process says so at its end. */
  readonly messages: number;
  /** Connections that could not be understood, or were too many. */
  readonly refused: number;
}

interface LiveLeftOut {
  readonly devices: number;
  readonly processes: number;
  readonly causes: number;
}
