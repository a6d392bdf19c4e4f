import { firstOf } from "../base/first-of.ts";
import type { TestRecord } from "../model/run-record.ts";
import { type Growth, whatIs } from "./growth.ts";
import type { Judgement } from "./judgement.ts";
import type { Context } from "./verdict-context.ts";

/** Tests named in one sentence of evidence. */
const TESTS_NAMED_MAX = 3;

/** The rule of recurrence: as many tests, or attempts of one, as the rules say left the same memory. */
export function recurring(growth: Growth, test: TestRecord, context: Context): Judgement | null {
  const { attempts, tests: names, areAlike } = context.testsThatLeft(context.likenessOf(growth));
  if (attempts < context.rules.recurrenceTests) return null;
  const same = `${areAlike ? "the same " : ""}${whatIs(growth)}${areAlike ? "" : ", in tensors of different shapes that take as much,"} was left`;
  const [only] = names;
  const sessions = context.sessionsOf(test);
  const times = `${attempts} attempts of ${only}${sessions > 1 ? `, in ${sessions} pytest sessions of one process` : ""}`;
  const evidence =
    names.length === 1
      ? `${same} by each of ${times}: it grows when the test is repeated.`
      : `${same} by ${names.length} tests of the same code: ${listed(names)}.`;
  return { verdict: "leak", evidence };
}

function listed(names: readonly string[]): string {
  const shown = firstOf(names, TESTS_NAMED_MAX);
  const more = names.length - shown.length;
  return more === 0 ? shown.join(", ") : `${shown.join(", ")} and ${more} more`;
}
