import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import { firstOf } from "../base/first-of.ts";
import { growsSteadily } from "../base/steady-growth.ts";
import { type GrowthRate, growthRateOf, rateText } from "../model/growth-rate.ts";
import { REPEATS_MAX } from "../model/repeats-max.ts";
import type { Growth } from "./growth.ts";
import type { Judgement } from "./judgement.ts";
import type { Context } from "./verdict-context.ts";

/** Numbers listed one by one; JSON has all. */
const NUMBERS_MAX = 12;
/** So many repeats show that what went up and came down again does not grow. */
const FALLS_BACK_MIN = 4;

/** By how much the test adds each time it is repeated; null: it was not repeated. The first run warms up, and does not count. */
export function rateInRepeats(repeats: readonly number[]): GrowthRate | null {
  return growthRateOf(heldAfter(repeats));
}

/** A leak, where the test was repeated and grew each time, or steadily: in steps, or with noise upon it. */
export function grewInRepeats(growth: Growth, context: Context): Judgement | null {
  const repeats = context.repeatsOf(growth);
  if (repeats.length === 0) return null;
  if (repeats.some((bytes) => bytes <= 0) && !growsSteadily(heldAfter(repeats))) return null;
  const rate = rateInRepeats(repeats);
  const grows = rate === null ? "" : ` It grows ${rateText(rate, "repeat")}.`;
  return { verdict: "leak", evidence: `${grownText(repeats)}.${grows}` };
}

/** Where the test was repeated and did not grow steadily: kept once, a value that falls back, or not clear. */
export function keptInRepeats(growth: Growth, context: Context): Judgement | null {
  const repeats = context.repeatsOf(growth);
  if (repeats.length === 0) return null;
  const said = grownText(repeats);
  if (timesGrown(repeats) <= 1) return { verdict: "retained", evidence: `${said}. It was kept, and does not grow.` };
  if (fallsBack(repeats)) {
    const evidence = `${said}. It never had more in the second half of them than in the first, so it does not grow.`;
    return { verdict: "retained", evidence };
  }
  const more = Math.min(REPEATS_MAX, Math.max(5, 2 * (repeats.length - 1)));
  const ask = repeats.length > REPEATS_MAX ? "" : `: run with --confirm=${more}`;
  return { verdict: "suspect", evidence: `${said}. It is a leak if it goes on growing, and else a kept value${ask}.` };
}

/** What the repeats had added after the first run, and after each that followed. */
function heldAfter([, ...repeats]: readonly number[]): number[] {
  let held = 0;
  return [0, ...repeats.map((bytes) => (held += bytes))];
}

function fallsBack(repeats: readonly number[]): boolean {
  if (repeats.length <= FALLS_BACK_MIN) return false;
  const held = heldAfter(repeats);
  const half = Math.floor(held.length / 2);
  return Math.max(...held.slice(half)) <= Math.max(...held.slice(0, half));
}

/** The test's own run is told apart: what is loaded on first use is in it. */
function grownText([own = 0, ...repeats]: readonly number[]): string {
  const grown = `grew in ${timesGrown(repeats)} of ${count(repeats.length, "repeat")}`;
  return `it left ${formatBytes(own)} and ${grown}: ${vector(repeats)}`;
}

function timesGrown(repeats: readonly number[]): number {
  return repeats.filter((bytes) => bytes > 0).length;
}

function vector(repeats: readonly number[]): string {
  const told = firstOf(repeats, NUMBERS_MAX);
  const more = repeats.length - told.length;
  return `${told.map(formatBytes).join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}
