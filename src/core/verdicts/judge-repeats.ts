import { formatBytes } from "../base/bytes.ts";
import type { Context } from "./context.ts";
import type { Growth } from "./growth.ts";
import type { Judgement } from "./judgement.ts";

/** A leak, where the test was repeated and grew each time. */
export function grewInRepeats(growth: Growth, context: Context): Judgement | null {
  const repeats = context.repeatsOf(growth);
  if (repeats.length === 0 || repeats.some((bytes) => bytes <= 0)) return null;
  const evidence = `grew in ${repeats.length} of ${repeats.length} repeats: ${vector(repeats)}; kept once, it would be retained.`;
  return { verdict: "leak", evidence };
}

/** Where the test was repeated and did not grow each time: kept once, or not clear. */
export function keptInRepeats(growth: Growth, context: Context): Judgement | null {
  const repeats = context.repeatsOf(growth);
  if (repeats.length === 0) return null;
  const grown = repeats.filter((bytes) => bytes > 0).length;
  const said = `grew in ${grown} of ${repeats.length} repeats: ${vector(repeats)}`;
  if (grown <= 1) return { verdict: "retained", evidence: `${said}; growing each time it would be a leak.` };
  return { verdict: "suspect", evidence: `${said}; growing each time it would be a leak, growing once a value kept.` };
}

function vector(repeats: readonly number[]): string {
  return repeats.map(formatBytes).join(", ");
}
