import type { TestRef } from "../model/event.ts";
import type { RunOfTest } from "../model/memory-shortage-report.ts";
import type { TestRecord } from "../model/run-record.ts";

/**
 * Where each attempt of a test stands among those of its process, in the order in which they began. Repeats of it, which
 * only we asked for, stand where it does.
 */
export class TestPositions {
  readonly #tests: readonly TestRecord[];
  /** Made when it is first asked for: most runs have enough memory. */
  #places: ReadonlyMap<string, Place> | null = null;

  constructor(tests: readonly TestRecord[]) {
    this.#tests = tests;
  }

  /** null: there is no such test. */
  of(process: number, ref: TestRef): number | null {
    return this.#placeOf(process, ref)?.position ?? null;
  }

  /** Which run of a test it was, and how that ended. */
  runOf(process: number, ref: TestRef | null): RunOfTest {
    const test = ref === null ? undefined : this.#placeOf(process, ref)?.test;
    return { attempt: ref?.attempt ?? null, repeat: test?.repeat ?? 0, outcome: test?.outcome ?? null };
  }

  #placeOf(process: number, ref: TestRef): Place | undefined {
    this.#places ??= placesOf(this.#tests);
    return this.#places.get(keyOf(process, ref));
  }
}

interface Place {
  readonly position: number;
  readonly test: TestRecord;
}

/** Tests of several processes may be interleaved. */
function placesOf(tests: readonly TestRecord[]): ReadonlyMap<string, Place> {
  const begun = new Map<number, number>();
  const places = new Map<string, Place>();
  for (const test of tests) {
    const { process, ref, repeat } = test;
    const before = begun.get(process) ?? 0;
    const count = repeat > 0 ? before : before + 1;
    begun.set(process, count);
    places.set(keyOf(process, ref), { position: count - 1, test });
  }
  return places;
}

function keyOf(process: number, { test, attempt }: TestRef): string {
  return `${process} ${attempt} ${test}`;
}
