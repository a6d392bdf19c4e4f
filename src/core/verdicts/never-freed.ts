import type { MemoryType } from "../model/memory-type.ts";
import type { StackFrame } from "../model/stack.ts";
import type { NeverFreed } from "../model/trace-report.ts";
import { originOf } from "./origin.ts";

/** A buffer nothing freed, and the number of the stack that allocated it. */
export interface KeptBuffer {
  readonly device: number;
  readonly memoryType: MemoryType;
  readonly sizeBytes: number;
  readonly stack: number;
  readonly operation: number;
}

/** Groups buffers by memory and by the line that allocated them, largest first. */
export function groupNeverFreed(
  buffers: Iterable<KeptBuffer>,
  stacks: ReadonlyMap<number, readonly StackFrame[]>,
  rootDir: string,
): NeverFreed[] {
  const groups = new Map<string, NeverFreed & { buffers: number; sizeBytes: number }>();
  for (const { device, memoryType, sizeBytes, stack, operation } of buffers) {
    const name = stacks.get(operation)?.[0]?.function ?? null;
    const origin = originOf(stacks.get(stack) ?? [], name, { rootDir, testFile: null });
    const key = JSON.stringify([device, memoryType, origin]);
    const group = groups.get(key) ?? { device, memoryType, origin, buffers: 0, sizeBytes: 0 };
    groups.set(key, { ...group, buffers: group.buffers + 1, sizeBytes: group.sizeBytes + sizeBytes });
  }
  return [...groups.values()].sort((a, b) => b.sizeBytes - a.sizeBytes || a.device - b.device);
}
