import type { ProcessInfo, TestRef } from "../model/event.ts";
import type { MemoryType } from "../model/memory-type.ts";
import type { Rules } from "../model/rules.ts";
import type { Look, RunRecord, TestRecord } from "../model/run-record.ts";
import { AttemptsByTest } from "./attempts.ts";
import { growthInRepeats } from "./confirm-repeats.ts";
import { type Growth, likenessOf, sizeBytesOf } from "./growth.ts";
import { testOrderOf } from "./test-order.ts";

/** What a verdict on one growth may look at besides the growth itself: the rest of the run. */
export interface Context {
  readonly rules: Rules;
  testOf(growth: Growth): TestRecord | null;
  /** The code that the test ran which freed a buffer of the growth's process; null: no test did. */
  codeThatFreed(growth: Growth, freed: TestRef | null | undefined): string | null;
  /** Whether the growth's process came to its end: by then wider fixtures have let go of what they held. */
  hasFinished(growth: Growth): boolean;
  /** The process of a growth, as the session of its test has it. */
  infoOf(growth: Growth): ProcessInfo | null;
  /** The attempts of the same test in the same process, in order, without repeats. */
  attemptsOf(test: TestRecord): readonly TestRecord[];
  likenessOf(growth: Growth): string;
  /** Who left memory of this likeness behind, over the whole run. */
  testsThatLeft(likeness: string): Leavers;
  /** A growth of the same likeness that was left earlier and went in the growth's test; null: there is none. */
  replacedBy(growth: Growth): Growth | null;
  /** Whether an attempt of a test left memory of the growth's type. */
  hasLeft(test: TestRecord, growth: Growth): boolean;
  /** In how many pytest sessions of one process a test was run. */
  sessionsOf(test: TestRecord): number;
  /** Net growth in the growth's test and in each of its repeats, as `Finding.repeats`. */
  repeatsOf(growth: Growth): readonly number[];
  /** Whether a test was repeated, also where no repeat of it could be measured. */
  wasRepeated(test: TestRecord): boolean;
  /** What the growth's test left on the growth's device, by memory type, in bytes per chip. */
  leftBy(growth: Growth): ReadonlyMap<MemoryType, number>;
}

/** Tests that left the same. */
interface Leavers {
  /** How many attempts of tests. */
  readonly attempts: number;
  /** Their node ids, each once, in the order of the run. */
  readonly tests: readonly string[];
  /** Whether the tensors that are known are equal: shapes that differ may be padded to one size. */
  readonly areAlike: boolean;
}

const NOBODY: Leavers = { attempts: 0, tests: [], areAlike: true };
const NOT_REPEATED: readonly number[] = [];

/** `growths`: all of the run. */
export function contextOf(record: RunRecord, growths: readonly Growth[], rules: Rules): Context {
  const tests = new AttemptsByTest(record.tests);
  const processes = new Map(record.processes.map((process) => [process.process, process]));
  const testOf = (growth: Growth) => growth.ref && tests.of(growth.process, growth.ref);
  const likeness = remembered((growth: Growth) =>
    likenessOf(growth, testOf(growth)?.base ?? growth.fixture?.name ?? ""),
  );
  const isOwn = (growth: Growth) => (testOf(growth)?.repeat ?? 0) === 0;
  // What a test had that never ended, it may have freed.
  const hasEnded = (growth: Growth) => testOf(growth)?.outcome !== null;
  const survivors = growths.filter(
    (growth) => growth.charge === "test" && isOwn(growth) && hasEnded(growth) && SURVIVED.has(growth.fate.kind),
  );
  const leavers = leaversOf(survivors, likeness, testOrderOf(record));
  const replaced = replacedOf(growths, likeness);
  const left = Map.groupBy(growths.filter(isLeft), testOf);
  return {
    rules,
    testOf,
    hasFinished: ({ process }) => processes.get(process)?.end === "finished",
    codeThatFreed: ({ process }, freed) => (freed == null ? null : (tests.of(process, freed)?.base ?? null)),
    infoOf: (growth) => {
      const process = processes.get(growth.process);
      return process?.sessions[(testOf(growth)?.session ?? 1) - 1] ?? process?.info ?? null;
    },
    attemptsOf: (test) => tests.attemptsOf(test).own,
    repeatsOf: remembered((growth) => {
      const test = testOf(growth);
      const attempts = test === null ? null : tests.attemptsOf(test);
      return test === null || !attempts?.areRepeated ? NOT_REPEATED : growthInRepeats(growth, test, attempts.all);
    }),
    wasRepeated: (test) => tests.attemptsOf(test).areRepeated,
    likenessOf: likeness,
    sessionsOf: (test) => tests.attemptsOf(test).sessions,
    testsThatLeft: (name) => leavers.get(name) ?? NOBODY,
    replacedBy: (growth) => replaced.get(replacedKey(growth.process, likeness(growth), growth.ref?.test)) ?? null,
    hasLeft: (test, { memoryType }) => (left.get(test) ?? []).some((each) => each.memoryType === memoryType),
    leftBy: (growth) =>
      sizesByType((left.get(testOf(growth)) ?? []).filter(({ device }) => device.key === growth.device.key)),
  };
}

/** The last look at the growth's device during its test. */
export function lastLook(test: TestRecord, growth: Growth): Look | null {
  return looksOf(test, growth).at(-1) ?? null;
}

/** Whether the program cache of the growth's device was cleared when its test was over. */
export function wasCleared(test: TestRecord, growth: Growth): boolean {
  return looksOf(test, growth).some(({ moment }) => moment === "after-clear");
}

/** Entries of the program cache that the test added, before it was cleared. */
export function newCacheEntries(test: TestRecord, growth: Growth): number {
  const looks = looksOf(test, growth);
  const cleared = looks.findIndex(({ moment }) => moment === "after-clear");
  const last = looks.at(cleared === -1 ? -1 : cleared - 1);
  return (last?.cacheEntries ?? 0) - (looks[0]?.cacheEntries ?? 0);
}

function looksOf(test: TestRecord, growth: Growth): readonly Look[] {
  return test.devices.find(({ device }) => device.key === growth.device.key)?.looks ?? [];
}

function isLeft(growth: Growth): boolean {
  return growth.charge === "test" && growth.fate.kind === "left";
}

/** Growth that survived its test counts, even when it was freed later: the test left it. */
const SURVIVED: ReadonlySet<Growth["fate"]["kind"]> = new Set(["left", "fixture"]);

/** Who left each likeness. */
function leaversOf(
  survivors: readonly Growth[],
  likeness: (growth: Growth) => string,
  byTest: (a: string, b: string) => number,
): ReadonlyMap<string, Leavers> {
  const leavers = new Map<string, Leavers>();
  for (const [name, growths] of Map.groupBy(survivors, likeness)) leavers.set(name, leaversAmong(growths, byTest));
  return leavers;
}

/** An attempt counts once, whichever process ran it. */
function leaversAmong(growths: readonly Growth[], byTest: (a: string, b: string) => number): Leavers {
  const refs = new Map(growths.flatMap(({ ref }) => (ref === null ? [] : [[`${ref.attempt} ${ref.test}`, ref.test]])));
  const tests = [...new Set(refs.values())].sort(byTest);
  return { attempts: refs.size, tests, areAlike: tensorsOf(growths).size <= 1 };
}

/** What is known of the tensors that were left, each once; growths of which any is unknown show nothing. */
function tensorsOf(growths: readonly Growth[]): ReadonlySet<string> {
  const known = growths.filter(({ allocations }) => allocations.every(({ tensor }) => tensor !== null));
  return new Set(
    known.map(({ allocations }) =>
      allocations
        .map(({ tensor }) => `${tensor?.dtype} ${tensor?.shape.join("x")}`)
        .sort()
        .join(),
    ),
  );
}

/** The first growth of each likeness that went as a whole in one later test, by that test. */
function replacedOf(growths: readonly Growth[], likeness: (growth: Growth) => string): Map<string, Growth> {
  const replaced = new Map<string, Growth>();
  for (const growth of growths) {
    if (growth.charge !== "test" || growth.fate.kind !== "late") continue;
    const [in1, ...others] = new Set(growth.allocations.map(({ death }) => death?.ref?.test));
    if (others.length > 0) continue;
    const key = replacedKey(growth.process, likeness(growth), in1);
    if (!replaced.has(key)) replaced.set(key, growth);
  }
  return replaced;
}

/** The same function, which works each growth out once. */
function remembered<T>(work: (growth: Growth) => T): (growth: Growth) => T {
  const known = new Map<Growth, T>();
  return (growth) => {
    const before = known.get(growth);
    if (before !== undefined) return before;
    const result = work(growth);
    known.set(growth, result);
    return result;
  };
}

function sizesByType(growths: readonly Growth[]): Map<MemoryType, number> {
  return new Map(growths.map((growth) => [growth.memoryType, sizeBytesOf(growth)]));
}

function replacedKey(process: number, likeness: string, test: string | undefined): string {
  return JSON.stringify([process, likeness, test]);
}
