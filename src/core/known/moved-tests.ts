import { fileOfTest } from "../model/test-subject.ts";
import type { TestsRun } from "./ran-tests.ts";

/** Whether tests of an earlier run may go on under other names in a later one. */
export interface Moves {
  readonly isTestGone: (earlier: string) => boolean;
  readonly isTestNew: (later: string) => boolean;
  readonly isFileGone: (earlier: string) => boolean;
  readonly isFileNew: (later: string) => boolean;
}

/** Whether a file of the suite, relative to pytest's root directory, is there; null: it is not known. */
export type IsFileThere = (file: string) => boolean | null;

/**
 * Between two runs that are known with all their tests. Two that have no test in common may be parts of one suite: then only a file
 * that is known to be no more is taken for moved.
 */
export function movesBetween(before: TestsRun, after: TestsRun, isFileThere: IsFileThere): Moves {
  const haveCommon = [...before.checked.keys()].some((test) => after.checked.has(test));
  const isFileGone = (file: string): boolean => !after.files.has(file) && !(isFileThere(file) ?? !haveCommon);
  return {
    isTestGone: (test) => {
      const file = fileOfTest(test);
      return after.files.has(file) ? haveCommon && !after.checked.has(test) : isFileGone(file);
    },
    isTestNew: (test) => !before.checked.has(test),
    isFileGone,
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
