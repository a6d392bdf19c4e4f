import { MEMORY_TYPES, type MemoryType } from "../../../core/model/memory-type.ts";
import type { PageHeld, PagePeak, PageTest } from "../../../core/model/page.ts";
import type { DeviceOfTest, PeakReport, TestReport } from "../../../core/model/run-report.ts";
import { devicesOf } from "../finding-words.ts";
import { reachedAt } from "../peaks-table.ts";

/** A page has no more; the JSON report has all. */
export const TESTS_MAX = 5000;

/** The tests of a page, made as they are written; `findings`: of each test by its index. */
export function pageTests(
  tests: readonly TestReport[],
  findings: ReadonlyMap<number | null, readonly number[]>,
): { readonly tests: () => Iterable<PageTest>; readonly moreTests: number } {
  const shown = tests.slice(0, TESTS_MAX);
  return { tests: () => pageTestsOf(shown, findings), moreTests: tests.length - shown.length };
}

function* pageTestsOf(
  tests: readonly TestReport[],
  findings: ReadonlyMap<number | null, readonly number[]>,
): Iterable<PageTest> {
  for (const [index, test] of tests.entries()) yield pageTest(test, findings.get(index) ?? []);
}

function pageTest(report: TestReport, findings: readonly number[]): PageTest {
  const { test, attempt, pid, worker, outcome, durationMs, state, host } = report;
  const about = { test, attempt, pid, worker, outcome, durationMs, state, host, findings };
  return { ...about, held: report.devices.flatMap(pageHeld), peaks: report.peaks.flatMap(pagePeak) };
}

function pageHeld(device: DeviceOfTest): PageHeld[] {
  return MEMORY_TYPES.flatMap((memoryType) => {
    const usage = device.after.find((each) => each.memoryType === memoryType);
    if (usage === undefined) return [];
    const { banks, totalBytesPerBank } = usage;
    const beforeBytes = heldBytes(device.before, memoryType);
    const afterBytes = heldBytes(device.after, memoryType);
    const about = { device: device.device, devices: devicesOf({ ...device }), memoryType, banks, totalBytesPerBank };
    return [{ ...about, beforeBytes, afterBytes }];
  });
}

/** Bytes held of one memory type, on each chip. */
function heldBytes(usage: DeviceOfTest["after"], memoryType: MemoryType): number {
  return usage
    .filter((each) => each.memoryType === memoryType)
    .reduce((sum, { allocatedBytesPerBank, banks }) => sum + allocatedBytesPerBank * banks, 0);
}

function pagePeak(peak: PeakReport): PagePeak[] {
  const { device, memoryType, ownBytes, totalBytes } = peak;
  return ownBytes === 0 ? [] : [{ device, memoryType, ownBytes, totalBytes, reachedAt: reachedAt(peak) }];
}
