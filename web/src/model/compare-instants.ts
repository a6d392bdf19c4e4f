import { compareLeftovers } from "../../../src/core/known/compare-two-runs.ts";
import type { ReportedFinding, ReportedRun } from "../../../src/core/known/leftover.ts";
import { NO_TOLERANCE } from "../../../src/core/known/tolerance.ts";
import type { ComparedLeftover } from "../../../src/core/model/comparison.ts";
import type { PageData, PageFinding } from "../../../src/core/model/page.ts";
import type { LivePart } from "./live-groups.ts";

/** Something at two instants. */
export interface Difference {
  readonly name: string;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** What differs between two instants, by how much; what is the same is left out. */
export function compareGroups(before: readonly LivePart[], after: readonly LivePart[]): readonly Difference[] {
  return differences(
    new Map(before.map(({ name, sizeBytes }) => [name, sizeBytes])),
    new Map(after.map(({ name, sizeBytes }) => [name, sizeBytes])),
  ).filter(({ beforeBytes, afterBytes }) => beforeBytes !== afterBytes);
}

/** What two runs left, joined as `tt-memwatch diff` does; of tests and findings that a page leaves out nothing is known. */
export function compareRuns(before: RunOnPage, after: RunOnPage): readonly ComparedLeftover[] {
  return compareLeftovers(reportedRun(before), reportedRun(after), NO_TOLERANCE);
}

type RunOnPage = Pick<PageData, "tests" | "findings">;

function reportedRun({ tests, findings }: RunOnPage): ReportedRun {
  return { tests, findings: findings.map(reportedFinding) };
}

/** A comparison does not ask who knows of it. */
function reportedFinding({ nodeId, place, ...finding }: PageFinding): ReportedFinding {
  return { ...finding, test: nodeId, origin: place, known: null };
}

function differences(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly Difference[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .map((name) => ({ name, beforeBytes: before.get(name) ?? 0, afterBytes: after.get(name) ?? 0 }))
    .toSorted((a, b) => changeOf(b) - changeOf(a));
}

function changeOf({ beforeBytes, afterBytes }: Difference): number {
  return Math.abs(afterBytes - beforeBytes);
}
