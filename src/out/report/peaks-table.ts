import type { HorizontalTableRow } from "cli-table3";
import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import type { PeakReport, RunReport } from "../../core/model/run-report.ts";
import { attemptOf, describeOrigin } from "./finding-words.ts";
import { plainTable } from "./plain-table.ts";

const COLUMNS = [
  ["own", "right"],
  ["in all", "right"],
  ["memory", "left"],
  ["test", "left"],
  ["reached", "left"],
] as const;

interface TestPeak {
  readonly test: string;
  readonly peak: PeakReport;
}

/** The memories that tests themselves had most of live at once, hungriest first: a line each, and what a core had of L1. */
export function peaksTable({ tests }: Pick<RunReport, "tests">, most: number): string {
  const all = tests.flatMap(({ test, attempt, peaks }) => {
    return peaks.map((peak) => ({ test: attemptOf(test, attempt), peak }));
  });
  const used = all.filter(({ peak }) => peak.ownBytes > 0);
  if (used.length === 0) return "PEAKS   no test was seen to allocate device memory\n";
  const shown = used.toSorted((a, b) => b.peak.ownBytes - a.peak.ownBytes).slice(0, most);
  const left = used.length - shown.length;
  const title = `PEAKS   most that a test itself had live at once, on each chip`;
  const more = left === 0 ? "" : `\nand ${count(left, "smaller one")}: see --peaks=${used.length} or --json FILE`;
  return `${title}\n${plainTable(COLUMNS, shown.flatMap(rowsOf))}${more}\n`;
}

function rowsOf({ test, peak }: TestPeak): HorizontalTableRow[] {
  const { ownBytes, totalBytes, memoryType, device } = peak;
  const memory = device === 0 ? memoryType : `${memoryType} of device ${device}`;
  const row = [formatBytes(ownBytes), formatBytes(totalBytes), memory, printable(test), printable(reachedAt(peak))];
  const perCore = memoryType === "L1" ? perCoreOf(peak) : null;
  return perCore === null ? [row] : [row, ["", "", { colSpan: 3, content: perCore }]];
}

/** In which phase and at which line the test had most. */
export function reachedAt({ source, phase, origin, isExact }: PeakReport): string {
  if (source === "looks") return "seen by looks alone: there may have been more in between";
  const parts = [phase, origin === null ? null : describeOrigin(origin), isExact ? null : "sizes as asked for"];
  return parts.filter((part) => part !== null).join(", ");
}

/** L1 runs out on each core. */
function perCoreOf({
  ownBytesPerBank,
  ownBytes,
  othersBytes,
  intermediatesBytes,
  circular,
}: PeakReport): string | null {
  if (ownBytesPerBank === null || ownBytes === 0) return null;
  const perCore = (bytes: number) => formatBytes(Math.round((bytes * ownBytesPerBank) / ownBytes));
  const parts = [
    `${formatBytes(ownBytesPerBank)} of its own`,
    intermediatesBytes ? `${perCore(intermediatesBytes)} of that inside of operations` : null,
    othersBytes ? `${perCore(othersBytes)} of others` : null,
    circular === null ? null : `circular buffers of up to ${formatBytes(circular.bytesPerCore)}`,
    circular === null ? null : `at most ${formatBytes(circular.withBuffersBytesPerCore)} at once`,
  ];
  return `on each core: ${parts.filter((part) => part !== null).join(", ")}`;
}
