import { formatBytes } from "../base/bytes.ts";
import type { LiveBuffer } from "../model/server-view.ts";
import { BUFFER_TYPE_NAMES } from "../model/server-view.ts";

/** Rules over what an allocation server has on its books. The numbers are those of the earlier system's guide. */
export interface LedgerRules {
  /** More references than this to one buffer are more than a buffer and its view. */
  readonly refCountMax: number;
  /** DRAM of one device that is program cache: the binaries of the usual two cached programs, 12 and 24 KB. */
  readonly programCacheBytes: number;
  /** The largest binary of one cached program. */
  readonly programBytes: number;
  /** L1 that a mesh's first device holds for itself: 12 KB after the tests, 22 KB during them. */
  readonly infrastructureL1Bytes: number;
  /** DRAM of one device that is more than any test should leave: model weights, or a KV cache. */
  readonly largeDramBytes: number;
}

const KB = 1024;

const DEFAULT_LEDGER_RULES: LedgerRules = {
  refCountMax: 2,
  programCacheBytes: 36 * KB,
  programBytes: 24 * KB,
  infrastructureL1Bytes: 22 * KB,
  largeDramBytes: 100 * KB * KB,
};

type LedgerRuleName = "untracked-free" | "ref-count" | "program-cache" | "infrastructure-l1" | "large-dram" | "growth";

export interface LedgerFinding {
  readonly rule: LedgerRuleName;
  readonly verdict: "leak" | "suspect" | "program-cache" | "expected" | "untracked-free";
  readonly device: number;
  readonly memoryType: string;
  readonly buffers: number;
  readonly sizeBytes: number;
  /** Owners, ascending; at most PIDS_MAX. */
  readonly pids: readonly number[];
  readonly evidence: string;
}

/** Owners that a finding names. */
const PIDS_MAX = 10;

const DRAM = 0;
const L1 = 1;

/** Comparisons of one baseline that are remembered. */
const COMPARISONS_MAX = 100;

/**
 * What is new since a baseline, held against the earlier comparisons with it, which `sizes` remembers by device and memory
 * type: new once is a suspect; more each time is a leak.
 */
export function judgeGrowth(
  groups: readonly Pick<LedgerFinding, "device" | "memoryType" | "buffers" | "sizeBytes">[],
  sizes: Map<string, number>[],
): LedgerFinding[] {
  sizes.push(new Map(groups.map((group) => [`${group.device} ${group.memoryType}`, group.sizeBytes])));
  sizes.splice(0, Math.max(0, sizes.length - COMPARISONS_MAX));
  return groups.map((group) => {
    const vector = sizes.map((each) => each.get(`${group.device} ${group.memoryType}`) ?? 0);
    const grewEachTime = vector.length > 1 && vector.every((size, i) => i === 0 || size > (vector[i - 1] ?? 0));
    const amounts = vector.map(formatBytes).join(", ");
    const evidence = grewEachTime
      ? `${group.memoryType} grew at each of ${vector.length} comparisons: ${amounts}.`
      : `${formatBytes(group.sizeBytes)} of ${group.memoryType} are new since the baseline (${amounts}); more each time would be a leak.`;
    return { ...group, rule: "growth", verdict: grewEachTime ? "leak" : "suspect", pids: [], evidence };
  });
}

/** Buffers that one rule has something to say about, on one device. */
class Pile {
  buffers = 0;
  sizeBytes = 0;
  most = 0;
  readonly #pids = new Set<number>();

  add({ sizeBytes, pid }: LiveBuffer, amount: number): void {
    this.buffers += 1;
    this.sizeBytes += Number(sizeBytes);
    this.most = Math.max(this.most, amount);
    if (this.#pids.size < PIDS_MAX) this.#pids.add(pid);
  }

  get pids(): readonly number[] {
    return [...this.#pids].toSorted((a, b) => a - b);
  }
}

/**
 * What live buffers are, as far as the books alone can tell: a buffer that is live is no leak by itself. Takes them in
 * portions, so that millions can be judged without holding them.
 */
export class LedgerJudge {
  readonly #rules: LedgerRules;
  readonly #piles = new Map<string, Pile>();

  constructor(rules: LedgerRules = DEFAULT_LEDGER_RULES) {
    this.#rules = rules;
  }

  add(buffers: readonly LiveBuffer[]): void {
    for (const buffer of buffers) this.#addOne(buffer);
  }

  #addOne(buffer: LiveBuffer): void {
    const { typeIndex, allocs, frees, refCount, address, sizeBytes } = buffer;
    if (typeIndex === L1 && frees === 0 && allocs > 1) {
      this.#pile("untracked-free", buffer, allocs);
      return;
    }
    // Allocations of a graph capture without memory all have the address 0 and share one entry.
    if (refCount > this.#rules.refCountMax && address !== 0n) this.#pile("ref-count", buffer, refCount);
    if (typeIndex === DRAM) this.#pile(sizeBytes <= this.#rules.programBytes ? "small-dram" : "dram", buffer, 0);
    if (typeIndex === L1) this.#pile("l1", buffer, 0);
  }

  #pile(what: string, buffer: LiveBuffer, amount: number): void {
    const key = `${what} ${buffer.device} ${buffer.typeIndex}`;
    const pile = this.#piles.get(key) ?? new Pile();
    this.#piles.set(key, pile);
    pile.add(buffer, amount);
  }

  /** By device, then as the rules are listed. */
  findings(): LedgerFinding[] {
    const findings = [...this.#piles].flatMap(([key, pile]) => {
      const [what = "", device, type] = key.split(" ");
      return this.#judge(what, pile, Number(device), Number(type)) ?? [];
    });
    return findings.toSorted((a, b) => a.device - b.device || (a.rule < b.rule ? -1 : 1));
  }

  #judge(what: string, pile: Pile, device: number, type: number): LedgerFinding | null {
    const { buffers, sizeBytes, pids, most } = pile;
    const memoryType = BUFFER_TYPE_NAMES[type] ?? `type ${type}`;
    const facts = { device, memoryType, buffers, sizeBytes, pids };
    const amount = `${formatBytes(sizeBytes)} of ${memoryType} in ${buffers} buffer${buffers === 1 ? "" : "s"}`;
    const rules = this.#rules;
    switch (what) {
      case "untracked-free":
        return {
          ...facts,
          rule: what,
          verdict: "untracked-free",
          evidence: `${amount}, allocated up to ${most} times and never freed: circular buffers, whose frees old clients do not report.`,
        };
      case "ref-count":
        return {
          ...facts,
          rule: what,
          verdict: "suspect",
          evidence: `${amount} with up to ${most} references, more than ${rules.refCountMax}: something keeps views of it.`,
        };
      case "small-dram": {
        if (sizeBytes > rules.programCacheBytes) return null;
        const limit = formatBytes(rules.programCacheBytes);
        const evidence = `${amount}, none over ${formatBytes(rules.programBytes)} and all within ${limit}: cached programs, which clearing the program cache frees.`;
        return { ...facts, rule: "program-cache", verdict: "program-cache", evidence };
      }
      case "l1": {
        if (device !== 0 || sizeBytes > rules.infrastructureL1Bytes) return null;
        const evidence = `${amount} on device 0, within ${formatBytes(rules.infrastructureL1Bytes)}: what a mesh's first device holds for itself.`;
        return { ...facts, rule: "infrastructure-l1", verdict: "expected", evidence };
      }
      default: {
        if (sizeBytes <= rules.largeDramBytes) return null;
        const evidence = `${amount}, more than ${formatBytes(rules.largeDramBytes)}: model weights or a KV cache.`;
        return { ...facts, rule: "large-dram", verdict: "leak", evidence };
      }
    }
  }
}
