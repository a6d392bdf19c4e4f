import type { Leftover } from "../model/comparison.ts";
import { isFixtureSubject, subjectOfSignature, subjectOfTest, testWithoutParameters } from "../model/test-subject.ts";

/** By what leftovers are told apart. `test`: without parameters. */
export type NamedLeftover = Pick<Leftover, "signature" | "test">;

/** The test whose it is; null: it is not a test's, or a wider fixture's, for which any test may have been the first to ask. */
export function ownerOf({ signature, test }: NamedLeftover): string | null {
  if (test === null) return null;
  const subject = subjectOfSignature(signature);
  return isFixtureSubject(subject) && subject !== subjectOfTest(test) ? null : test;
}

/** Whether it names what a wider fixture left; a test of such a name counts, too. */
export function isFixtureSignature(signature: string): boolean {
  return isFixtureSubject(subjectOfSignature(signature));
}

/** The same for what two runs left of one signature and one test, or one wider fixture. */
export function keyOf(leftover: NamedLeftover): string {
  return JSON.stringify([leftover.signature, ownerOf(leftover)]);
}

/** The key of what a finding of that signature is a part of. `test`: its node id. */
export function findingKey(signature: string, test: string | null): string {
  return keyOf({ signature, test: test === null ? null : testWithoutParameters(test) });
}
