import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import { deviceId } from "../model/device.ts";
import type { TestRef } from "../model/event.ts";
import type { TestRecord } from "../model/run-record.ts";
import { operationsText } from "./cached-operations.ts";
import { netGrowth } from "./confirm-repeats.ts";
import { type Growth, sizeBytesOf, whatIs } from "./growth.ts";
import { grewInRepeats, keptInRepeats } from "./judge-confirm-repeats.ts";
import { expectedByRule, withinLimits } from "./judge-expected.ts";
import { recurring } from "./judge-recurrence.ts";
import type { Judgement } from "./judgement.ts";
import { type Context, newCacheEntries, wasCleared } from "./verdict-context.ts";

type Rule = (growth: Growth, test: TestRecord, context: Context) => Judgement | null;

/** Each rule has its say or passes on; the first that speaks decides. */
const RULES: readonly Rule[] = [
  unmeasured,
  withinLimits,
  expectedByRule,
  replacedWarmUp,
  (growth, _test, context) => grewInRepeats(growth, context),
  overLargeBuffer,
  cachedPrograms,
  recurring,
  (growth, _test, context) => keptInRepeats(growth, context),
  replacedItsLike,
  replacedInPlace,
  keptOnce,
  seenOnce,
];

/** Judges what a test left and nothing has freed since. */
export function judgeLeft(growth: Growth, test: TestRecord, context: Context): Judgement {
  for (const rule of RULES) {
    const judgement = rule(growth, test, context);
    if (judgement !== null) return { ...judgement, evidence: `${judgement.evidence}${waitingText(growth)}` };
  }
  throw new Error("no rule decided: the last one always does");
}

/** What is not known of memory whose process ended before a search. */
function waitingText(growth: Growth): string {
  return isUnsearched(growth) && growth.allocations.some(({ holders }) => holders.length === 0)
    ? " The process ended before the search for its holders was over: run the test with --memwatch-pace=each."
    : "";
}

function isUnsearched({ allocations }: Growth): boolean {
  return allocations.some(({ isWaiting, death }) => isWaiting && death === null);
}

function unmeasured(growth: Growth, test: TestRecord): Judgement | null {
  const size = formatBytes(sizeBytesOf(growth));
  const [reason] = test.notChecked;
  if (reason !== undefined) {
    return { verdict: "not-checked", evidence: `${reason}; ${size} that appeared during the test is not judged.` };
  }
  if (test.outcome !== null) return null;
  return {
    verdict: "not-checked",
    evidence: `the test never ended, so the ${size} live when it was last looked at is not judged. Let it finish.`,
  };
}

/** What the runs that warmed up had left went as this came. With repeats, those say more. */
function replacedWarmUp(growth: Growth, test: TestRecord, context: Context): Judgement | null {
  if (test.warmUp === null || test.warmUp.problem !== null || context.repeatsOf(growth).length > 0) return null;
  const grown = netGrowth(growth, test);
  if (grown === null || grown > 0) return null;
  const evidence = `${whatIs(growth)} took the place of what the test had left when it warmed up, so the memory held did not grow.`;
  return { verdict: "retained", evidence };
}

/** Where the test was repeated, that says more than its size. */
function overLargeBuffer(growth: Growth, _test: TestRecord, context: Context): Judgement | null {
  const limit = context.rules.largeBuffer[growth.memoryType];
  const size = sizeBytesOf(growth);
  if (limit === undefined || size <= limit || context.repeatsOf(growth).length > 0) return null;
  const survived = `${formatBytes(size)} survived garbage collection, more than the ${formatBytes(limit)} of the large-buffer rule`;
  if (isHeldAtCrash(growth, context)) {
    const evidence = `${survived}, but its process did not come to its end, at which wider fixtures free what they hold.`;
    return { verdict: "suspect", evidence };
  }
  const evidence = `${survived}. It may be model weights or a KV cache: free it before the test ends.`;
  return { verdict: "leak", evidence };
}

/** It was live when its process crashed, or when no more was heard of it. */
function isHeldAtCrash(growth: Growth, context: Context): boolean {
  const isLive = growth.allocations.some(({ death, endedWithDevice }) => death === null && endedWithDevice === null);
  return isLive && !context.hasFinished(growth);
}

/** If the cache was not cleared nothing is certain, so size and new entries decide. */
function cachedPrograms(growth: Growth, test: TestRecord, context: Context): Judgement | null {
  if (!isCacheKept(growth, context)) return null;
  const entries = newCacheEntries(test, growth);
  const limit = context.rules.programCache[growth.memoryType];
  if (entries <= 0 || limit === undefined || sizeBytesOf(growth) > limit) return null;
  const evidence = `${formatBytes(sizeBytesOf(growth))} came with ${count(entries, "new program-cache entry", "new program-cache entries")} and is within the ${formatBytes(limit)} of the program-cache rule${operationsText(growth.allocations)}. The cache was not cleared (clear=never): run with --clear growth to be sure.`;
  return { verdict: "program-cache", evidence };
}

/** A rolling value: the same memory from the same code goes as this one comes, so what is held does not grow. */
function replacedItsLike(growth: Growth, _test: TestRecord, context: Context): Judgement | null {
  const replaced = context.replacedBy(growth);
  if (replaced === null) return null;
  const evidence = `${whatIs(growth)} took the place of the same memory left by ${replaced.ref?.test}, so the memory held did not grow.`;
  return { verdict: "retained", evidence };
}

/** A rolling value whose next one lies where it lay: looks at the allocator see one block all the time, the tracer saw it go. */
function replacedInPlace(growth: Growth, test: TestRecord, context: Context): Judgement | null {
  const others = freedByOthers(growth);
  if (others === null || others.some((freed) => context.codeThatFreed(growth, freed) !== test.base)) return null;
  const evidence = `${whatIs(growth)} was freed in ${others[0]?.test}, which runs the same code, and as much was allocated in its place, so the memory held did not grow.`;
  return { verdict: "retained", evidence };
}

/** The tests that freed each of its buffers, where as much lies in their place since; null: they still live, as far as is known. */
function freedByOthers({ allocations, ref }: Growth): readonly TestRef[] | null {
  const freed = allocations.map(({ death, endedWithDevice, traced }) => {
    const by = death === null ? (traced?.freed?.ref ?? null) : null;
    // What went with its device was not replaced.
    return isSame(by, endedWithDevice?.ref) ? null : by;
  });
  const others = freed.filter((by) => by !== null && !isSame(by, ref));
  return others.length === allocations.length ? others.filter((by) => by !== null) : null;
}

function keptOnce(growth: Growth, test: TestRecord, context: Context): Judgement | null {
  const later = context
    .attemptsOf(test)
    .filter((other) => other.ref.attempt > test.ref.attempt && isComparable(other, growth));
  const again = later.some((other) => context.hasLeft(other, growth));
  if (later.length === 0 || again) return null;
  const evidence = `${whatIs(growth)} was kept by attempt ${test.ref.attempt}, and ${count(later.length, "later attempt")} on the same device left no more.`;
  return { verdict: "retained", evidence };
}

function isComparable(other: TestRecord, growth: Growth): boolean {
  return (
    other.outcome !== null &&
    other.outcome !== "skipped" &&
    other.devices.some(({ device }) => device.key === growth.device.key)
  );
}

function seenOnce(growth: Growth, test: TestRecord, context: Context): Judgement {
  const cleared = wasCleared(test, growth);
  const collected = isUnsearched(growth) ? "a collection of young garbage" : "garbage collection";
  const survived = cleared ? `${collected} and clearing the program cache` : collected;
  const unclear = isCacheKept(growth, context) ? uncleared(growth, newCacheEntries(test, growth)) : "";
  const evidence = `${whatIs(growth)} survived ${survived}, seen in one test${unclear}${endText(growth, test)}.${placeText(growth)} ${confirmText(test, context)}`;
  return { verdict: "suspect", evidence };
}

function isSame(some: TestRef | null, other: TestRef | null | undefined): boolean {
  return some?.test === other?.test && some?.attempt === other?.attempt;
}

/** What lies there now is another test's. */
function placeText(growth: Growth): string {
  const by = freedByOthers(growth)?.[0];
  return by === undefined ? "" : ` It was freed in ${by.test}, and as much was allocated in its place.`;
}

/** How to learn whether it grows; where that was tried, why it is not known. */
function confirmText(test: TestRecord, context: Context): string {
  if (test.notRepeated !== null) return `It was not repeated: ${test.notRepeated}.`;
  if (context.wasRepeated(test)) {
    return "It was repeated, but the repeat cannot be compared: it was skipped, not measured, or did not end as the test did.";
  }
  return "Run with --confirm to see whether it grows.";
}

/** What became of memory that nobody freed before its device was closed; empty where the device went on. */
function endText({ allocations, ref, device }: Growth, { devices }: TestRecord): string {
  if (allocations.every(({ death }) => death?.moment === "close"))
    return `, and was freed only when device ${deviceId(device)} was about to be closed`;
  const [end] = allocations.map(({ endedWithDevice }) => endedWithDevice);
  if (end == null) return "";
  const wentAway = `and went away when device ${deviceId(device)} was closed`;
  const wasOpened = devices.find((each) => each.device.key === device.key)?.looks[0]?.moment === "open";
  const isOwn = wasOpened && end.ref?.test === ref?.test && end.ref?.attempt === ref?.attempt;
  return isOwn
    ? `, ${wentAway}: no other test lost memory to it, but its tensor object is still held`
    : `, ${wentAway}`;
}

function isCacheKept(growth: Growth, context: Context): boolean {
  return context.infoOf(growth)?.clear === "never";
}

/** What was not tried, and how much of the memory that may concern: what has a holder is not the cache's. */
function uncleared({ allocations }: Growth, entries: number): string {
  const text = "; the program cache was not cleared (clear=never)";
  const unheld = allocations.filter(({ holders }) => holders.length === 0);
  if (entries <= 0 || unheld.length === 0) return text;
  const added = count(entries, "new entry", "new entries");
  return `${text} and has ${added}, which may hold the memory without another holder${operationsText(unheld)}`;
}
