import { compareText } from "../base/compare-text.ts";
import { keyOf, type NamedLeftover, ownerOf } from "./leftover-owner.ts";
import type { Moves } from "./moved-tests.ts";

/** What was left before and after; null: nothing. One of both is there. */
export interface Joined<B, A> {
  readonly before: B | null;
  readonly after: A | null;
}

/**
 * Joins what was left before with what was left after: of one signature what is of the same test, and of the rest what is of
 * a test that is gone with what is of a test that is new, because signatures stay when a file is moved. Each once.
 */
export function joinLeftovers<B extends NamedLeftover, A extends NamedLeftover>(
  before: readonly B[],
  after: readonly A[],
  moves: Moves,
): readonly Joined<B, A>[] {
  const same = pairs(before, after, keyOf);
  const gone = same.before.filter((each) => isOf(each, moves.isTestGone)).toSorted(byTest);
  const added = same.after.filter((each) => isOf(each, moves.isTestNew)).toSorted(byTest);
  const moved = pairs(gone, added, ({ signature }) => signature);
  const joined = new Map([...same.pairs, ...moved.pairs].map((pair) => [pair.after, pair.before]));
  const taken = new Set(joined.values());
  return [
    ...after.map((each) => ({ before: joined.get(each) ?? null, after: each })),
    ...before.filter((each) => !taken.has(each)).map((each) => ({ before: each, after: null })),
  ];
}

interface Paired<B, A> {
  readonly pairs: readonly { readonly before: B; readonly after: A }[];
  /** What has no other. */
  readonly before: readonly B[];
  readonly after: readonly A[];
}

/** Pairs what has the same key, in the order of both. */
function pairs<B extends NamedLeftover, A extends NamedLeftover>(
  before: readonly B[],
  after: readonly A[],
  key: (leftover: NamedLeftover) => string,
): Paired<B, A> {
  const others = Map.groupBy(before, key);
  const found = after.flatMap((each) => {
    const other = others.get(key(each))?.shift();
    return other === undefined ? [] : [{ before: other, after: each }];
  });
  const taken = new Set<NamedLeftover>(found.flatMap((pair) => [pair.before, pair.after]));
  return {
    pairs: found,
    before: before.filter((each) => !taken.has(each)),
    after: after.filter((each) => !taken.has(each)),
  };
}

function isOf(leftover: NamedLeftover, isMeant: (test: string) => boolean): boolean {
  const owner = ownerOf(leftover);
  return owner !== null && isMeant(owner);
}

function byTest(a: NamedLeftover, b: NamedLeftover): number {
  return compareText(a.test ?? "", b.test ?? "");
}
