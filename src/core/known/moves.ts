import { fileOfTest } from "../model/test-subject.ts";
import type { TestsRun } from "./tests-run.ts";

/** Whether tests of an earlier run may go on under other names in a later one. */
export interface Moves {
  readonly isTestGone: (earlier: string) => boolean;
  readonly isTestNew: (later: string) => boolean;
  readonly isFileGone: (earlier: string) => boolean;
  readonly isFileNew: (later: string) => boolean;
}

/** Between two runs that are known with all their tests. */
export function movesBetween(before: TestsRun, after: TestsRun): Moves {
  return {
    isTestGone: (test) => !after.checked.has(test),
    isTestNew: (test) => !before.checked.has(test),
    isFileGone: (file) => !after.files.has(file),
    isFileNew: (file) => !before.files.has(file),
  };
}

/**
 * Since an earlier run whose tests nobody knows: a test is gone if its file is.
 *
 * @param isGone whether a file, relative to pytest's root directory, is known to be no more
 */
export function movesSince(isGone: (file: string) => boolean, after: TestsRun): Moves {
  const isFileGone = (file: string): boolean => !after.files.has(file) && isGone(file);
  return {
    isTestGone: (test) => isFileGone(fileOfTest(test)),
    isTestNew: () => true,
    isFileGone,
    isFileNew: () => true,
  };
}
