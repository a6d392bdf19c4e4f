import type { PageData, PageFinding, PageTest } from "../../../src/core/model/page.ts";
import type { StackFrame } from "../../../src/core/model/stack.ts";
import type { Timeline, TimelineOrigin } from "../../../src/core/model/timeline.ts";
import { ownFrames, relativeTo } from "../../../src/core/verdicts/user-line-in-stack.ts";

/** Who made, and who holds, the allocation of a row of the timeline's table; null: it is not known. */
export interface RowOwners {
  sizeBytes(row: number): number;
  line(row: number): string | null;
  test(row: number): string | null;
  operation(row: number): string | null;
  holder(row: number): string | null;
  /** The frames of the user's own code, innermost first. */
  stack(row: number): readonly StackFrame[];
  /** Index of the cause that has it, into `PageData.causes`. */
  cause(row: number): number | null;
}

/** "models/attention.py:212 in load_kv". */
export function frameText({ file, line, function: caller }: StackFrame): string {
  return `${file}:${line} in ${caller}`;
}

interface ShownOrigin extends TimelineOrigin {
  /** "models/attention.py:212"; null: it is not known. */
  readonly line: string | null;
}

/** Who made it, as findings say it: by the line and the frames of the user's own code. */
function shownOrigin({ operation, stack }: TimelineOrigin, rootDir: string): ShownOrigin {
  const own = ownFrames(stack).map((frame) => ({ ...frame, file: relativeTo(rootDir, frame.file) }));
  const [caller] = own;
  return { operation, stack: own, line: caller === undefined ? null : `${caller.file}:${caller.line}` };
}

export function ownersOf(timeline: Timeline, page: Pick<PageData, "findings" | "causes" | "tests" | "run">): RowOwners {
  const { allocations, tests, origins } = timeline;
  const causes = causesByAddress(page);
  const shown = origins.map((origin) => shownOrigin(origin, page.run.rootDir));
  const originOf = (row: number): ShownOrigin | undefined => shown[allocations.origin[row] ?? -1];
  let byRow: Int32Array | null = null;
  const causeOf = (row: number): number | null => {
    byRow ??= Int32Array.from({ length: allocations.rows }, (_, each) => causeOfRow(timeline, each, causes) ?? -1);
    const cause = byRow[row] ?? -1;
    return cause === -1 ? null : cause;
  };
  return {
    sizeBytes: (row) => allocations.sizeBytes[row] ?? 0,
    line: (row) => originOf(row)?.line ?? null,
    test: (row) => testText(tests[allocations.test[row] ?? -1]),
    operation: (row) => originOf(row)?.operation ?? null,
    stack: (row) => originOf(row)?.stack ?? [],
    cause: causeOf,
    holder: (row) => page.causes[causeOf(row) ?? -1]?.holder ?? null,
  };
}

/** "test_decode[0]", and which attempt or repeat of it, where it is not the first. */
export function testText(span: Timeline["tests"][number] | undefined): string | null {
  if (span === undefined) return null;
  const attempt = span.attempt > 1 ? ` (attempt ${span.attempt})` : "";
  const repeat = span.repeat > 0 ? ` (repeat ${span.repeat})` : "";
  return `${span.test}${attempt}${repeat}`;
}

function causeOfRow(
  { allocations, tests, series: all }: Timeline,
  row: number,
  causes: ReadonlyMap<number, readonly OwnedBuffer[]>,
): number | null {
  const own = causes.get(allocations.address[row] ?? 0);
  const test = tests[allocations.test[row] ?? -1];
  if (own === undefined || test === undefined) return null;
  const series = all[allocations.series[row] ?? -1];
  const found = own.findLast((each) => {
    const isOfTest = each.test.test === test.test && each.test.attempt === test.attempt;
    return isOfTest && each.device === series?.device && each.memoryType === series?.memoryType;
  });
  return found?.cause ?? null;
}

/** A buffer of a finding is the one that its test allocated at its address. */
interface OwnedBuffer extends Pick<PageFinding, "device" | "memoryType"> {
  readonly test: Pick<PageTest, "test" | "attempt">;
  readonly cause: number;
}

/** By address: few rows have one of these. */
function causesByAddress({ causes, findings, tests }: Pick<PageData, "findings" | "causes" | "tests">) {
  const all = new Map<number, OwnedBuffer[]>();
  for (const [cause, { findings: own }] of causes.entries()) {
    for (const { device, memoryType, buffers, test: index } of own.flatMap((each) => findings[each] ?? [])) {
      const test = tests[index ?? -1];
      if (test === undefined) continue;
      for (const { address } of buffers) {
        const at = Number(address);
        const others = all.get(at) ?? [];
        if (others.length === 0) all.set(at, others);
        others.push({ device, memoryType, test, cause });
      }
    }
  }
  return all;
}
