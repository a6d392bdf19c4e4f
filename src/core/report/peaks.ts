import type { ProcessInfo } from "../model/event.ts";
import type { TestPeak } from "../model/peak.ts";
import type { TestRecord } from "../model/run-record.ts";
import type { PeakReport } from "../model/run-report.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { originOf } from "../verdicts/origin.ts";
import { type MemoryPeak, peaksOf } from "../verdicts/peaks.ts";

interface Files {
  readonly rootDir: string;
  readonly testFile: string | null;
}

/** The peaks of a test as reports show them. */
export function peakReports(test: TestRecord, info: ProcessInfo | undefined): PeakReport[] {
  const files = { rootDir: info?.rootDir ?? "/", testFile: fileOfTest(test.ref.test) };
  return peaksOf(test).map((peak) => peakReport(peak, files));
}

function peakReport({ traced, ...peak }: MemoryPeak, files: Files): PeakReport {
  return { ...peak, ...(traced === null ? SEEN_BY_LOOKS : tracedPart(traced, files)) };
}

const SEEN_BY_LOOKS = {
  source: "looks",
  isExact: true,
  phase: null,
  origin: null,
  ownBytesPerBank: null,
  othersBytes: null,
  intermediatesBytes: null,
  largest: [],
  circular: null,
} as const;

function tracedPart(peak: TestPeak, files: Files): Omit<PeakReport, keyof Omit<MemoryPeak, "traced">> {
  return {
    source: "traced",
    isExact: peak.isExact,
    phase: peak.phase,
    origin: originOf(peak.stack, peak.operation, files),
    ownBytesPerBank: peak.own.bytesPerBank,
    othersBytes: peak.others.sizeBytes,
    intermediatesBytes: peak.intermediates.sizeBytes,
    largest: peak.largest.map(({ stack, operation, ...share }) => ({
      origin: originOf(stack, operation, files),
      buffers: share.buffers,
      sizeBytes: share.sizeBytes,
      bytesPerBank: share.bytesPerBank,
    })),
    circular: peak.circular,
  };
}
