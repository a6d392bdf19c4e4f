import type { MemoryType } from "../model/memory-type.ts";
import type { StackFrame } from "../model/stack.ts";
import type { DeviceNumber, TracedSize } from "../model/trace-record.ts";
import type { NeverFreed } from "../model/trace-report.ts";
import { originOf } from "./user-line-in-stack.ts";

/** A buffer nothing freed, and the number of the stack that allocated it. */
export interface KeptBuffer extends DeviceNumber, TracedSize {
  readonly memoryType: MemoryType;
  readonly stack: number;
  readonly operation: number;
}

/** Groups buffers by memory and by the line that allocated them, largest first. */
export function groupNeverFreed(
  buffers: Iterable<KeptBuffer>,
  stacks: ReadonlyMap<number, readonly StackFrame[]>,
  rootDir: string,
): NeverFreed[] {
  const groups = new Map<string, NeverFreed>();
  for (const { device, openedAs, memoryType, stack, operation, ...size } of buffers) {
    const name = stacks.get(operation)?.[0]?.function ?? null;
    const origin = originOf(stacks.get(stack) ?? [], name, { rootDir, testFile: null });
    const where = { device, openedAs, memoryType, origin };
    const key = JSON.stringify(where);
    const group = groups.get(key) ?? { ...where, buffers: 0, sizeBytes: 0, isExact: true, requestedBytes: 0 };
    groups.set(key, withBuffer(group, size));
  }
  return [...groups.values()].sort((a, b) => b.sizeBytes - a.sizeBytes || a.device - b.device);
}

function withBuffer(group: NeverFreed, { sizeBytes, isExact, requestedBytes }: TracedSize): NeverFreed {
  return {
    ...group,
    buffers: group.buffers + 1,
    sizeBytes: group.sizeBytes + sizeBytes,
    isExact: group.isExact && isExact,
    requestedBytes: group.requestedBytes + requestedBytes,
  };
}
