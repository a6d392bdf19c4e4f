import { NumberMap } from "../../base/number-map.ts";
import type { TestRef } from "../../model/event.ts";
import type { Phase } from "../../model/phase.ts";
import type { TraceContext } from "../../model/trace-record.ts";

const PHASES: readonly Phase[] = ["setup", "call", "teardown", "fixture"];

const FIRST_ROOM = 64;

/** Between tests: one for all of them. */
const NOWHERE: TraceContext = { ref: null, phase: null, fixture: null, subtest: null };

/** What few contexts have. */
type Inner = Pick<TraceContext, "fixture" | "subtest">;

const NO_INNER: Inner = { fixture: null, subtest: null };

const makeColumns = (room: number) => ({
  /** NaN: not known. */
  timesNs: new Float64Array(room),
  /** Index of the test, plus 1; 0: none. */
  tests: new Uint32Array(room),
  /** Index in PHASES, plus 1; 0: none. */
  phases: new Uint8Array(room),
});

/**
 * The contexts of a process by number and by time, a row each, in columns: every test has four or more, all are kept, and as objects
 * they take ten times the memory.
 */
export class EnteredContexts {
  readonly #byNumber = new NumberMap<number>();
  #rows = 0;
  #columns = makeColumns(FIRST_ROOM);
  readonly #refs: TestRef[] = [];
  readonly #inner = new Map<number, Inner>();
  /** Rows whose time is known, where not all of them are; they follow one another in time. */
  #timed: number[] | null = null;

  /** `atNs`: CLOCK_MONOTONIC, in the order of the calls; null: not known. A number that is entered again stands for what it was entered with last. */
  enter(number: number, { ref, phase, fixture, subtest }: TraceContext, atNs: number | null): void {
    const row = this.#rows++;
    this.#byNumber.set(number, row);
    if (row === this.#columns.phases.length) this.#grow();
    this.#columns.timesNs[row] = atNs ?? Number.NaN;
    this.#columns.tests[row] = this.#numberOf(ref);
    this.#columns.phases[row] = phase === null ? 0 : PHASES.indexOf(phase) + 1;
    if (fixture !== null || subtest !== null) this.#inner.set(row, { fixture, subtest });
    if (atNs === null) this.#timed ??= Array.from({ length: row }, (_, earlier) => earlier);
    else this.#timed?.push(row);
  }

  /** null: there is none of that number. */
  of(number: number): TraceContext | null {
    const row = this.#byNumber.get(number);
    return row === undefined ? null : this.#at(row);
  }

  /** The one entered last at that time; null: before the first, or not known. */
  at(timeNs: number): TraceContext | null {
    let [from, to] = [0, this.#timed?.length ?? this.#rows];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#columns.timesNs[this.#timedRow(middle)] ?? 0) <= timeNs) from = middle + 1;
      else to = middle;
    }
    return from === 0 ? null : this.#at(this.#timedRow(from - 1));
  }

  #timedRow(index: number): number {
    return this.#timed === null ? index : (this.#timed[index] ?? 0);
  }

  #at(row: number): TraceContext {
    const ref = this.#refs[(this.#columns.tests[row] ?? 0) - 1] ?? null;
    const phase = PHASES[(this.#columns.phases[row] ?? 0) - 1] ?? null;
    const { fixture, subtest } = this.#inner.get(row) ?? NO_INNER;
    const isNowhere = ref === null && phase === null && fixture === null && subtest === null;
    return isNowhere ? NOWHERE : { ref, phase, fixture, subtest };
  }

  /** Contexts of one test follow one another. */
  #numberOf(ref: TestRef | null): number {
    if (ref === null) return 0;
    return this.#refs.at(-1) === ref ? this.#refs.length : this.#refs.push(ref);
  }

  #grow(): void {
    const from = this.#columns;
    const to = makeColumns(from.phases.length * 2);
    for (const name of Object.keys(to) as (keyof typeof to)[]) to[name].set(from[name]);
    this.#columns = to;
  }
}
