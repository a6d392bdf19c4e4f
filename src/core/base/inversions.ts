/** Up to so many values the distribution is worked out, beyond it the normal one is as good: a thousandth of all pairs apart. */
const EXACT_MAX = 60;
/** The normal distribution's 97.5 % point. */
const NORMAL_975 = 1.959964;
/** Of each side: two sides leave 95 %. */
const TAIL = 0.025;

/**
 * How many of the smallest slopes between pairs of `n` values lie below the 95 % interval of their median, and as many of the largest above
 * it; 0: there are too few values for an interval.
 *
 * Kendall's tau without a trend: all orders are as likely, so the number of pairs in falling order is distributed as the
 * inversions of a random permutation. Source: M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods, section 9.3.
 */
export function slopesOutside(n: number): number {
  if (n > EXACT_MAX) {
    const pairs = (n * (n - 1)) / 2;
    return Math.floor((pairs - NORMAL_975 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / 2);
  }
  let below = 0;
  const outside = inversions(n).findIndex((probability) => {
    below += probability;
    return below > TAIL;
  });
  return Math.max(0, outside);
}

/** The probability of each number of inversions in a random order of `n` values: the sum of uniform numbers from 0 to k - 1. */
export function inversions(n: number): readonly number[] {
  let known = [1];
  for (let k = 2; k <= n; k++) {
    const next = new Array<number>(known.length + k - 1).fill(0);
    for (const [index, probability] of known.entries()) {
      for (let more = 0; more < k; more++) next[index + more] = (next[index + more] ?? 0) + probability / k;
    }
    known = next;
  }
  return known;
}
