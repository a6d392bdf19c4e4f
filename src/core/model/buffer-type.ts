/** Names of a buffer's memory types, by the number in its frame. */
export const BUFFER_TYPE_NAMES = ["DRAM", "L1", "SYSTEM_MEMORY", "L1_SMALL", "TRACE"] as const;

/** Names of a kernel's types, by the number in its frame. */
export const KERNEL_TYPE_NAMES = ["Application", "Fabric", "Dispatch"] as const;

/** The name of a buffer's memory type by the number in its frame. */
export function bufferTypeName(typeIndex: number): string {
  return BUFFER_TYPE_NAMES[typeIndex] ?? `type ${typeIndex}`;
}
