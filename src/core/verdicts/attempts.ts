import type { TestRef } from "../model/event.ts";
import type { TestRecord } from "../model/run-record.ts";

/** The attempts of one test in one process, in order. */
export interface Attempts {
  readonly all: readonly TestRecord[];
  /** Without repeats. */
  readonly own: readonly TestRecord[];
  readonly areRepeated: boolean;
  /** In how many pytest sessions they ran. */
  readonly sessions: number;
}

const NO_ATTEMPTS: Attempts = { all: [], own: [], areRepeated: false, sessions: 0 };

interface Several extends Attempts {
  readonly byNumber: ReadonlyMap<number, TestRecord>;
}

/**
 * The tests of a run by process and name. Most have one attempt, and a run has many of them: they are found by the names that are there
 * already, and lists are kept of the others only.
 */
export class AttemptsByTest {
  readonly #first = new Map<number, Map<string, TestRecord>>();
  /** By the first attempt, where there are others. */
  readonly #several = new Map<TestRecord, Several>();

  constructor(tests: readonly TestRecord[]) {
    const again = new Map<TestRecord, TestRecord[]>();
    for (const test of tests) {
      const first = this.#firstOf(test);
      if (first === test) continue;
      const all = again.get(first) ?? [first];
      all.push(test);
      again.set(first, all);
    }
    for (const [first, all] of again) this.#several.set(first, severalOf(all));
  }

  /** null: there is none. */
  of(process: number, { test, attempt }: TestRef): TestRecord | null {
    const first = this.#first.get(process)?.get(test);
    if (first === undefined) return null;
    const several = this.#several.get(first);
    if (several !== undefined) return several.byNumber.get(attempt) ?? null;
    return first.ref.attempt === attempt ? first : null;
  }

  attemptsOf({ process, ref }: TestRecord): Attempts {
    const first = this.#first.get(process)?.get(ref.test);
    if (first === undefined) return NO_ATTEMPTS;
    return this.#several.get(first) ?? attemptsAmong([first]);
  }

  /** Of its process and name; the test itself where none was known. */
  #firstOf(test: TestRecord): TestRecord {
    const byName = this.#first.get(test.process) ?? new Map<string, TestRecord>();
    this.#first.set(test.process, byName);
    const first = byName.get(test.ref.test) ?? test;
    byName.set(test.ref.test, first);
    return first;
  }
}

function severalOf(all: readonly TestRecord[]): Several {
  return { ...attemptsAmong(all), byNumber: new Map(all.map((test) => [test.ref.attempt, test])) };
}

function attemptsAmong(all: readonly TestRecord[]): Attempts {
  const own = all.filter(({ repeat }) => repeat === 0);
  const sessions = new Set(all.map(({ session }) => session)).size;
  return { all, own, areRepeated: own.length < all.length, sessions };
}
