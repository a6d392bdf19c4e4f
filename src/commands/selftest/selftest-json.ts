import { isAllRight, type SelftestOutcome } from "./selftest-outcome.ts";
import { selftestLine } from "./selftest-text.ts";

/** Names the shape of the answer: docs/formats.md, "Self-test". */
const SCHEMA = "urn:tt-memwatch:selftest:1";

export function selftestJson(outcome: SelftestOutcome): string {
  const answer = { schema: SCHEMA, isAllRight: isAllRight(outcome), line: selftestLine(outcome), ...outcome };
  return `${JSON.stringify(answer, null, 2)}\n`;
}
