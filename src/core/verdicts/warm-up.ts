import type { TestRef } from "../model/event.ts";
import type { Allocation, RunRecord, Sighting, TestRecord } from "../model/run-record.ts";
import { chargeOf } from "./growth.ts";

/** One attempt of a test with its repeats, and as what it is judged. */
interface Attempt {
  readonly own: TestRecord;
  /** Stands in its place. `warmUp` has no problem where a later run counts, and is null where the own one does. */
  readonly judged: TestRecord;
  /** Runs that only warmed up: what they left is nobody's finding. */
  readonly warming: readonly TestRecord[];
  /** Repeats that are reported as the attempt itself. */
  readonly merged: readonly TestRecord[];
}

/**
 * The run as it is judged where tests warm up: the run of a test that counts stands in the place of its own, and what the
 * runs before it left is nobody's finding. Where a test could not warm up its own run counts, and `warmUp` says why. An
 * attempt that pytest itself ran again has warmed up the next one.
 */
export function afterWarmUp(record: RunRecord): RunRecord {
  if (record.tests.every(({ warmUp }) => warmUp === null)) return record;
  const byTest = Map.groupBy(record.tests, ({ process, ref }) => `${process} ${ref.test}`);
  const attempts = [...byTest.values()].flatMap(attemptsOf);
  const runs = new Runs(attempts);
  return {
    ...record,
    tests: record.tests.flatMap((test) => runs.judged(test)),
    allocations: record.allocations
      .filter(
        ({ process, birth: { ref, moment } }) => !runs.isWarming(process, ref) || chargeOf(moment, ref) !== "test",
      )
      .map((allocation) => renamed(allocation, (ref) => runs.nameOf(allocation.process, ref))),
    otherAllocations: record.otherAllocations
      .filter(({ process, ref }) => !runs.isWarming(process, ref))
      .map((other) => ({ ...other, ref: runs.nameOf(other.process, other.ref) })),
  };
}

/** What became of each run, by the run. */
class Runs {
  readonly #judged: ReadonlyMap<TestRecord, TestRecord>;
  readonly #names: ReadonlyMap<string, TestRef>;
  readonly #warming: ReadonlySet<string>;

  constructor(attempts: readonly Attempt[]) {
    this.#judged = new Map(attempts.map(({ own, judged }) => [own, judged]));
    this.#names = new Map(
      attempts.flatMap(({ own, merged }) => merged.map((each) => [keyOf(each.process, each.ref), own.ref])),
    );
    this.#warming = new Set(attempts.flatMap(({ warming }) => warming.map(({ process, ref }) => keyOf(process, ref))));
  }

  /** As what it is judged; nothing where another run stands for it. */
  judged(test: TestRecord): readonly TestRecord[] {
    if (this.#names.has(keyOf(test.process, test.ref))) return [];
    return [this.#judged.get(test) ?? test];
  }

  nameOf(process: number, ref: TestRef): TestRef {
    return this.#names.get(keyOf(process, ref)) ?? ref;
  }

  isWarming(process: number, ref: TestRef | null): boolean {
    return ref !== null && this.#warming.has(keyOf(process, ref));
  }
}

/** `runs`: all of one test in one process, in order. */
function attemptsOf(runs: readonly TestRecord[]): Attempt[] {
  return runs.flatMap((own, index) => {
    if (own.repeat > 0) return [];
    const after = runs.slice(index + 1);
    const end = after.findIndex(({ repeat }) => repeat === 0);
    const next = after[end];
    return attemptOf(own, end === -1 ? after : after.slice(0, end), next?.session === own.session);
  });
}

function attemptOf(own: TestRecord, repeats: readonly TestRecord[], isRerun: boolean): Attempt {
  const { warmUp } = own;
  const first = { own, judged: { ...own, warmUp: null }, warming: [], merged: [] };
  if (warmUp === null) return first;
  if (repeats.length === 0 && isRerun) return { ...first, warming: [own] };
  const counted = repeats.find(({ repeat }) => repeat === warmUp.runs);
  const problem = problemOf(own, repeats, counted);
  if (counted === undefined || problem !== null) {
    return { ...first, judged: { ...own, warmUp: problem === null ? null : { ...warmUp, problem } } };
  }
  const merged = repeats.filter(({ repeat }) => repeat <= warmUp.runs);
  const { ref, repeat, peaks } = own;
  return { own, judged: { ...counted, ref, repeat, peaks, warmUp }, warming: [own, ...merged.slice(0, -1)], merged };
}

/** Why the run that should count cannot; null: it can, or there was no need for it. */
function problemOf(own: TestRecord, repeats: readonly TestRecord[], counted: TestRecord | undefined): string | null {
  if (own.warmUp?.problem != null || repeats.length === 0) return own.warmUp?.problem ?? null;
  const number = (own.warmUp?.runs ?? 0) + 1;
  if (counted === undefined || counted.outcome === null) return `its run ${number} did not come to an end`;
  if (counted.outcome !== own.outcome)
    return `it ended as ${own.outcome}, and as ${counted.outcome} in its run ${number}`;
  const [reason] = counted.notChecked;
  return reason === undefined ? null : `its run ${number} could not be measured: ${reason}`;
}

function renamed(allocation: Allocation, nameOf: (ref: TestRef) => TestRef): Allocation {
  const { birth, death, endedWithDevice } = allocation;
  const seen = (sighting: Sighting): Sighting =>
    sighting.ref === null ? sighting : { ...sighting, ref: nameOf(sighting.ref) };
  return {
    ...allocation,
    birth: seen(birth),
    death: death === null ? null : seen(death),
    endedWithDevice: endedWithDevice?.ref == null ? endedWithDevice : { ref: nameOf(endedWithDevice.ref) },
  };
}

function keyOf(process: number, { test, attempt }: TestRef): string {
  return `${process} ${attempt} ${test}`;
}
