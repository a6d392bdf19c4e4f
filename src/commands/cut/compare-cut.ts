import { formatBytes } from "../../core/base/bytes.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { RunReport } from "../../core/model/run-report.ts";

/** A report, and the name that the test has in it. */
export interface ReportOfTest {
  readonly report: RunReport;
  readonly test: string;
}

/** How many findings a test has in the cut recording, and a sentence on each that is not as it was. */
export function compareCut(
  whole: ReportOfTest,
  cut: ReportOfTest,
): { readonly findings: number; readonly differences: readonly string[] } {
  const [before, after] = [findingsOf(whole), findingsOf(cut)];
  const left = new Map(Map.groupBy(after, whatIs));
  const differences = before.flatMap((finding) => {
    const same = left.get(whatIs(finding)) ?? [];
    const found = same.find(({ verdict }) => verdict === finding.verdict) ?? same[0];
    left.set(
      whatIs(finding),
      same.filter((each) => each !== found),
    );
    if (found === undefined) return [`${told(finding)} is not in it: it depends on other tests`];
    if (found.verdict === finding.verdict) return [];
    return [`${told(finding)} is ${found.verdict} in it: the verdict depends on other tests`];
  });
  const added = [...left.values()].flat().map((finding) => `${told(finding)} is only in it`);
  return { findings: after.length, differences: [...differences, ...added] };
}

function findingsOf({ report, test }: ReportOfTest): readonly Finding[] {
  return report.findings.filter((finding) => finding.test === test);
}

/** What two findings share that are of the same memory. */
function whatIs({ attempt, device, memoryType, sizeBytes, buffers, phase }: Finding): string {
  return JSON.stringify([attempt, device, memoryType, sizeBytes, buffers.map(({ address }) => `${address}`), phase]);
}

function told({ verdict, sizeBytes, memoryType }: Finding): string {
  return memoryType === null ? verdict : `${verdict} of ${formatBytes(sizeBytes)} ${memoryType}`;
}
