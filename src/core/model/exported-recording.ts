import type { MemoryType } from "./memory-type.ts";
import type { TestSpan, TimelineOrigin, TimelineSeries } from "./timeline.ts";
import type { DeviceNumber } from "./trace-record.ts";

/**
 * What an export has of a recording. Times are ns of CLOCK_MONOTONIC, sizes are bytes on each chip. A step is one birth or one death: they
 * are numbered from 1 in the order in which they were recorded, so that an order is known also where times are the same.
 */

/** One memory of one device, as one process used it. */
export interface ExportedMemory extends DeviceNumber {
  /** From 0, in the order in which they were used first. */
  readonly index: number;
  /** A child that was forked for a test counts as its parent. */
  readonly pid: number;
  readonly memoryType: MemoryType;
  readonly knownFrom: TimelineSeries["knownFrom"];
  /** null: nobody asked the allocator. */
  readonly capacityBytes: number | null;
  readonly peak: ExportedPeak;
}

/** The first moment at which a memory held the most. */
export interface ExportedPeak {
  readonly bytes: number;
  readonly atNs: number;
  readonly step: number;
}

/** Each is there once. */
export interface ExportedOrigin extends TimelineOrigin {
  readonly index: number;
}

/** Each attempt and repeat is there once. */
export interface ExportedTest extends TestSpan {
  readonly index: number;
}

/** One buffer, from its birth to its death. */
export interface ExportedLife {
  /** From 1, in the order of births. */
  readonly number: number;
  readonly memory: ExportedMemory;
  /** In each bank. */
  readonly address: number;
  /** As the allocator counts it, over all banks; where the tracer does not know that, as it was asked for. */
  readonly sizeBytes: number;
  /** As it was asked for; null: not known. */
  readonly requestedBytes: number | null;
  /** 0: not known. */
  readonly banks: number;
  readonly bornNs: number;
  readonly bornStep: number;
  /** null: it is live at the end. */
  readonly diedNs: number | null;
  /** Infinity: it is live at the end. */
  readonly diedStep: number;
  readonly origin: ExportedOrigin;
  /** In which it was born, and in which it was freed; null: in none, or not known. */
  readonly test: ExportedTest | null;
  readonly freedIn: ExportedTest | null;
}

/** The moment that a format shows which has one only. */
export interface ExportedInstant {
  /** The last step before it. */
  readonly step: number;
  readonly atNs: number;
  /** Such as "at the end". */
  readonly text: string;
}

/** What is known of a recording before its lives are handed on. */
export interface ExportedRun {
  readonly engine: string;
  readonly command: readonly string[];
  /** ISO 8601, and the same instant by CLOCK_MONOTONIC. */
  readonly startedAt: string;
  readonly beginNs: number;
  readonly endNs: number;
  readonly processes: readonly { readonly pid: number; readonly name: string }[];
  readonly memories: readonly ExportedMemory[];
  readonly tests: readonly ExportedTest[];
  /** How many there are. */
  readonly lives: number;
  readonly instant: ExportedInstant;
}

/** Writes one format, while it is told of what happened in the order of steps. */
export interface ExportWriter {
  /** A memory holds so much from here on. */
  changed?(memory: ExportedMemory, atNs: number, bytes: number): void;
  /** Told at its death; of those that are live at the end, after all others. */
  lived(life: ExportedLife): void;
  /** Nothing comes after this. */
  end(): void;
}

/** A format that a recording can be exported to. */
export interface ExportFormat {
  /** Whether it shows all of the time, or one instant of it. */
  readonly shows: "course" | "instant";
  /** `write` takes over the bytes that it gets. */
  open(run: ExportedRun, write: (bytes: Uint8Array) => void): ExportWriter;
}

/** Whether a buffer lived after a step. */
export function isLiveAt({ bornStep, diedStep }: ExportedLife, step: number): boolean {
  return bornStep <= step && step < diedStep;
}

/** Such as "DRAM of device 0", for people. */
export function memoryName({ memoryType, device, openedAs }: ExportedMemory): string {
  return `${memoryType} of ${openedAs === null ? `device ${device}` : `the device opened as ${openedAs}`}`;
}
