import type { Limits } from "../model/event.ts";
import type { MemoryType } from "../model/memory-type.ts";

/**
 * The limit that allows growth of one memory type, in bytes per chip; null when none does.
 *
 * A limit of the type itself goes before the limit of all types together, which holds for their sum.
 */
export function allowance(
  limits: Limits,
  memoryType: MemoryType,
  grown: ReadonlyMap<MemoryType, number>,
): number | null {
  const size = grown.get(memoryType) ?? 0;
  const sum = [...grown.values()].reduce((a, b) => a + b, 0);
  if (limits.total !== null && sum > limits.total) return null;
  const limit = limits.perType[memoryType] ?? limits.total;
  return limit !== null && size <= limit ? limit : null;
}
