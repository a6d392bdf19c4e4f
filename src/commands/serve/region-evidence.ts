import { RegionWitness, type RequestedNow } from "../../core/ledger/region-witness.ts";
import type { MemoryType } from "../../core/model/memory-type.ts";
import type { ServerGroup } from "../../core/model/server-group.ts";
import type { SourceDifference } from "../../core/verdicts/source-differences.ts";
import { CountedBytes } from "../regions/counted-bytes.ts";
import type { FollowedProcess } from "./traced-process.ts";

/** What a dump is to be held against regions: the records of each process by then. */
export type RegionLook = ReadonlyMap<FollowedProcess, number>;

/** Differences that are kept: those of processes that are followed. */
const DIFFERENCES_MAX = 1_000;

/** Holds what rings have booked against what their processes count in regions, at each dump of all that is live. */
export class RegionEvidence {
  readonly #followed: () => readonly FollowedProcess[];
  readonly #counted: CountedBytes;
  readonly #witnesses = new WeakMap<FollowedProcess, RegionWitness>();
  readonly #certain = new Map<FollowedProcess, SourceDifference[]>();

  constructor(followed: () => readonly FollowedProcess[], counted: CountedBytes = new CountedBytes()) {
    this.#followed = followed;
    this.#counted = counted;
  }

  /** To be called when the books are about to be walked through: of processes all of whose records are booked. */
  begin(): RegionLook {
    const whole = this.#followed().filter(({ ring, isWhole }) => ring.isOpen && isWhole && ring.isReadToEnd);
    return new Map(whole.map((traced) => [traced, traced.ring.head()]));
  }

  /** What is certain by now. `recordedOf`: what was on the books of a process, as it was asked for. */
  end(look: RegionLook, recordedOf: (pid: number) => readonly ServerGroup[]): readonly SourceDifference[] {
    const followed = new Set(this.#followed());
    for (const traced of this.#certain.keys()) if (!followed.has(traced)) this.#certain.delete(traced);
    const countedBy = this.#counted.now();
    for (const [traced, head] of look) {
      // What it recorded meanwhile may be in its region, and is not in what was walked through.
      if (traced.ring.head() === head) this.#compare(traced, head, recordedOf(traced.process.pid), countedBy);
    }
    return [...this.#certain.values()].flat();
  }

  #compare(
    traced: FollowedProcess,
    records: number,
    groups: readonly ServerGroup[],
    countedBy: ReturnType<CountedBytes["now"]>,
  ): void {
    const { pid, localPid } = traced.process;
    const requested = requestedOf(groups);
    const counted = localPid === null ? null : countedBy(localPid, requested.chip);
    if (counted === null) return;
    const witness = this.#witnesses.get(traced) ?? new RegionWitness();
    this.#witnesses.set(traced, witness);
    for (const { chip, memoryType, regionBytes, tracedBytes } of witness.compare(records, requested, counted)) {
      if (this.#certain.size >= DIFFERENCES_MAX) return;
      const buffers = groups.find((group) => group.device === chip && group.memoryType === memoryType)?.buffers ?? 0;
      const recorded = { buffers, sizeBytes: tracedBytes };
      const told = { by: "region", sizeBytes: regionBytes } as const;
      const difference = { pid, device: chip, memoryType, recorded, told };
      this.#certain.set(traced, [...(this.#certain.get(traced) ?? []), difference]);
    }
  }
}

/** On the lowest device that has anything: a mesh has further chips, which no record names. */
function requestedOf(groups: readonly ServerGroup[]): RequestedNow {
  const bytes: Record<MemoryType, number> = { DRAM: 0, L1: 0, L1_SMALL: 0, TRACE: 0 };
  const chip = groups.length === 0 ? null : Math.min(...groups.map(({ device }) => device));
  for (const { device, memoryType, sizeBytes } of groups) {
    if (device === chip && isCounted(memoryType)) bytes[memoryType] += sizeBytes;
  }
  return { chip, bytes };
}

function isCounted(memoryType: string): memoryType is MemoryType {
  return memoryType === "DRAM" || memoryType === "L1" || memoryType === "L1_SMALL" || memoryType === "TRACE";
}
