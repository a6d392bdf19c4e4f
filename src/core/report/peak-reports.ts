import { InternedValues } from "../base/interned-values.ts";
import type { ProcessInfo } from "../model/event.ts";
import type { Origin } from "../model/finding.ts";
import type { TestPeak } from "../model/peak.ts";
import type { TestRecord } from "../model/run-record.ts";
import type { PeakReport } from "../model/run-report.ts";
import type { StackFrame } from "../model/stack.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { type MemoryPeak, peaksOf } from "../verdicts/peaks-of-test.ts";
import { originOf } from "../verdicts/user-line-in-stack.ts";

type OriginAt = (...at: readonly [stack: readonly StackFrame[], operation: string | null]) => Origin | null;

/** What peaks of many tests have in common. */
export class PeakParts {
  readonly origins = new InternedValues<Origin | null>();
  readonly largest = new InternedValues<PeakReport["largest"]>();
}

/** The peaks of a test as reports show them. `parts`: of all tests. */
export function peakReports(test: TestRecord, info: ProcessInfo | undefined, parts: PeakParts): PeakReport[] {
  const files = { rootDir: info?.rootDir ?? "/", testFile: fileOfTest(test.ref.test) };
  const originAt: OriginAt = (stack, operation) => parts.origins.of(originOf(stack, operation, files));
  return peaksOf(test).map(({ traced, ...peak }) => {
    if (traced === null) return { ...peak, ...SEEN_BY_LOOKS };
    const part = tracedPart(traced, originAt);
    return { ...peak, ...part, largest: parts.largest.of(part.largest) };
  });
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

function tracedPart(peak: TestPeak, originAt: OriginAt): Omit<PeakReport, keyof Omit<MemoryPeak, "traced">> {
  return {
    source: "traced",
    isExact: peak.isExact,
    phase: peak.phase,
    origin: originAt(peak.stack, peak.operation),
    ownBytesPerBank: peak.own.bytesPerBank,
    othersBytes: peak.others.sizeBytes,
    intermediatesBytes: peak.intermediates.sizeBytes,
    largest: peak.largest.map(({ stack, operation, ...share }) => ({
      origin: originAt(stack, operation),
      buffers: share.buffers,
      sizeBytes: share.sizeBytes,
      bytesPerBank: share.bytesPerBank,
    })),
    circular: peak.circular,
  };
}
