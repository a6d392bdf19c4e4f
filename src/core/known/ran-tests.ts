import { showsWhatIsGone } from "../model/left-behind.ts";
import type { ProcessEnd } from "../model/run-record.ts";
import type { TestReport } from "../model/run-report.ts";
import { fileOfTest, nameInFile, packageOf, testWithoutParameters } from "../model/test-subject.ts";

/** What is asked of a test that a run had. */
export interface RanTest extends Pick<TestReport, "test" | "state" | "outcome"> {
  /** Its process went away before wider fixtures ended, so what those left is not known. */
  readonly endedMidway?: boolean | undefined;
}

/** The tests of a report as they are asked; of reports of earlier versions it is not known how processes ended. */
export function ranTests(
  tests: readonly (RanTest & { readonly pid?: number | undefined })[],
  processes: readonly { readonly pid?: number | undefined; readonly end?: ProcessEnd | undefined }[],
): readonly RanTest[] {
  const midway = new Set(processes.filter(({ end = "finished" }) => end !== "finished").map(({ pid }) => pid));
  return tests.map(({ test, state, outcome, pid }) => ({ test, state, outcome, endedMidway: midway.has(pid) }));
}

/** The tests of a run, by their names without parameters. */
export interface TestsRun {
  /** How many of each name were checked and passed, one for each of its parameters; 0: none of them was. */
  readonly checked: ReadonlyMap<string, number>;
  /** The same of tests whose process went on until wider fixtures had ended. */
  readonly checkedToEnd: ReadonlyMap<string, number>;
  readonly files: ReadonlySet<string>;
}

export function testsRun(tests: readonly RanTest[]): TestsRun {
  const names = Map.groupBy(tests, ({ test }) => testWithoutParameters(test));
  const checked = new Map([...names].map(([name, ofName]) => [name, amountChecked(ofName)]));
  const toEnd = [...names].map(([name, ofName]) => {
    return [name, amountChecked(ofName.filter(({ endedMidway = false }) => !endedMidway))] as const;
  });
  return { checked, checkedToEnd: new Map(toEnd), files: new Set([...checked.keys()].map(fileOfTest)) };
}

/** A test that was run again is one. */
function amountChecked(tests: readonly RanTest[]): number {
  return new Set(tests.filter(showsWhatIsGone).map(({ test }) => test)).size;
}

/** The most tests that were checked of one name like this one's, in the same package and in a file that `isMeant`. */
export function checkedElsewhere(
  checked: TestsRun["checked"],
  test: string,
  isMeant: (file: string) => boolean,
): number {
  const home = packageOf(fileOfTest(test));
  const alike = [...checked].filter(([other]) => {
    const file = fileOfTest(other);
    return nameInFile(other) === nameInFile(test) && packageOf(file) === home && isMeant(file);
  });
  return Math.max(0, ...alike.map(([, amount]) => amount));
}
