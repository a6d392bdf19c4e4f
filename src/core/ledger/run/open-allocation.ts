import type { Keeper, TensorDescription, TestRef } from "../../model/event.ts";
import type { Block, FixtureRef } from "../../model/measurement.ts";
import type { Sighting } from "../../model/run-record.ts";
import type { NotedBirth } from "../../model/stack.ts";
import type { TracedLife } from "../../model/traced.ts";
import type { Placed } from "./lay-out.ts";
import type { Birth } from "./memory-source.ts";
import type { TracedBuffer } from "./traced-buffer.ts";

/** A traced buffer's numbers, resolved. */
export type LifeOf = (buffer: TracedBuffer) => TracedLife;

/** One block's life, as far as it is known. */
export interface OpenAllocation {
  readonly block: Block;
  readonly banks: number;
  readonly birth: Sighting;
  death: Sighting | null;
  endedWithDevice: { readonly ref: TestRef | null } | null;
  keptBy: Keeper | null;
  isWaiting: boolean;
  fixturesEnded: readonly FixtureRef[];
  outlivedFixture: boolean;
  tensor: TensorDescription | null;
  holders: readonly string[];
  inside: readonly string[];
  noted: NotedBirth | null;
  readonly traced: TracedBuffer | null;
}

/** A block that was live at the last look. */
export interface LookedBlock extends Placed {
  /** On each chip. */
  readonly sizeBytes: number;
  /** What referred to it on the host when its test was over; empty: nothing that is known. */
  readonly holders: readonly string[];
  /** To be asked when all is known of the run. */
  birth(lifeOf: LifeOf): Birth;
}

export function lookedBlock(allocation: OpenAllocation): LookedBlock {
  const { block, banks, holders } = allocation;
  const { bytesPerBank } = block;
  const place = { address: Number(block.address), bytesPerBank, bornNs: 0 };
  return { ...place, sizeBytes: bytesPerBank * banks, holders, birth: (lifeOf) => birthOf(allocation, lifeOf) };
}

/** As far as it was traced, else as the plugin noted it and the looks showed it. */
function birthOf({ birth: { ref, fixture }, noted, traced }: OpenAllocation, lifeOf: LifeOf): Birth {
  if (traced !== null) {
    const { allocated: context, stack, operation } = lifeOf(traced);
    return { context, stack, operation };
  }
  return {
    context: { ref, phase: null, subtest: null, fixture },
    stack: noted?.stack ?? [],
    operation: noted?.operation ?? null,
  };
}
