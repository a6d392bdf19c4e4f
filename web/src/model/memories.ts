import { MEMORY_TYPES, type MemoryType } from "../../../src/core/model/memory-type.ts";
import type { Timeline, TimelineSeries } from "../../../src/core/model/timeline.ts";

/** A memory that a timeline has a series of. */
export interface Memory {
  /** Index into `Timeline.series`. */
  readonly index: number;
  /** Names it in an address: "0-DRAM-4711". */
  readonly key: string;
  readonly device: number;
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
  return { index, key, device, memoryType, pid, mostBytes: mostBytes.reduce((a, b) => Math.max(a, b), 0) };
}

function inOrder(a: Memory, b: Memory): number {
  return (
    a.device - b.device || a.pid - b.pid || MEMORY_TYPES.indexOf(a.memoryType) - MEMORY_TYPES.indexOf(b.memoryType)
  );
}

/** The memory that is shown first: the one that held most of what it has. */
export function fullestOf(memories: readonly Memory[], { series }: Pick<Timeline, "series">): Memory | null {
  const shareOf = ({ index, mostBytes }: Memory): number => mostBytes / (series[index]?.capacityBytes ?? Infinity);
  return memories.reduce<Memory | null>((best, each) => {
    if (best === null) return each;
    const difference = shareOf(each) - shareOf(best) || each.mostBytes - best.mostBytes;
    return difference > 0 ? each : best;
  }, null);
}
