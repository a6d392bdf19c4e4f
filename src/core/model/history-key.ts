import { fileOfTest, isFixtureSubject, subjectOfSignature } from "./test-subject.ts";

/**
 * By what findings are one over time: their signature, and the file of their test, because tests of one name in several files share
 * signatures. What a wider fixture left is together, whichever test was the first to ask for it.
 */
export function historyKey(signature: string, test: string | null): string {
  if (test === null || isFixtureSubject(subjectOfSignature(signature))) return signature;
  return `${signature} ${fileOfTest(test)}`;
}
