import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import { byGravity } from "../model/finding-order.ts";
import { MEMORY_TYPES, type MemoryType } from "../model/memory-type.ts";
import type { ExpectedRule, Rules } from "../model/rules.ts";
import type { ServerFinding } from "../model/server-finding.ts";
import type { EndedProcess } from "../model/server-view.ts";
import { type BooksTallies, OwnedSums, type Tally } from "./books-tally.ts";
import type { SourceDifference } from "./source-differences.ts";

/** Bytes that were new at one comparison with a baseline, by device and memory type. */
export type NewSizes = ReadonlyMap<string, number>;

/** What an allocation server has on its books at one moment. */
export interface BooksAtHand {
  readonly tallies: BooksTallies;
  /** Comparisons with the baseline since which buffers are tallied, this one last; null: there is no baseline. */
  readonly comparisons: readonly NewSizes[] | null;
  /** Processes that ended with something on the books. */
  readonly ended: readonly EndedProcess[];
  /** Where a process's ring and another source of it do not say the same. */
  readonly differences: readonly SourceDifference[];
}

type Said = Pick<ServerFinding, "rule" | "verdict" | "evidence">;
type BooksRule = (tally: Tally, books: BooksAtHand, rules: Rules) => Said | null;

/** Of what is live on a device in a memory type, the first that has something to say decides. */
const RULES: readonly BooksRule[] = [grewEachTime, cachedPrograms, withinExpected, overLargeBuffer, newSinceBaseline];

/**
 * Judges what is on an allocation server's books by the rules that measured memory is judged by, gravest first. That a
 * buffer is live is not a finding by itself. Circular buffers and kernels are not judged: their owners free them by ending
 * a program, and what is reported of them may be more than there is.
 */
export function judgeBooks(books: BooksAtHand, rules: Rules): readonly ServerFinding[] {
  const { left, referenced, untrackedFree } = books.tallies;
  const found = [
    ...left.flatMap((tally) => finding(tally, firstSaid(tally, books, rules), rules)),
    ...referenced.flatMap((tally) => finding(tally, manyReferences(tally, rules), rules)),
    ...untrackedFree.flatMap((tally) => finding(tally, neverFreed(tally), rules)),
    ...books.differences.flatMap((difference) => finding(recordedOf(difference), notTheSame(difference), rules)),
    ...heldToTheEnd(books.ended).flatMap((tally) => finding(tally, atExit(tally), rules)),
  ];
  return found.toSorted(byGravity);
}

/** What this comparison with a baseline found, for the ones after it. */
export function newSizesOf({ left }: BooksTallies): NewSizes {
  return new Map(left.map((tally) => [keyOf(tally), tally.sizeBytes]));
}

function firstSaid(tally: Tally, books: BooksAtHand, rules: Rules): Said | null {
  for (const rule of RULES) {
    const said = rule(tally, books, rules);
    if (said !== null) return said;
  }
  return null;
}

/** More each time says more than the size. */
function grewEachTime(tally: Tally, { comparisons }: BooksAtHand, { recurrenceTests }: Rules): Said | null {
  const all = sizesAt(comparisons ?? [], tally);
  // At a comparison that found nothing, nothing had grown.
  const sizes = all.slice(all.findIndex((size) => size > 0));
  if (sizes.length < recurrenceTests || !sizes.every((size, i) => size > (sizes[i - 1] ?? 0))) return null;
  const evidence = `${tally.memoryType} grew at each of ${sizes.length} comparisons: ${amounts(sizes)}. Free it before the next comparison.`;
  return { rule: "growth", verdict: "leak", evidence };
}

function cachedPrograms(tally: Tally, _books: BooksAtHand, { programCache }: Rules): Said | null {
  const limit = limitOf(programCache, tally);
  if (limit === null || tally.sizeBytes > limit) return null;
  const evidence = `${whatIs(tally)} is within the ${formatBytes(limit)} of the program-cache rule: most likely cached programs. Clear the program cache to be sure.`;
  return { rule: "program-cache", verdict: "program-cache", evidence };
}

function withinExpected(tally: Tally, books: BooksAtHand, rules: Rules): Said | null {
  const rule = expectedOf(tally, books, rules);
  if (rule === null || tally.sizeBytes > rule.maxBytes) return null;
  const evidence = `${whatIs(tally)} is what the rule ${rule.name} expects (up to ${formatBytes(rule.maxBytes)}). The server judges what is beyond.`;
  return { rule: rule.name, verdict: "expected", evidence };
}

/** However small each buffer is: the sum is what a later test lacks. */
function overLargeBuffer(tally: Tally, books: BooksAtHand, rules: Rules): Said | null {
  const limit = limitOf(rules.largeBuffer, tally);
  const expected = expectedOf(tally, books, rules);
  if (limit === null || tally.sizeBytes - (expected?.maxBytes ?? 0) <= limit) return null;
  const beyond = expected === null ? "" : ` beyond the ${formatBytes(expected.maxBytes)} that ${expected.name} expects`;
  const evidence = `${whatIs(tally)} is more than the ${formatBytes(limit)} of the large-buffer rule${beyond}: model weights or a KV cache left behind, unless its test still runs.`;
  return { rule: "large-buffer", verdict: "leak", evidence };
}

function newSinceBaseline(tally: Tally, { comparisons }: BooksAtHand): Said | null {
  if (comparisons === null) return null;
  const sizes = sizesAt(comparisons, tally);
  const before =
    sizes.length < 2
      ? ""
      : `, ${amounts(sizes.slice(0, -1))} at the ${count(sizes.length - 1, "comparison")} before it`;
  const evidence = `${whatIs(tally)} is new since the baseline${before}. It is a leak if each comparison finds more.`;
  return { rule: "growth", verdict: "suspect", evidence };
}

function manyReferences(tally: Tally, { refCountMax }: Rules): Said {
  const evidence = `${whatIs(tally)} has up to ${tally.most} references to a buffer, more than the ${refCountMax} of the ref-count rule: something keeps views of it.`;
  return { rule: "ref-count", verdict: "suspect", evidence };
}

function neverFreed(tally: Tally): Said {
  const evidence = `${whatIs(tally)} was allocated up to ${tally.most} times and never freed: most likely circular buffers, whose frees early clients do not report.`;
  return { rule: "untracked-free", verdict: "untracked-free", evidence };
}

function atExit(tally: Tally): Said {
  const evidence = `${whatIs(tally)} was not freed when ${owners(tally)} ended. Free it before the process ends.`;
  return { rule: "at-exit", verdict: "at-exit", evidence };
}

function notTheSame({ pid, memoryType, recorded, told }: SourceDifference): Said {
  const ofRing = `its ring has ${amountOf(recorded)}, as they were asked for; the ring counts.`;
  const evidence =
    told.by === "messages"
      ? `PID ${pid} sent messages of ${amountOf(told)} of ${memoryType}, and ${ofRing}`
      : `PID ${pid} has ${formatBytes(told.sizeBytes)} of ${memoryType} by its region, where tt-metal counts, and ${ofRing}`;
  return { rule: "sources", verdict: "untrusted", evidence };
}

function amountOf({ sizeBytes, buffers }: SourceDifference["recorded"]): string {
  return `${formatBytes(sizeBytes)} in ${count(buffers, "buffer")}`;
}

function recordedOf({ pid, device, memoryType, recorded }: SourceDifference): Tally {
  return { device, memoryType, ...recorded, pids: [pid], most: 0 };
}

function heldToTheEnd(ended: readonly EndedProcess[]): readonly Tally[] {
  const sums = new OwnedSums();
  for (const { pid, groups } of ended) for (const group of groups) sums.add(group, pid, 0);
  return sums.tallies();
}

function finding({ most: _, ...tally }: Tally, said: Said | null, { failOn }: Rules): ServerFinding[] {
  return said === null ? [] : [{ ...said, ...tally, fails: failOn.includes(said.verdict) }];
}

/**
 * The widest rule for memory of this type. The books know no tests, so rules for some tests are left out, and what was
 * there when a device was opened is not new since a baseline.
 */
function expectedOf({ memoryType }: Tally, { comparisons }: BooksAtHand, { expected }: Rules): ExpectedRule | null {
  const usable = expected.filter(
    (rule) => rule.memoryType === memoryType && rule.tests === null && (rule.when === "test" || comparisons === null),
  );
  return usable.toSorted((a, b) => b.maxBytes - a.maxBytes)[0] ?? null;
}

function limitOf(limits: Readonly<Partial<Record<MemoryType, number>>>, { memoryType }: Tally): number | null {
  const known = MEMORY_TYPES.find((type) => type === memoryType);
  return known === undefined ? null : (limits[known] ?? null);
}

function sizesAt(comparisons: readonly NewSizes[], tally: Tally): readonly number[] {
  return comparisons.map((comparison) => comparison.get(keyOf(tally)) ?? 0);
}

function keyOf({ device, memoryType }: Tally): string {
  return `${device} ${memoryType}`;
}

function amounts(sizes: readonly number[]): string {
  return sizes.map(formatBytes).join(", ");
}

function whatIs({ sizeBytes, memoryType, buffers }: Tally): string {
  return `${formatBytes(sizeBytes)} of ${memoryType} in ${count(buffers, "buffer")}`;
}

/** "PID 7", "PIDs 7, 8": those that are known. */
function owners({ pids }: Tally): string {
  return `${pids.length === 1 ? "PID" : "PIDs"} ${pids.join(", ")}`;
}
