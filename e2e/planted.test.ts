import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { JsonReport } from "../src/out/report/json-schema.ts";
import { CLONE, makeFolder, NEWEST, programOf, readReport, run, VERSIONS } from "./run-harness.ts";

/** What a planted test leaves; the README of the suite says what each kind means. */
interface Truth {
  readonly kind: keyof typeof ALLOWED;
  readonly bytes_per_device: Bytes;
  /** Where chips differ: by logical chip. */
  readonly bytes_by_chip?: Readonly<Record<string, Bytes>>;
  readonly causes?: readonly Cause[];
}

/** Who made and who holds what a test leaves of one memory type. */
interface Cause {
  readonly memory: string;
  /** null: not known. */
  readonly operation: string | null;
  /** The test's own line, as it reads. */
  readonly at: string;
  /** Part of the path to it, without numbers in brackets: they depend on what ran before. null: nobody looked, or there is none. */
  readonly holder: string | null;
}

type Bytes = Readonly<Record<string, number>>;
type Finding = JsonReport["findings"][number];

/** Verdicts that a test of each kind may get. The first list is where its bytes have to be. */
const ALLOWED = {
  clean: [[], ["expected", "not-checked"]],
  leak: [
    ["leak", "suspect"],
    ["held-by-failure", "program-cache"],
  ],
  "retained-once": [["retained", "suspect"], []],
  "failed-test": [[], ["held-by-failure", "program-cache"]],
  "program-cache": [["program-cache"], []],
  fragmentation: [["fragmentation"], ["late-free"]],
  "late-free": [["late-free"], []],
} as const satisfies Record<string, readonly [readonly string[], readonly string[]]>;

const SUITE = join(CLONE, "e2e", "planted");
const TRUTH: Readonly<Record<string, Truth>> = JSON.parse(readFileSync(join(SUITE, "truth.json"), "utf8"));
/** Under this name stands what appears when no test runs. */
const BETWEEN = "(between tests)";
const TESTS = Object.keys(TRUTH).filter((name) => name !== BETWEEN);

describe("planted tests", { concurrency: 2 }, () => {
  for (const version of VERSIONS) {
    test(`get the right verdicts and bytes on ttnn ${version}, clear=always`, async () => {
      const findings = await findingsOf(version, ["--clear", "always"], []);
      assert.deepEqual([...wrongVerdicts(findings), ...wrongCauses(findings)], []);
    });
  }

  test("get the same verdicts from two workers, on ttnn 0.81.1, clear=growth", async () => {
    // Its device stays open as long as the worker: files that came after it could not open theirs.
    const flags = ["-n", "2", "--dist", "loadfile", "--ignore-glob", "*zz_session*"];
    const names = TESTS.filter((name) => !name.includes("zz_session"));
    const findings = await findingsOf(NEWEST, ["--clear", "growth"], flags, names);
    assert.deepEqual([...wrongVerdicts(findings, { names }), ...wrongCauses(findings, names)], []);
  });

  test("get the same verdicts when failed ones are repeated, on ttnn 0.66.0, clear=growth", async () => {
    // What the exception itself holds, pytest-rerunfailures keeps until it has decided: after the test's teardown.
    const findings = await findingsOf("0.66.0", ["--clear", "growth"], ["--reruns", "1"]);
    assert.deepEqual([...wrongVerdicts(findings, { tolerated: ["late-free"] }), ...wrongCauses(findings)], []);
  });
});

async function findingsOf(
  version: (typeof VERSIONS)[number],
  flags: readonly string[],
  pytestFlags: readonly string[],
  names: readonly string[] = TESTS,
): Promise<readonly Finding[]> {
  const file = join(makeFolder(), "report.json");
  const pytest = [programOf(version, "pytest"), "-q", "--tb=no", "-p", "no:cacheprovider", ...pytestFlags];
  const env = { PYTHONDONTWRITEBYTECODE: "1" };
  const end = await run(["--quiet", "--json", file, ...flags], pytest, { cwd: SUITE, env, device: "n150x2" });
  assert.equal(end.exitCode, 1, end.stderr);
  const { tests, findings } = readReport(file);
  const seen = new Set(tests.map(({ test: name }) => name));
  assert.deepEqual(
    names.filter((name) => !seen.has(name)),
    [],
  );
  return findings;
}

interface Expectation {
  readonly names?: readonly string[];
  /** Verdicts that a failed test may get in this run only. */
  readonly tolerated?: readonly string[];
}

/** A line for each test whose findings are not what its truth allows. */
function wrongVerdicts(
  findings: readonly Finding[],
  { names = Object.keys(TRUTH), tolerated = [] }: Expectation = {},
): string[] {
  const byTest = Map.groupBy(findings, (finding) => finding.test ?? BETWEEN);
  const unknown = [...byTest.keys()].filter((name) => TRUTH[name] === undefined);
  return [
    ...unknown.map((name) => `${name}: not in truth.json`),
    ...names.flatMap((name) => {
      const truth = TRUTH[name];
      return truth === undefined ? [] : wrongVerdict(name, truth, byTest.get(name) ?? [], tolerated);
    }),
  ];
}

function wrongVerdict(
  name: string,
  truth: Truth,
  findings: readonly Finding[],
  toleratedOfFailures: readonly string[],
): string[] {
  const [wanted, allowed]: readonly (readonly string[])[] = ALLOWED[truth.kind];
  const tolerated = truth.kind === "failed-test" ? [...(allowed ?? []), ...toleratedOfFailures] : allowed;
  const isOf = (verdicts: readonly string[] | undefined) => (finding: Finding) =>
    verdicts?.includes(finding.verdict) === true;
  const others = findings.filter((finding) => !isOf(wanted)(finding) && !isOf(tolerated)(finding));
  const attempts = [...Map.groupBy(findings.filter(isOf(wanted)), ({ attempt }) => attempt).values()].map(bytesByChip);
  const isRight = (got: Record<string, Bytes>) => isDeepStrictEqual(got, expectedBytes(truth, got));
  const right = (attempts.length > 0 ? attempts : [{}]).every(isRight);
  if (right && others.length === 0) return [];
  const said = findings.map((f) => `${f.verdict} ${f.sizeBytes} B ${f.memoryType} on ${f.chips}`);
  return [`${name} is ${truth.kind} ${JSON.stringify(truth.bytes_per_device)}: got ${said.join(", ") || "nothing"}`];
}

/** A line for each finding that is missing, or whose operation, line or holder is not the truth's. */
function wrongCauses(findings: readonly Finding[], names = Object.keys(TRUTH)): string[] {
  return names.flatMap((name) => {
    const causes = TRUTH[name]?.causes ?? [];
    const found = findings.filter(({ test }) => test === name).map(causeOf);
    return causes
      .filter((cause) => !found.some((candidate) => isCause(candidate, cause)))
      .map((cause) => `${name}: not ${JSON.stringify(cause)} but ${JSON.stringify(found)}`);
  });
}

function causeOf({ memoryType, origin, holders }: Finding) {
  const place = origin?.testLine ?? origin;
  return {
    memory: memoryType,
    operation: origin?.operation ?? null,
    at: place === null || place === undefined ? null : lineOf(place.file, place.line),
    holders: holders.map((path) => path.replaceAll(/\[\d+\]/g, "")),
  };
}

function isCause(found: ReturnType<typeof causeOf>, { memory, operation, at, holder }: Cause): boolean {
  const isHeld = holder === null ? found.holders.length === 0 : found.holders.some((path) => path.includes(holder));
  return found.memory === memory && found.operation === operation && found.at === at && isHeld;
}

function lineOf(file: string, line: number): string {
  return (readFileSync(join(SUITE, file), "utf8").split("\n")[line - 1] ?? "").trim();
}

/** Where the truth does not tell chips apart, the bytes are the same on each chip. */
function expectedBytes(truth: Truth, got: Readonly<Record<string, Bytes>>): Readonly<Record<string, Bytes>> {
  if (truth.bytes_by_chip !== undefined) return truth.bytes_by_chip;
  if (Object.keys(truth.bytes_per_device).length === 0) return {};
  const chips = Object.keys(got).length > 0 ? Object.keys(got) : ["0"];
  return Object.fromEntries(chips.map((chip) => [chip, truth.bytes_per_device]));
}

function bytesByChip(findings: readonly Finding[]): Record<string, Bytes> {
  const rows = findings.flatMap((finding) => finding.chips.map((chip) => ({ chip, finding })));
  const byChip = Map.groupBy(rows, ({ chip }) => String(chip));
  return Object.fromEntries([...byChip].map(([chip, held]) => [chip, bytesByType(held.map(({ finding }) => finding))]));
}

function bytesByType(findings: readonly Finding[]): Bytes {
  const byType = Map.groupBy(findings, ({ memoryType }) => memoryType ?? "");
  const sum = (held: readonly Finding[]) => held.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
  return Object.fromEntries([...byType].map(([type, held]) => [type, sum(held)]));
}
