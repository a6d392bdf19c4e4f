import type { Random } from "../../e2e/chaos/random.ts";
import type { TraceRecord } from "../../src/core/model/trace-record.ts";

/** What becomes of a record on its way into the ring. */
export interface RecordDamage {
  pass(record: TraceRecord): readonly TraceRecord[];
}

/** What goes wrong with what is heard of a run. */
export const DAMAGES = [
  "none",
  "small-ring",
  "frees-missing",
  "frees-twice",
  "reordered",
  "pid-reused",
  "crash",
  "cut",
] as const;

export type Damage = (typeof DAMAGES)[number];

/** One of so many frees. */
const FREES_HIT = 4;

export function recordDamage(damage: Damage, random: Random): RecordDamage {
  switch (damage) {
    case "frees-missing":
      return { pass: (record) => (record.kind === "free" && random.below(FREES_HIT) === 0 ? [] : [record]) };
    case "frees-twice":
      return new FreesTwice(random);
    case "reordered":
      return new Reordered(random);
    default:
      return { pass: (record) => [record] };
  }
}

/** Some frees come once more, after what came next: their address may have been given again by then. */
class FreesTwice implements RecordDamage {
  readonly #random: Random;
  #again: TraceRecord | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  pass(record: TraceRecord): readonly TraceRecord[] {
    const again = this.#again;
    this.#again = record.kind === "free" && this.#random.below(FREES_HIT) === 0 ? record : null;
    return again === null ? [record] : [record, again];
  }
}

/** A free and what follows it change places, as where two threads race. A mark stays where it is: it waits for both. */
class Reordered implements RecordDamage {
  readonly #random: Random;
  #held: TraceRecord | null = null;

  constructor(random: Random) {
    this.#random = random;
  }

  pass(record: TraceRecord): readonly TraceRecord[] {
    const held = this.#held;
    this.#held = null;
    if (held !== null) return record.kind === "mark" ? [held, record] : [record, held];
    if (record.kind !== "free" || this.#random.below(FREES_HIT) !== 0) return [record];
    this.#held = record;
    return [];
  }
}
