import { formatBytes } from "../base/bytes.ts";
import type { Context } from "./context.ts";
import type { Growth } from "./growth.ts";
import type { Judgement } from "./judgement.ts";

/** A leak, where the test was repeated and grew each time. */
export function grewInRepeats(growth: Growth, context: Context): Judgement | null {
  const repeats = context.repeatsOf(growth);
  if (repeats.length === 0 || repeats.some((bytes) => bytes <= 0)) return null;
  const evidence = `it grew in ${repeats.length} of ${repeats.length} repeats: ${vector(repeats)}.`;
  return { verdict: "leak", evidence };
}

/** Where the test was repeated and did not grow each time: kept once, or not clear. */
export function keptInRepeats(growth: Growth, context: Context): Judgement | null {
  const repeats = context.repeatsOf(growth);
  if (repeats.length === 0) return null;
  const grown = repeats.filter((bytes) => bytes > 0).length;
  const said = `it grew in ${grown} of ${repeats.length} repeats: ${vector(repeats)}`;
  if (grown <= 1) return { verdict: "retained", evidence: `${said}. It was kept, and does not grow.` };
  return {
    verdict: "suspect",
    evidence: `${said}. It is a leak if it grows each time, and a kept value if it grew once: run with --confirm=5.`,
  };
}

function vector(repeats: readonly number[]): string {
  return repeats.map(formatBytes).join(", ");
}
