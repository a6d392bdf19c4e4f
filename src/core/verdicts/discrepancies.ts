import { formatBytes } from "../base/bytes.ts";
import { deviceId } from "../model/device.ts";
import type { Finding } from "../model/finding.ts";
import type { Discrepancy, RunRecord } from "../model/run-record.ts";

/** Findings about ourselves: the blocks we were told of are not what the allocator says it holds. */
export function discrepancies(record: RunRecord): Finding[] {
  return record.discrepancies.map(toFinding);
}

function toFinding({ device, memoryType, banks, listedBytesPerBank, allocatedBytesPerBank, at }: Discrepancy): Finding {
  const off = Math.abs(allocatedBytesPerBank - listedBytesPerBank);
  const [said, listed] = [formatBytes(allocatedBytesPerBank), formatBytes(listedBytesPerBank)];
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
    evidence: `the allocator holds ${said} per bank but its blocks add up to ${listed} (${at.moment}). Findings on this device may be wrong: please report it.`,
    fails: false,
    signature: `${memoryType}:untrusted`,
  };
}
