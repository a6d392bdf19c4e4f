import type { LiveTraffic } from "../../model/live-snapshot.ts";
import type { TracedMemory } from "./traced-memory.ts";

/** What processes allocated and freed since they began, those that have ended too; null: none was traced. */
export function trafficOf(memories: readonly TracedMemory[]): LiveTraffic | null {
  if (memories.length === 0) return null;
  return {
    allocations: memories.reduce((sum, { allocated }) => sum + allocated, 0),
    frees: memories.reduce((sum, { freed }) => sum + freed, 0),
  };
}
