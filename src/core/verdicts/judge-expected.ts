import { formatBytes } from "../base/bytes.ts";
import { matchesGlob } from "../base/glob.ts";
import type { ExpectedRule } from "../model/rules.ts";
import type { TestRecord } from "../model/run-record.ts";
import { type Growth, sizeBytesOf } from "./growth.ts";
import { allowance } from "./growth-allowance.ts";
import type { Judgement } from "./judgement.ts";
import type { Context } from "./verdict-context.ts";

/** What the limits of the test allow: those of its marker or of the command. */
export function withinLimits(growth: Growth, test: TestRecord, context: Context): Judgement | null {
  const limit = allowance(test.limits, growth.memoryType, context.leftBy(growth));
  if (limit === null) return null;
  const why = test.limitReason === null ? "" : ` (${test.limitReason})`;
  const evidence = `${formatBytes(sizeBytesOf(growth))} is within the test's limit of ${formatBytes(limit)}${why}.`;
  return { verdict: "expected", evidence };
}

/** What an `expected` rule for tests is about. */
export function expectedByRule(growth: Growth, test: TestRecord, { rules }: Context): Judgement | null {
  const rule = rules.expected.find(
    (r) => r.when === "test" && (r.tests === null || matchesGlob(r.tests, test.ref.test)) && covers(r, growth),
  );
  return rule === undefined ? null : expectedBy(rule, growth);
}

/** Whether an `expected` rule is about this memory, and allows that much. */
export function covers(rule: ExpectedRule, growth: Growth): boolean {
  return rule.memoryType === growth.memoryType && sizeBytesOf(growth) <= rule.maxBytes;
}

export function expectedBy(rule: ExpectedRule, growth: Growth): Judgement {
  const size = formatBytes(sizeBytesOf(growth));
  const evidence = `${size} is within the rule "${rule.name}", which expects up to ${formatBytes(rule.maxBytes)}.`;
  return { verdict: "expected", evidence };
}
