import { showsWhatIsGone } from "../model/left-behind.ts";
import type { TestReport } from "../model/run-report.ts";
import { fileOfTest, nameInFile, packageOf, testWithoutParameters } from "../model/test-subject.ts";

/** What is asked of a test that a run had. */
export type RanTest = Pick<TestReport, "test" | "state" | "outcome">;

/** The tests of a run, by their names without parameters. */
export interface TestsRun {
  /** How many of each name were checked and passed, one for each of its parameters; 0: none of them was. */
  readonly checked: ReadonlyMap<string, number>;
  readonly files: ReadonlySet<string>;
}

export function testsRun(tests: readonly RanTest[]): TestsRun {
  const names = Map.groupBy(tests, ({ test }) => testWithoutParameters(test));
  const checked = new Map([...names].map(([name, ofName]) => [name, amountChecked(ofName)]));
  return { checked, files: new Set([...checked.keys()].map(fileOfTest)) };
}

/** A test that was run again is one. */
function amountChecked(tests: readonly RanTest[]): number {
  return new Set(tests.filter(showsWhatIsGone).map(({ test }) => test)).size;
}

/** The most tests that were checked of one name like this one's, in the same package and in a file that `isMeant`. */
export function checkedElsewhere(run: TestsRun, test: string, isMeant: (file: string) => boolean): number {
  const home = packageOf(fileOfTest(test));
  const alike = [...run.checked].filter(([other]) => {
    const file = fileOfTest(other);
    return nameInFile(other) === nameInFile(test) && packageOf(file) === home && isMeant(file);
  });
  return Math.max(0, ...alike.map(([, amount]) => amount));
}
