import type { Allocation } from "../../model/run-record.ts";
import type { Birth } from "../../model/trace-record.ts";
import type { Placed } from "./lay-out.ts";
import type { TracedBuffer } from "./traced-buffer.ts";
import type { TracedNames } from "./traced-names.ts";

/** What of a block's life is known when it is first seen. */
type AtBirth = Pick<Allocation, "process" | "device" | "memoryType" | "address" | "bytesPerBank" | "banks" | "birth">;

/** One block's life, as far as it is known, with the numbers of what was traced of it. */
export type OpenAllocation = AtBirth & {
  -readonly [Fact in Exclude<keyof Allocation, keyof AtBirth | "traced">]: Allocation[Fact];
} & { readonly traced: TracedBuffer | null };

/** A block that was live at the last look. */
export interface LookedBlock extends Placed {
  /** On each chip. */
  readonly sizeBytes: number;
  /** What referred to it on the host when its test was over; empty: nothing that is known. */
  readonly holders: readonly string[];
  /** To be asked when all is known of the run. */
  birth(names: TracedNames): Birth;
}

export function lookedBlock(allocation: OpenAllocation): LookedBlock {
  const { address, bytesPerBank, banks, holders } = allocation;
  const place = { address: Number(address), bytesPerBank, bornNs: 0 };
  return { ...place, sizeBytes: bytesPerBank * banks, holders, birth: (names) => birthOf(allocation, names) };
}

/** As far as it was traced, else as the plugin noted it and the looks showed it. */
function birthOf({ birth: { ref, fixture }, noted, traced }: OpenAllocation, names: TracedNames): Birth {
  if (traced !== null) return names.birthOf(traced);
  return {
    context: { ref, phase: null, subtest: null, fixture },
    stack: noted?.stack ?? [],
    operation: noted?.operation ?? null,
  };
}
