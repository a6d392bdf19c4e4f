import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { type ExportedInstant, type ExportedRun, memoryName } from "../../core/model/exported-recording.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";

/** After everything that is taken. `text` says which moment that is. */
export function instantAtEnd({ endNs }: Pick<ExportedRun, "endNs">, text: string): ExportedInstant {
  return { step: Number.MAX_SAFE_INTEGER, atNs: endNs, text };
}

/**
 * When one device held the most of a memory type, in one process.
 *
 * @param name null: of the type of which a device held the most
 * @throws UsageError for what is not a memory type, or was not used
 */
export function instantOfPeak(name: string | null, run: Pick<ExportedRun, "memories" | "endNs">): ExportedInstant {
  const memoryType = MEMORY_TYPES.find((each) => each === name?.toUpperCase());
  if (name !== null && memoryType === undefined) {
    throw new UsageError(`export: --peak ${printable(name)}: wanted a memory type, ${MEMORY_TYPES.join(", ")}`);
  }
  const [highest] = run.memories
    .filter((memory) => name === null || memory.memoryType === memoryType)
    .toSorted((a, b) => b.peak.bytes - a.peak.bytes);
  if (highest === undefined) {
    if (name === null) return instantAtEnd(run, "at the end");
    throw new UsageError(`export: --peak ${memoryType}: the recording has no buffer in it`);
  }
  const { step, atNs } = highest.peak;
  return { step, atNs, text: `at the peak of ${memoryName(highest)} in process ${highest.pid}` };
}
