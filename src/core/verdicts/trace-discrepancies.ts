import { formatBytes } from "../base/bytes.ts";
import { deviceId } from "../model/device.ts";
import type { Finding } from "../model/finding.ts";
import type { RunRecord, TraceDiscrepancy } from "../model/run-record.ts";

/** Findings about ourselves: the allocations we saw are not those the allocator says it holds. */
export function traceDiscrepancies(record: RunRecord): Finding[] {
  return record.traceDiscrepancies.map(toFinding);
}

function toFinding(discrepancy: TraceDiscrepancy): Finding {
  const { device, memoryType, banks, allocatedBytesPerBank, tracedBytesPerBank, at } = discrepancy;
  const off = Math.abs(allocatedBytesPerBank - tracedBytesPerBank);
  return {
    verdict: "untrusted",
    test: at.ref?.test ?? null,
    attempt: at.ref?.attempt ?? 1,
    phase: null,
    fixture: null,
    device: deviceId(device),
    chips: device.chips,
    memoryType,
    sizeBytes: off * banks,
    bytesPerBank: off,
    banks,
    buffers: [],
    origin: null,
    holders: [],
    repeats: [],
    evidence: `${differenceOf(discrepancy)} (${at.moment}). The lines named here may be wrong; sizes and verdicts are the allocator's. Please report it.`,
    fails: false,
    signature: `${memoryType}:untrusted-trace`,
  };
}

function differenceOf({ allocatedBytesPerBank, tracedBytesPerBank, untold, unlisted }: TraceDiscrepancy): string {
  const sums = `the traced buffers add up to ${formatBytes(tracedBytesPerBank)} per bank, the allocator holds ${formatBytes(allocatedBytesPerBank)}`;
  if (untold === null || unlisted === null) return sums;
  return `${sums}; ${untold} of its blocks were never traced, and ${unlisted} traced buffers are not in its list`;
}
