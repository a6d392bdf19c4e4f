import type { ProcessInfo, TestRef } from "../model/event.ts";
import type { MemoryType } from "../model/memory-type.ts";
import type { Rules } from "../model/rules.ts";
import type { Look, RunRecord, TestRecord } from "../model/run-record.ts";
import { type Growth, growthsOf, signatureOf, sizeBytesOf } from "./growth.ts";
import { fatesOf, growthInRepeats } from "./repeats.ts";
import { testOrderOf } from "./test-order.ts";

/** What a verdict on one growth may look at besides the growth itself: the rest of the run. */
export interface Context {
  readonly rules: Rules;
  readonly growths: readonly Growth[];
  testOf(growth: Growth): TestRecord | null;
  /** The process of a growth, as the session of its test has it. */
  infoOf(growth: Growth): ProcessInfo | null;
  /** The attempts of the same test in the same process, in order, without repeats. */
  attemptsOf(test: TestRecord): readonly TestRecord[];
  signatureOf(growth: Growth): string;
  /** Attempts of tests, over the whole run and in its order, that left memory of this signature behind. */
  testsThatLeft(signature: string): readonly TestRef[];
  /** In how many pytest sessions of one process a test was run. */
  sessionsOf(test: TestRecord): number;
  /** Net growth in the growth's test and in each of its repeats, as `Finding.repeats`. */
  repeatsOf(growth: Growth): readonly number[];
  /** What the growth's test left on the growth's device, by memory type, in bytes per chip. */
  leftBy(growth: Growth): ReadonlyMap<MemoryType, number>;
}

export function contextOf(record: RunRecord, rules: Rules): Context {
  const tests = new Map(record.tests.map((test) => [testKey(test.process, test.ref), test]));
  const processes = new Map(record.processes.map((process) => [process.process, process]));
  const growths = growthsOf(record.allocations, fatesOf(record));
  const testOf = (growth: Growth) => (growth.ref && tests.get(testKey(growth.process, growth.ref))) ?? null;
  const signature = (growth: Growth) => signatureOf(growth, testOf(growth)?.base ?? growth.fixture?.name ?? "");
  const isOwn = (growth: Growth) => (testOf(growth)?.repeat ?? 0) === 0;
  const left = refsBySignature(
    growths.filter((growth) => growth.charge === "test" && isOwn(growth) && SURVIVED.has(growth.fate.kind)),
    signature,
  );
  const byTest = testOrderOf(record);
  for (const refs of left.values()) refs.sort((a, b) => byTest(a.test, b.test) || a.attempt - b.attempt);
  const attempts = Map.groupBy(record.tests, (test) => attemptsKey(test));
  const attemptsOf = (test: TestRecord) => attempts.get(attemptsKey(test)) ?? [];
  const byDevice = Map.groupBy(growths.filter(isLeft), deviceKey);
  return {
    rules,
    growths,
    testOf,
    infoOf: (growth) => {
      const process = processes.get(growth.process);
      return process?.sessions[(testOf(growth)?.session ?? 1) - 1] ?? process?.info ?? null;
    },
    attemptsOf: (test) => attemptsOf(test).filter(({ repeat }) => repeat === 0),
    repeatsOf: (growth) => {
      const test = testOf(growth);
      return test === null ? [] : growthInRepeats(growth, test, attemptsOf(test));
    },
    signatureOf: signature,
    sessionsOf: (test) => new Set(attemptsOf(test).map(({ session }) => session)).size,
    testsThatLeft: (name) => left.get(name) ?? [],
    leftBy: (growth) => sizesByType(byDevice.get(deviceKey(growth)) ?? []),
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

function refsBySignature(growths: readonly Growth[], signature: (growth: Growth) => string): Map<string, TestRef[]> {
  const found = new Map<string, TestRef[]>();
  for (const growth of growths) {
    if (growth.ref === null) continue;
    const refs = found.get(signature(growth)) ?? [];
    if (!refs.some(({ test, attempt }) => test === growth.ref?.test && attempt === growth.ref.attempt))
      refs.push(growth.ref);
    found.set(signature(growth), refs);
  }
  return found;
}

function sizesByType(growths: readonly Growth[]): Map<MemoryType, number> {
  return new Map(growths.map((growth) => [growth.memoryType, sizeBytesOf(growth)]));
}

function testKey(process: number, ref: TestRef): string {
  return `${process} ${ref.attempt} ${ref.test}`;
}

function attemptsKey({ process, ref }: TestRecord): string {
  return `${process} ${ref.test}`;
}

function deviceKey({ process, ref, device }: Growth): string {
  return `${process} ${device.key} ${ref?.attempt} ${ref?.test}`;
}
