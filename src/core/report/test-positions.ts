import type { TestRef } from "../model/event.ts";
import type { TestRecord } from "../model/run-record.ts";

/** Where each attempt of a test stands among those of its process, in the order in which they began. */
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
  for (const { process, ref } of tests) {
    const position = begun.get(process) ?? 0;
    begun.set(process, position + 1);
    positions.set(keyOf(process, ref), position);
  }
  return positions;
}

function keyOf(process: number, { test, attempt }: TestRef): string {
  return `${process} ${attempt} ${test}`;
}
