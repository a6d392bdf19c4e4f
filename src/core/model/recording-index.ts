/** Records from one checkpoint to the next, at least. */
export const CHECKPOINT_RECORDS = 65_536;

/** Tests that the index names; of later ones nothing is found without reading all. */
export const INDEX_TESTS_MAX = 200_000;

/** Before a block: what is live then follows as messages of `live`, each with records of allocations. */
export interface RecordedCheckpoint {
  /** The block that follows it. */
  readonly block: number;
  /** CLOCK_MONOTONIC of the latest record before it. */
  readonly atNs: number;
  /** Whether no record was lost before it. */
  readonly isWhole: boolean;
}

/** One attempt of one test, or one repeat of it. */
export interface IndexedTest {
  readonly test: string;
  readonly attempt: number;
  readonly repeat: number;
  readonly process: number;
  /** CLOCK_MONOTONIC of its end; null: not known. */
  readonly endNs: number | null;
  /** The first and the last number of its contexts; null: it has none. */
  readonly contexts: readonly [number, number] | null;
}

/** By which a place in a recording is found. */
export interface RecordingIndex {
  readonly tests: readonly IndexedTest[];
  /** Those beyond the ones that are named. */
  readonly moreTests: number;
  /** `process`: that runs tests; null: it runs none. */
  readonly rings: readonly { readonly ring: number; readonly pid: number; readonly process: number | null }[];
  /** In their order. */
  readonly checkpoints: readonly RecordedCheckpoint[];
}
