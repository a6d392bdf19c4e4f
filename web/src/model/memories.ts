import { MEMORY_TYPES, type MemoryType } from "../../../src/core/model/memory-type.ts";
import type { PageCause, PageData, PageShortage } from "../../../src/core/model/page.ts";
import type { Timeline, TimelineSeries } from "../../../src/core/model/timeline.ts";

/** A memory that a timeline has a series of. */
export interface Memory {
  /** Index into `Timeline.series`. */
  readonly index: number;
  /** Names it in an address: "0-DRAM-4711". */
  readonly key: string;
  readonly device: number;
  /** Which opening of the device; null: not known. */
  readonly opening: number | null;
  readonly memoryType: MemoryType;
  readonly pid: number;
  readonly mostBytes: number;
}

/** Those that held anything, by device, memory type and process. */
export function memoriesOf({ series }: Pick<Timeline, "series">): readonly Memory[] {
  return series
    .map(memoryOf)
    .filter(({ mostBytes }) => mostBytes > 0)
    .toSorted(inOrder);
}

function memoryOf({ device, openedAs, memoryType, pid, mostBytes }: TimelineSeries, index: number): Memory {
  const key = `${openedAs === null ? device : `opening${openedAs}`}-${memoryType}-${pid}`;
  return {
    index,
    key,
    device,
    opening: openedAs,
    memoryType,
    pid,
    mostBytes: mostBytes.reduce((a, b) => Math.max(a, b), 0),
  };
}

function inOrder(a: Memory, b: Memory): number {
  return (
    a.device - b.device || a.pid - b.pid || MEMORY_TYPES.indexOf(a.memoryType) - MEMORY_TYPES.indexOf(b.memoryType)
  );
}

/** The memory in which most was live at once. */
export function fullestOf(memories: readonly Memory[]): Memory | null {
  return memories.reduce<Memory | null>((best, each) => {
    return best === null || each.mostBytes > best.mostBytes ? each : best;
  }, null);
}

/** The memory that a cause lies in, that of its first finding; null: it has none, or nothing is known of it. */
export function memoryOfCause(
  { findings }: PageCause,
  page: Pick<PageData, "findings" | "tests">,
  memories: readonly Memory[],
): Memory | null {
  const finding = page.findings[findings[0] ?? -1];
  const own = memories.filter(
    ({ device, memoryType }) => device === finding?.device && memoryType === finding.memoryType,
  );
  const pid = page.tests[finding?.test ?? -1]?.pid;
  return own.find((each) => each.pid === pid) ?? fullestOf(own);
}

/** The memory that ran out; null: nothing is known of it. */
export function memoryOfShortage(
  { device, memoryType, pid }: Pick<PageShortage, "device" | "memoryType" | "pid">,
  memories: readonly Memory[],
): Memory | null {
  return memories.find((each) => each.device === device && each.memoryType === memoryType && each.pid === pid) ?? null;
}
