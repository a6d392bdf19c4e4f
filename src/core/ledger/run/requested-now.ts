import type { MemoryType } from "../../model/memory-type.ts";
import type { RequestedNow } from "../region-witness.ts";
import type { TracedMemory } from "./traced-memory.ts";

/**
 * What a traced process has live, as it was asked for: on the lowest of the first chips of its devices, because all that it has there
 * is counted. A mesh has further chips, which no record names. null: not all of it is known.
 */
export function requestedNow(memory: TracedMemory): RequestedNow | null {
  if (memory.lostRecords > 0 || memory.hasCleared) return null;
  const bytes: Record<MemoryType, number> = { DRAM: 0, L1: 0, L1_SMALL: 0, TRACE: 0 };
  const memories = [...memory.memories()].map(({ memoryType, buffers }) => {
    const [first] = buffers.values();
    return { memoryType, buffers, chip: first?.chip ?? null };
  });
  const chips = memories.flatMap(({ chip }) => chip ?? []);
  if (chips.length < memories.length) return null;
  const chip = chips.length === 0 ? null : Math.min(...chips);
  for (const { memoryType, buffers } of memories.filter((each) => each.chip === chip)) {
    for (const { requestedBytes } of buffers.values()) bytes[memoryType] += requestedBytes;
  }
  return { chip, bytes };
}
