import { formatBytes } from "../base/bytes.ts";
import { emptyFinding } from "../model/empty-finding.ts";
import type { Finding } from "../model/finding.ts";
import type { MemoryType } from "../model/memory-type.ts";
import type { TestPeak } from "../model/peak.ts";
import type { TestRecord } from "../model/run-record.ts";
import { fileOfTest } from "../model/test-subject.ts";
import { type MemoryPeak, peaksOf } from "./peaks-of-test.ts";
import { originOf } from "./user-line-in-stack.ts";

interface Excess {
  readonly device: number;
  /** null: of all memory types together, or of each core. */
  readonly memoryType: MemoryType | null;
  readonly peak: MemoryPeak | null;
  readonly sizeBytes: number;
  readonly evidence: string;
}

/** Tests that had more live at once than they may. `rootDirOf`: absolute; files of lines are relative to it. */
export function overLimits(tests: readonly TestRecord[], rootDirOf: (test: TestRecord) => string): Finding[] {
  return tests.flatMap((test) => excessesOf(test).map((excess) => finding(test, excess, rootDirOf(test))));
}

function excessesOf(test: TestRecord): Excess[] {
  const { peakLimits: limits } = test;
  if (limits === null) return [];
  const peaks = peaksOf(test);
  const ofTypes = peaks.flatMap((peak) => ofType(peak, limits.perType[peak.memoryType] ?? null));
  const perCore = peaks.flatMap((peak) => ofCore(peak, limits.l1PerCore));
  return [...togetherOf(test, peaks, limits.total), ...ofTypes, ...perCore];
}

function ofType(peak: MemoryPeak, limit: number | null): Excess[] {
  const { device, memoryType, ownBytes } = peak;
  if (limit === null || ownBytes <= limit) return [];
  const evidence = `It had ${formatBytes(ownBytes)} of ${memoryType} live at once, and may have ${formatBytes(limit)}${madeOf(peak)}.`;
  return [{ device, memoryType, peak, sizeBytes: ownBytes, evidence }];
}

function ofCore(peak: MemoryPeak, limit: number | null): Excess[] {
  const { device, memoryType, traced } = peak;
  if (limit === null || memoryType !== "L1") return [];
  const bytes = Math.max(peak.totalBytesPerBank, traced?.circular?.withBuffersBytesPerCore ?? 0);
  if (bytes <= limit) return [];
  const circular = traced?.circular ?? null;
  const what = circular === null ? "" : `, circular buffers of up to ${formatBytes(circular.bytesPerCore)} included`;
  const evidence = `While it ran each core had ${formatBytes(bytes)} of L1 in use at once${what}, and may have ${formatBytes(limit)}.${ownShareOf(traced)}`;
  return [{ device, memoryType, peak, sizeBytes: peak.ownBytes, evidence }];
}

/** Of L1 on each core. Looks alone do not say it. */
function ownShareOf(traced: TestPeak | null): string {
  if (traced === null) return "";
  const { own, others } = traced;
  const beside = others.bytesPerBank === 0 ? "" : `, beside ${formatBytes(others.bytesPerBank)} of others`;
  return ` Its own buffers had at most ${formatBytes(own.bytesPerBank)} of that${beside}.`;
}

function togetherOf(test: TestRecord, peaks: readonly MemoryPeak[], limit: number | null): Excess[] {
  if (limit === null) return [];
  const looked = [...Map.groupBy(peaks, ({ device }) => device)].map(([device, each]) => {
    const sizeBytes = each.reduce((sum, { ownBytes }) => sum + ownBytes, 0);
    return { device, sizeBytes };
  });
  // Of one memory type the sum is the peak itself.
  const known = new Map(test.peaks.together.map((each) => [each.device, each.sizeBytes]));
  return looked
    .map(({ device, sizeBytes }) => ({ device, sizeBytes: known.get(device) ?? sizeBytes }))
    .filter(({ sizeBytes }) => sizeBytes > limit)
    .map(({ device, sizeBytes }) => {
      const [largest] = peaks.filter((peak) => peak.device === device).toSorted((a, b) => b.ownBytes - a.ownBytes);
      const evidence = `It had ${formatBytes(sizeBytes)} live at once, and may have ${formatBytes(limit)}${largest === undefined ? "" : madeOf(largest)}.`;
      return { device, memoryType: null, peak: largest ?? null, sizeBytes, evidence };
    });
}

/** What the tracer knows more of it than looks do. */
function madeOf({ traced }: MemoryPeak): string {
  if (traced === null) return " (seen by looks alone: it may have had more in between)";
  const { phase, others } = traced;
  const beside = others.sizeBytes === 0 ? "" : `, beside ${formatBytes(others.sizeBytes)} that others had there`;
  return `${phase === null ? "" : `, reached in its ${phase}`}${beside}`;
}

function finding(
  test: TestRecord,
  { device, memoryType, peak, sizeBytes, evidence }: Excess,
  rootDir: string,
): Finding {
  const judgement = { verdict: "over-limit", evidence } as const;
  const empty = emptyFinding(judgement, test.ref, `over-limit:${memoryType ?? "all"}:${test.base}`);
  const traced = peak?.traced ?? null;
  const files = { rootDir, testFile: fileOfTest(test.ref.test) };
  const origin = traced === null ? null : originOf(traced.stack, traced.operation, files);
  const chips = test.devices.find((each) => each.device.chips[0] === device)?.device.chips ?? [device];
  return { ...empty, phase: traced?.phase ?? null, device, chips, memoryType, sizeBytes, origin };
}
