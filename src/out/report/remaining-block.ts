import { kilobytes, megabytes, titleBox } from "../../core/base/earlier-text.ts";
import { MEMORY_TYPES, type MemoryType } from "../../core/model/memory-type.ts";
import type { HeldMemory } from "../../core/model/run-report.ts";
import { LISTED_BUFFERS_MAX } from "../../core/model/server-view.ts";

interface RemainingBuffer {
  readonly address: bigint;
  readonly sizeBytes: number;
  readonly pid: number;
}

/** Unlike the earlier server we do not hear of each free: what is seen is what was live at the last measurements. */
const NONE = "No buffers remaining when the devices were last measured";

/**
 * The block the earlier allocation server printed when asked for what remains, so that eyes and scripts that know it
 * find it. Reference counts were not measured, so that none is given.
 */
export function remainingBlock(remaining: readonly HeldMemory[]): string {
  const total = remaining.reduce((sum, { buffers }) => sum + buffers.length, 0);
  const lines = ["", ...titleBox("REMAINING ALLOCATED BUFFERS"), `Total tracked allocations: ${total}`, ""];
  if (total === 0) return [...lines, NONE, ""].join("\n");
  const devices = [...Map.groupBy(remaining, ({ device }) => device)].toSorted(([a], [b]) => a - b);
  for (const [device, held] of devices) lines.push(`Device ${device}:`, ...deviceLines(held), "");
  return [...lines, `Total remaining buffers: ${total}`, "", ""].join("\n");
}

function deviceLines(held: readonly HeldMemory[]): readonly string[] {
  return MEMORY_TYPES.flatMap((memoryType) => typeLines(memoryType, held));
}

function typeLines(memoryType: MemoryType, held: readonly HeldMemory[]): readonly string[] {
  const buffers = held
    .filter((each) => each.memoryType === memoryType)
    .flatMap(({ pid, buffers }): RemainingBuffer[] => buffers.map((buffer) => ({ ...buffer, pid })));
  if (buffers.length === 0) return [];
  const sizeBytes = buffers.reduce((sum, buffer) => sum + buffer.sizeBytes, 0);
  const head = `  ${memoryType}: ${buffers.length} buffers, ${megabytes(sizeBytes)} MB total`;
  return [head, ...(buffers.length > LISTED_BUFFERS_MAX ? [] : buffers.toSorted(byAddress).map(bufferLine))];
}

function byAddress(a: RemainingBuffer, b: RemainingBuffer): number {
  return a.address < b.address ? -1 : Number(a.address > b.address);
}

function bufferLine({ address, sizeBytes, pid }: RemainingBuffer): string {
  return `    - Buffer 0x${address.toString(16)}: ${kilobytes(sizeBytes)} KB (PID ${pid})`;
}
