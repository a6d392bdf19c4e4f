import type { HostUse } from "../model/host-memory.ts";
import type { TestRecord } from "../model/run-record.ts";

/** The first quarter of a process's tests is left out: it loads libraries, compiles kernels and fills caches. */
const WARM_UP_SHARE = 0.25;

/**
 * What comes after is cut into so many windows of as many tests. What is loaded once raises the mean of one window or
 * two; with six windows, which have five steps between them, two such loads leave a step where nothing grew.
 */
const WINDOWS = 6;

/** Three tests in each window, so that one of them makes no trend. */
const TESTS_MIN = 24;

/**
 * The smallest step is this share of the mean step, or more. The steps of a warm-up that goes on, where each is smaller
 * than the one before, are further apart: of one that slows down with a quarter of the tests, 0.29.
 */
const STEP_SHARE_MIN = 1 / 3;

/** It grows by this many times what it varies by within a window, or more. A steady climb has 5; noise has less than 1. */
const GROWTH_OVER_RANGE_MIN = 2;

/** From the first window to the last: less is not worth a word. */
const GROWTH_BYTES_MIN = 32 * 1024 ** 2;

/**
 * A test on average. pytest itself keeps what it reports of each test: 3,000 tests that keep nothing took 4 to 7 KB each,
 * with tt-memwatch and without. Failures and captured output take more.
 */
const GROWTH_A_TEST_BYTES_MIN = 64 * 1024;

/** How the host memory of one process grew. */
export interface HostGrowth {
  readonly process: number;
  /** When its first test began, and when its last one ended. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** null: it did not grow with the tests. */
  readonly withTests: GrowthWithTests | null;
}

/** Where it grew, once the process had warmed up. */
interface GrowthWithTests {
  readonly fromBytes: number;
  readonly toBytes: number;
  readonly tests: number;
  /** Tests that had more when they ended than when they began, by GROWTH_A_TEST_BYTES_MIN or more. */
  readonly growing: number;
  readonly largest: { readonly test: string; readonly sizeBytes: number } | null;
}

type LookedAt = Pick<TestRecord, "process" | "ref"> & { readonly host: HostUse };

/** Of each process that looked at its memory around its tests, in the order of the processes. */
export function hostGrowths(tests: readonly TestRecord[]): HostGrowth[] {
  const looked = tests.filter((test): test is TestRecord & LookedAt => test.host !== null);
  return [...Map.groupBy(looked, ({ process }) => process)].flatMap(([process, own]) => growthOf(process, own));
}

function growthOf(process: number, tests: readonly LookedAt[]): HostGrowth[] {
  const [first, last] = [tests[0], tests.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { beforeBytes } = first.host;
  const { afterBytes } = last.host;
  return [{ process, beforeBytes, afterBytes, withTests: growthWithTests(tests) }];
}

function growthWithTests(tests: readonly LookedAt[]): GrowthWithTests | null {
  if (!growsWithTests(tests.map(({ host }) => host.afterBytes))) return null;
  const warm = tests.slice(warmUpOf(tests.length));
  const grown = warm
    .map(({ ref, host }) => ({ test: ref.test, sizeBytes: host.afterBytes - host.beforeBytes }))
    .filter(({ sizeBytes }) => sizeBytes >= GROWTH_A_TEST_BYTES_MIN);
  const largest = grown.reduce<GrowthWithTests["largest"]>(
    (most, each) => (most === null || each.sizeBytes > most.sizeBytes ? each : most),
    null,
  );
  return {
    fromBytes: warm[0]?.host.beforeBytes ?? 0,
    toBytes: warm.at(-1)?.host.afterBytes ?? 0,
    tests: warm.length,
    growing: grown.length,
    largest,
  };
}

/** Whether memory grows from test to test. `sizesBytes`: after each test of one process, in the order they ran. */
export function growsWithTests(sizesBytes: readonly number[]): boolean {
  if (sizesBytes.length < TESTS_MIN) return false;
  const windows = windowsOf(sizesBytes.slice(warmUpOf(sizesBytes.length)));
  const means = windows.map(meanOf);
  const steps = means.slice(1).map((mean, index) => mean - (means[index] ?? 0));
  const growth = (means.at(-1) ?? 0) - (means[0] ?? 0);
  const ranges = windows.map(rangeOf);
  const growthMin = Math.max(
    GROWTH_BYTES_MIN,
    GROWTH_A_TEST_BYTES_MIN * sizesBytes.length * (1 - WARM_UP_SHARE) * ((WINDOWS - 1) / WINDOWS),
    GROWTH_OVER_RANGE_MIN * medianOf(ranges),
  );
  return growth >= growthMin && Math.min(...steps) >= STEP_SHARE_MIN * meanOf(steps);
}

function warmUpOf(tests: number): number {
  return Math.floor(tests * WARM_UP_SHARE);
}

function windowsOf(sizes: readonly number[]): number[][] {
  const edge = (window: number) => Math.round((window * sizes.length) / WINDOWS);
  return Array.from({ length: WINDOWS }, (_, window) => sizes.slice(edge(window), edge(window + 1)));
}

function rangeOf(sizes: readonly number[]): number {
  const largest = sizes.reduce((most, size) => Math.max(most, size), Number.NEGATIVE_INFINITY);
  return largest - sizes.reduce((least, size) => Math.min(least, size), Number.POSITIVE_INFINITY);
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

function medianOf(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
