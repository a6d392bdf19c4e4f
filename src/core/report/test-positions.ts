import type { TestRef } from "../model/event.ts";
import type { TestRecord } from "../model/run-record.ts";

/**
 * Where each attempt of a test stands among those of its process, in the order in which they began. Repeats of it, which
 * only we asked for, stand where it does.
 */
export class TestPositions {
  readonly #tests: readonly TestRecord[];
  /** Made when it is first asked for: most runs have enough memory. */
  #positions: ReadonlyMap<string, number> | null = null;

  constructor(tests: readonly TestRecord[]) {
    this.#tests = tests;
  }

  /** null: there is no such test. */
  of(process: number, ref: TestRef): number | null {
    this.#positions ??= positionsOf(this.#tests);
    return this.#positions.get(keyOf(process, ref)) ?? null;
  }
}

/** Tests of several processes may be interleaved. */
function positionsOf(tests: readonly TestRecord[]): ReadonlyMap<string, number> {
  const begun = new Map<number, number>();
  const positions = new Map<string, number>();
  for (const { process, ref, repeat } of tests) {
    const before = begun.get(process) ?? 0;
    const count = repeat > 0 ? before : before + 1;
    begun.set(process, count);
    positions.set(keyOf(process, ref), count - 1);
  }
  return positions;
}

function keyOf(process: number, { test, attempt }: TestRef): string {
  return `${process} ${attempt} ${test}`;
}
