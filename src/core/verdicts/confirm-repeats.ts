import type { TestRef } from "../model/event.ts";
import type { Moment } from "../model/measurement.ts";
import type { Allocation, Look, RunRecord, Sighting, TestRecord } from "../model/run-record.ts";
import { type Fate, fateOf } from "./allocation-fate.ts";
import type { Growth } from "./growth.ts";

/**
 * Net growth of the growth's memory type on its chips, in bytes on each chip: in `test` itself, then in each of its repeats. Empty where it
 * was not repeated. A repeat that could not be measured ends the list: what comes after it compares with nothing. So does one that did not end
 * as the test did and added less: it may have failed before it came to what the test left.
 *
 * Net, by the allocator's own totals: a value that takes the place of its like has grown once.
 */
export function growthInRepeats(growth: Growth, test: TestRecord, attempts: readonly TestRecord[]): number[] {
  const own = attempts.indexOf(test);
  const after = attempts.slice(own + 1);
  const end = after.findIndex(({ repeat }) => repeat === 0);
  // A test that could not warm up is judged as if nobody had tried to.
  const tried = test.warmUp?.problem == null ? 0 : test.warmUp.runs;
  const repeats = (end === -1 ? after : after.slice(0, end)).filter(({ repeat }) => repeat > tried);
  if (test.repeat > 0 || repeats.length === 0) return [];
  const ownBytes = netGrowth(growth, test) ?? 0;
  const grown = [test, ...repeats].map((attempt) => {
    const bytes = netGrowth(growth, attempt);
    const isComparable = attempt.outcome === test.outcome || (bytes !== null && bytes > 0 && bytes >= ownBytes);
    return isComparable ? bytes : null;
  });
  const missing = grown.indexOf(null);
  const known = grown.slice(0, missing === -1 ? grown.length : missing).flatMap((bytes) => bytes ?? []);
  return known.length > 1 ? known : [];
}

/** Bytes that an attempt added to the growth's memory type on the growth's chips; null: it could not be measured. */
export function netGrowth({ device, memoryType }: Growth, test: TestRecord): number | null {
  if (test.outcome === null || test.outcome === "skipped" || test.notChecked.length > 0) return null;
  // A device of the test's own is another one in each repeat; which chips it has stays the same.
  const sameChips = test.devices.filter(
    (other) =>
      String(other.device.chips) === String(device.chips) &&
      isSubmesh(other.device.parent) === isSubmesh(device.parent),
  );
  if (sameChips.length === 0) return null;
  return sameChips.reduce(
    (sum, { looks }) => sum + held(looks.at(-1), memoryType) - heldBefore(looks[0], memoryType),
    0,
  );
}

/** A sub-mesh that the test made was not there before: its first look already shows what the test allocated. */
function heldBefore(first: Look | undefined, memoryType: Growth["memoryType"]): number {
  return first !== undefined && AS_FOUND.has(first.moment) ? held(first, memoryType) : 0;
}

const AS_FOUND: ReadonlySet<Moment> = new Set(["open", "fixture", "before"]);

function isSubmesh(parent: number | null): boolean {
  return parent !== null;
}

function held(look: Look | undefined, memoryType: Growth["memoryType"]): number {
  const usage = look?.usage.find((each) => each.memoryType === memoryType);
  return usage === undefined ? 0 : usage.allocatedBytesPerBank * usage.banks;
}

/**
 * What became of each allocation. One that a repeat of its own test freed was replaced there, if the repeats left its like: what became of that
 * counts, since it would have become of the first had nothing been repeated.
 */
export function fatesOf({
  tests,
  allocations,
}: Pick<RunRecord, "tests" | "allocations">): (allocation: Allocation) => Fate {
  const repeats = new Set(tests.filter(({ repeat }) => repeat > 0).map(({ process, ref }) => keyOf(process, ref)));
  if (repeats.size === 0) return fateOf;
  const isRepeat = (process: number, at: Sighting | null) => at?.ref != null && repeats.has(keyOf(process, at.ref));
  const diedInOwnRepeat = ({ process, birth, death }: Allocation) =>
    isRepeat(process, death) && death?.ref?.test === birth.ref?.test;
  const lasting = allocations.filter((each) => isRepeat(each.process, each.birth) && !diedInOwnRepeat(each));
  const likes = Map.groupBy(lasting, likenessOf);
  return (allocation) => {
    const isReplaced = diedInOwnRepeat(allocation) && !isRepeat(allocation.process, allocation.birth);
    return fateOf((isReplaced ? likes.get(likenessOf(allocation))?.at(-1) : undefined) ?? allocation);
  };
}

/** What a value and the one in its place share. */
function likenessOf({ process, birth, device, memoryType, bytesPerBank }: Allocation): string {
  return JSON.stringify([process, birth.ref?.test, device.chips, memoryType, bytesPerBank]);
}

function keyOf(process: number, { test, attempt }: TestRef): string {
  return `${process} ${attempt} ${test}`;
}
