import { assertNever } from "../../core/base/assert-never.ts";
import { count } from "../../core/base/count.ts";
import { firstOf } from "../../core/base/first-of.ts";
import { printable } from "../../core/base/printable.ts";
import type { Bisection } from "../../core/model/bisection.ts";
import { quoteShell } from "./quote-shell.ts";

/** Earlier tests that are named; JSON has all. */
const TESTS_NAMED_MAX = 20;

const BISECTION_SCHEMA = "tt-memwatch/bisection/1";

/** For programs; docs/formats.md says what the keys mean. */
export function bisectionJson(bisection: Bisection): string {
  return `${JSON.stringify({ schema: BISECTION_SCHEMA, ...bisection }, null, 2)}\n`;
}

/** For people: whose fault it is, and how to see it once more. */
export function bisectionText(bisection: Bisection): string {
  const { culprits, reproduce, trials } = bisection;
  const named = firstOf(culprits, TESTS_NAMED_MAX).map((test) => `  ${printable(test)}`);
  const more = culprits.length - named.length;
  const lines = [
    `${printable(bisection.test)} ${answerOf(bisection)} (${count(trials.length, "run")})${named.length === 0 ? "." : ":"}`,
    ...named,
    ...(more === 0 ? [] : [`  and ${more} more: see --json`]),
    ...(reproduce === null || more > 0 ? [] : [`To see it again: ${printable(reproduce.map(quoteShell).join(" "))}`]),
  ];
  return `${lines.join("\n")}\n`;
}

function answerOf({ kind, culprits, earlier }: Bisection): string {
  const before = earlier === 1 ? "the test" : `the ${earlier} tests`;
  switch (kind) {
    case "found":
      return culprits.length === 1
        ? "fails after this test, and not without it"
        : `fails after these ${culprits.length} tests together, and not without any one of them`;
    case "alone":
      return "fails alone: no earlier test is to blame";
    case "not-reproduced":
      return `failed in the whole run, and passed when ${earlier === 0 ? "it" : `${before} before it and it`} ran again: it does not always fail`;
    case "passed":
      return "passed: there is nothing to find";
    case "unfinished":
      return `fails after ${count(culprits.length, "earlier test")}; whether fewer of them are enough was not tried`;
    default:
      return assertNever(kind);
  }
}
