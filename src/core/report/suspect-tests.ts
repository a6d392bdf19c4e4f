import type { TestRef } from "../model/event.ts";
import type { ClashReport, OutOfMemoryReport, OwnerShare } from "../model/memory-shortage-report.ts";
import type { Allocation, RunRecord, TestRecord } from "../model/run-record.ts";
import type { RunReport } from "../model/run-report.ts";

/** The test whose failure is to be explained, and the tests before it: node ids, each once, in the order in which they ran. */
export interface Failure {
  readonly test: TestRecord;
  readonly earlier: readonly string[];
}

/**
 * The last attempt of a test that is asked for, and what ran before its first one in the same process.
 *
 * @param wanted node id; null: the first test that ran out of memory, or else the first that failed
 * @returns null: there is none
 */
export function failureIn(record: RunRecord, report: RunReport, wanted: string | null): Failure | null {
  const own = record.tests.filter(({ repeat }) => repeat === 0);
  const hungry = new Set([...report.outOfMemory, ...report.clashes].map(({ test }) => test));
  const failed = own.filter((test) => hasFailed(test));
  const test =
    wanted === null
      ? (failed.find(({ ref }) => hungry.has(ref.test)) ?? failed[0])
      : own.findLast(({ ref }) => ref.test === wanted);
  if (test === undefined) return null;
  const sameProcess = own.filter(({ process }) => process === test.process).map(({ ref }) => ref.test);
  return { test, earlier: [...new Set(sameProcess.slice(0, sameProcess.indexOf(test.ref.test)))] };
}

/** A test that never ended took its process with it. */
export function hasFailed({ outcome }: Pick<TestRecord, "outcome">): boolean {
  return outcome === "failed" || outcome === "error" || outcome === null;
}

/** Sets of earlier tests, in the order in which they ran. */
export interface Suspects {
  /** Whose memory the test lacked: the likeliest first. Worth a run before the test is run alone. */
  readonly likely: readonly (readonly string[])[];
  /** Those that left memory, where the test did not say that it lacked any. */
  readonly possible: readonly (readonly string[])[];
}

/** Which earlier tests are likely to have made it fail, by whose memory was live then. */
export function suspectsOf({ test, earlier }: Failure, record: RunRecord, report: RunReport): Suspects {
  const moments = [...report.outOfMemory, ...report.clashes].filter(
    (moment) => moment.test === test.ref.test && moment.repeat === 0,
  );
  const inOrder = (some: readonly string[]) => earlier.filter((each) => some.includes(each));
  if (moments.length === 0) {
    const left = inOrder(testsThatLeft(test, earlier, record));
    return { likely: [], possible: left.length === 0 ? [] : [left] };
  }
  const [least = [], live = []] = [leastOf, liveOf].map((some) => inOrder(moments.flatMap(some)));
  const likely = live.length > least.length ? [least, live] : [least];
  return { likely: likely.filter(({ length }) => length > 0), possible: [] };
}

type Shortage = OutOfMemoryReport | ClashReport;

function liveOf({ owners }: Shortage): string[] {
  return testsOf(owners);
}

/** The least that has to be there for the test to lack room: the largest, as many as it takes; where pieces count, what is in the way. */
function leastOf(moment: Shortage): string[] {
  if ("error" in moment || moment.shortage !== "too-little" || moment.room === null) {
    return testsOf(moment.fitsWithout ?? []);
  }
  const isOther = ({ testsAgo, fixture }: OwnerShare) => testsAgo !== 0 && fixture === null;
  const others = Map.groupBy(moment.owners.filter(isOther), ({ test }) => test);
  const sizes = [...others]
    .map(([test, shares]) => ({ test, bytes: bytesOf(shares) }))
    .sort((a, b) => b.bytes - a.bytes);
  const staying = bytesOf(moment.owners.filter((owner) => !isOther(owner)));
  let free = moment.room.totalBytesPerBank - staying;
  const taking = sizes.filter(({ bytes }) => {
    const isNeeded = free >= moment.bytesPerBank;
    free -= bytes;
    return isNeeded;
  });
  return taking.flatMap(({ test }) => test ?? []);
}

function bytesOf(owners: readonly OwnerShare[]): number {
  return owners.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0);
}

function testsOf(owners: readonly OwnerShare[]): string[] {
  return owners.flatMap(({ test }) => test ?? []);
}

/** Those with memory that was still live when the test began, as far as looks show. */
function testsThatLeft({ process }: TestRecord, earlier: readonly string[], { allocations }: RunRecord): string[] {
  const before = new Set(earlier);
  const isEarlier = (ref: TestRef | null | undefined) => ref != null && before.has(ref.test);
  const isLeft = ({ process: of, birth, death, endedWithDevice }: Allocation) =>
    of === process && isEarlier(birth.ref) && !isEarlier(death?.ref) && !isEarlier(endedWithDevice?.ref);
  return allocations.filter(isLeft).flatMap(({ birth }) => birth.ref?.test ?? []);
}
