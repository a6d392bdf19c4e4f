import type { Leftover } from "../model/comparison.ts";
import { subjectOfSignature, subjectOfTest, testWithoutParameters } from "../model/test-subject.ts";

/** By what leftovers are told apart. `test`: without parameters. */
export type NamedLeftover = Pick<Leftover, "signature" | "test">;

/** How signatures begin the name of a wider fixture. */
const FIXTURE = "fixture_";

/** The test whose it is; null: it is no test's, or a wider fixture's, for which any test may have been the first to ask. */
export function ownerOf({ signature, test }: NamedLeftover): string | null {
  if (test === null) return null;
  const subject = subjectOfSignature(signature);
  return subject.startsWith(FIXTURE) && subject !== subjectOfTest(test) ? null : test;
}

/** Whether it names what a wider fixture left; a test of such a name counts, too. */
export function isFixtureSignature(signature: string): boolean {
  return subjectOfSignature(signature).startsWith(FIXTURE);
}

/** The same for what two runs left of one signature and one test, or one wider fixture. */
export function keyOf(leftover: NamedLeftover): string {
  return JSON.stringify([leftover.signature, ownerOf(leftover)]);
}

/** The key of what a finding of that signature is a part of. `test`: its node id. */
export function findingKey(signature: string, test: string | null): string {
  return keyOf({ signature, test: test === null ? null : testWithoutParameters(test) });
}
