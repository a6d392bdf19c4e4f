import { formatBytes } from "../base/bytes.ts";
import { deviceId } from "../model/device.ts";
import { emptyFinding } from "../model/empty-finding.ts";
import type { Finding } from "../model/finding.ts";
import type { Discrepancy, RegionDiscrepancy, RunRecord, TraceDiscrepancy } from "../model/run-record.ts";

/** Findings about ourselves: two of our sources disagree on what a device held. */
export function untrustedLooks({ discrepancies, traceDiscrepancies, regionDiscrepancies }: RunRecord): Finding[] {
  return [...discrepancies.map(ofList), ...traceDiscrepancies.map(ofTrace), ...regionDiscrepancies.map(ofRegion)];
}

/** The blocks that the plugin listed are not what the allocator says it holds. */
function ofList(discrepancy: Discrepancy): Finding {
  const { listedBytesPerBank, allocatedBytesPerBank, at } = discrepancy;
  const [said, listed] = [formatBytes(allocatedBytesPerBank), formatBytes(listedBytesPerBank)];
  const evidence = `the allocator holds ${said} per bank but its blocks add up to ${listed} (${at.moment}). Findings on this device may be wrong: please report it.`;
  return untrusted(discrepancy, listedBytesPerBank, "untrusted", evidence);
}

/** The allocations we saw are not those the allocator says it holds. */
function ofTrace(discrepancy: TraceDiscrepancy): Finding {
  const evidence = `${differenceOf(discrepancy)} (${discrepancy.at.moment}). The lines named here may be wrong; sizes and verdicts are the allocator's. Please report it.`;
  return untrusted(discrepancy, discrepancy.tracedBytesPerBank, "untrusted-trace", evidence);
}

/** What tt-metal counts for the process is not what we saw it allocate. */
function ofRegion({ chip, memoryType, regionBytes, tracedBytes, ref }: RegionDiscrepancy): Finding {
  const [counted, traced] = [formatBytes(regionBytes), formatBytes(tracedBytes)];
  const evidence = `the process has ${counted} by its region, where tt-metal counts, and its traced buffers add up to ${traced}, both as they were asked for. The lines named here may be wrong; sizes and verdicts are the allocator's. Please report it.`;
  return {
    ...emptyFinding({ verdict: "untrusted", evidence }, ref, `${memoryType}:untrusted-region`),
    device: chip,
    chips: [chip],
    memoryType,
    sizeBytes: Math.abs(regionBytes - tracedBytes),
  };
}

function untrusted(
  { device, memoryType, banks, allocatedBytesPerBank, at }: Discrepancy | TraceDiscrepancy,
  otherBytesPerBank: number,
  kind: "untrusted" | "untrusted-trace",
  evidence: string,
): Finding {
  const off = Math.abs(allocatedBytesPerBank - otherBytesPerBank);
  return {
    ...emptyFinding({ verdict: "untrusted", evidence }, at.ref, `${memoryType}:${kind}`),
    device: deviceId(device),
    chips: device.chips,
    memoryType,
    sizeBytes: off * banks,
    bytesPerBank: off,
    banks,
  };
}

function differenceOf({ allocatedBytesPerBank, tracedBytesPerBank, untold, unlisted }: TraceDiscrepancy): string {
  const sums = `the traced buffers add up to ${formatBytes(tracedBytesPerBank)} per bank, the allocator holds ${formatBytes(allocatedBytesPerBank)}`;
  if (untold === null || unlisted === null) return sums;
  return `${sums}; ${untold} of its blocks were never traced, and ${unlisted} traced buffers are not in its list`;
}
