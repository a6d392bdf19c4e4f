import type { Finding } from "../model/finding.ts";
import type {
  CoursePoint,
  EarlierRuns,
  FixedFinding,
  RunHistory,
  RunRef,
  SeenSignature,
  Sightings,
  SignatureHistory,
  StoredTest,
} from "../model/history.ts";
import { historyKey } from "../model/history-key.ts";
import { isLeftBehind, showsWhatIsGone } from "../model/left-behind.ts";
import type { RunReport } from "../model/run-report.ts";
import { storedName } from "../model/stored-name.ts";
import { isFixtureSubject, subjectOfSignature, subjectOfTest } from "../model/test-subject.ts";
import { type Standing, standingsOf } from "./finding-states.ts";
import { storedTests } from "./stored-run.ts";

/** What a run left, held against the runs before it: as the history has it once the run is stored. */
export function runHistory(
  { run, tests, findings }: Pick<RunReport, "run" | "tests" | "findings">,
  earlier: EarlierRuns,
): RunHistory {
  const atMs = Date.parse(run.startedAt);
  const now = new ThisRun(atMs, storedTests(tests, run.processes), findings, earlier);
  const runsMs = [...earlier.runs.map(({ startedAt }) => Date.parse(startedAt)), atMs];
  const refs = new Map(earlier.runs.map((each) => [Date.parse(each.startedAt), each]));
  const before: Before = { refs, lastRun: earlier.runs[0] ?? null, courses: earlier.courses, atMs };
  const histories = new Map<string, SignatureHistory>();
  const fixed: FixedFinding[] = [];
  for (const standing of standingsOf(now.sightings(), runsMs)) {
    const { state, sightings } = standing;
    if (state !== "fixed") {
      const history = historyOf(standing, state, before);
      for (const { signature, test } of sightings.own) histories.set(historyKey(signature, test), history);
    } else if (sightings.absentMs === atMs) fixed.push(...fixedFinding(sightings, refs));
  }
  return { signatures: histories, fixed: fixed.toSorted((a, b) => b.sizeBytes - a.sizeBytes) };
}

/** A signature with what the run has of it, and what the runs before have. */
interface NowSeen extends Sightings {
  readonly key: string;
  readonly own: readonly Finding[];
  readonly lastFindings: SeenSignature["lastFindings"];
}

interface Before extends Pick<EarlierRuns, "courses"> {
  /** By when they began. */
  readonly refs: ReadonlyMap<number, RunRef>;
  readonly lastRun: RunRef | null;
  /** When the run itself began. */
  readonly atMs: number;
}

function historyOf(
  { sightings, formerly }: Standing<NowSeen>,
  state: SignatureHistory["state"],
  { refs, lastRun, courses, atMs }: Before,
): SignatureHistory {
  const { signature, key, own, previousMs, firstMs, runs } = sightings;
  const refOf = (at: number): RunRef | null => refs.get(at) ?? null;
  // What has another name since this run, the run before had under the old one.
  const last = previousMs === null ? (formerly === null ? null : lastRun) : refOf(previousMs);
  const points = [...(formerly === null ? [] : coursesOf(formerly.signature, courses)), ...(courses.get(key) ?? [])];
  const course = [...new Map(points.map((point) => [point.atMs, point])).values()].toSorted((a, b) => a.atMs - b.atMs);
  const sizeBytes = own.reduce((sum, finding) => sum + finding.sizeBytes, 0);
  return {
    state,
    formerly: formerly === null || formerly.signature === signature ? null : formerly.signature,
    first: refOf(formerly?.firstMs ?? firstMs),
    last,
    runs: runs - 1 + (formerly?.runs ?? 0),
    course: [
      ...course.map((point) => ({ ...point, commit: refs.get(point.atMs)?.commit ?? null })),
      { atMs, sizeBytes, commit: null },
    ],
  };
}

/** Of all files. */
function coursesOf(signature: string, courses: EarlierRuns["courses"]): readonly CoursePoint[] {
  return [...courses].flatMap(([key, course]) => (key === signature || key.startsWith(`${signature} `) ? course : []));
}

function fixedFinding(
  { signature, lastMs, lastFindings }: NowSeen,
  refs: ReadonlyMap<number, RunRef>,
): readonly FixedFinding[] {
  const [largest] = lastFindings.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const last = refs.get(lastMs);
  if (largest === undefined || last === undefined) return [];
  const { test, memoryType, origin } = largest;
  const sizeBytes = lastFindings.reduce((sum, each) => sum + each.sizeBytes, 0);
  return [{ signature, test, memoryType, origin, sizeBytes, last }];
}

/** A run that is added to those before it: what `readSightings` would find once it is stored. */
class ThisRun {
  readonly #atMs: number;
  readonly #earlier: EarlierRuns;
  /** What was left, by key. */
  readonly #left: ReadonlyMap<string, readonly Finding[]>;
  readonly #tests: ReadonlyMap<string, StoredTest>;
  /** By their name without file and parameters. */
  readonly #subjects: ReadonlyMap<string, readonly StoredTest[]>;
  readonly #isAnyChecked: boolean;

  constructor(atMs: number, tests: readonly StoredTest[], findings: readonly Finding[], earlier: EarlierRuns) {
    this.#atMs = atMs;
    this.#earlier = earlier;
    this.#tests = new Map(tests.map((test) => [storedName(test.test), test]));
    this.#subjects = Map.groupBy(tests, ({ test }) => subjectOfTest(test));
    this.#isAnyChecked = tests.some(({ state }) => state === "checked");
    const roots = new Map(earlier.seen.flatMap((each) => namesOf(each).map((name) => [name, each.signature])));
    this.#left = Map.groupBy(findings.filter(isLeftBehind), ({ signature, earlierSignatures, test }) => {
      const known = [signature, ...earlierSignatures].map(storedName).find((name) => roots.has(name));
      return historyKey(roots.get(known ?? "") ?? storedName(signature), test);
    });
  }

  sightings(): readonly NowSeen[] {
    const before = new Map(this.#earlier.seen.map((each) => [keyOf(each), each]));
    const without = [...before].filter(([key]) => !this.#left.has(key));
    return [
      ...[...this.#left].map(([key, own]) => this.#withIt(key, own, before.get(key))),
      ...without.map(([key, seen]) => this.#withoutIt(key, seen)),
    ];
  }

  #withIt(key: string, own: readonly Finding[], before: SeenSignature | undefined): NowSeen {
    const tests = own.map(({ test }) => test).filter((test) => test !== null);
    return {
      key,
      own,
      signature: before?.signature ?? storedName(own[0]?.signature ?? ""),
      lastFindings: before?.lastFindings ?? [],
      runs: (before?.runs ?? 0) + 1,
      firstMs: before?.firstMs ?? this.#atMs,
      lastMs: this.#atMs,
      previousMs: before?.lastMs ?? null,
      absentMs: null,
      wasAbsent: before !== undefined && before.absentMs !== null,
      testsFirstMs: tests.length === 0 ? null : Math.min(...tests.map((test) => this.#firstMsOf(test))),
      testsLastMs: tests.length === 0 ? null : this.#atMs,
    };
  }

  #withoutIt(key: string, seen: SeenSignature): NowSeen {
    const tests = seen.lastFindings.map(({ test }) => test);
    const isRun = tests.some((test) => test !== null && this.#tests.has(test));
    return {
      ...seen,
      key,
      own: [],
      absentMs: seen.absentMs ?? (this.#isGone(seen, tests) ? this.#atMs : null),
      testsLastMs: isRun ? this.#atMs : seen.testsLastMs,
    };
  }

  /** Whether what had left it was checked: the same tests, or some of the same name that had not been run until then. */
  #isGone({ signature, lastMs }: SeenSignature, tests: readonly (string | null)[]): boolean {
    const subject = subjectOfSignature(signature);
    const shows = (test: StoredTest | undefined): boolean => test !== undefined && showsGone(test, subject);
    if (tests.some((test) => (test === null ? this.#isAnyChecked : shows(this.#tests.get(test))))) return true;
    const alike = this.#subjects.get(subject) ?? [];
    return alike.some((each) => shows(each) && this.#firstMsOf(each.test) > lastMs);
  }

  #firstMsOf(test: string): number {
    return this.#earlier.testsFirstMs.get(storedName(test)) ?? this.#atMs;
  }
}

/** What a wider fixture leaves is known when it has ended. */
function showsGone(test: StoredTest, subject: string): boolean {
  return showsWhatIsGone(test) && !(test.endedMidway === true && isFixtureSubject(subject));
}

function keyOf({ signature, lastFindings }: SeenSignature): string {
  return historyKey(signature, lastFindings[0]?.test ?? null);
}

/** What it is called, and what earlier versions called it. */
function namesOf({ signature, lastFindings }: SeenSignature): readonly string[] {
  return [signature, ...(lastFindings[0]?.earlierSignatures ?? [])];
}
