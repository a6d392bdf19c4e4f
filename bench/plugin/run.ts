/**
 * What watching costs a test that leaves nothing: time added over the same suite without the plugin, in both modes, next to what the earlier
 * system's fixture added. All arms run in turn, several rounds, on the same machine; medians are reported.
 *
 * Usage: node bench/plugin/run.ts [--ttnn 0.81.1] [--rounds 3] [--json]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";
import { type Figure, median, writeFigures } from "../goals/figures.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PROGRAM = path.join(ROOT, "bin/tt-memwatch");
/** With an operation in each test, clearing the program cache also costs compiling it again. */
const CASES = [
  { live: 0, operation: false },
  { live: 1000, operation: false },
  { live: 10_000, operation: false },
  { live: 1000, operation: true },
] as const;
type Case = (typeof CASES)[number];
/** So many that the first ones, which fill caches and import what they need, do not count. */
const TESTS = 2000;
/** Where each test compiles what the one before cleared. */
const TESTS_WITH_OPERATION = 100;
/** The earlier fixture sleeps a second a test. */
const TESTS_WITH_SLEEP = 15;

interface Result {
  readonly testMs: number;
  readonly lookMs: number;
  readonly collectMs: number;
  readonly clearMs: number;
  readonly hostMs: number;
}

interface Arm {
  readonly name: string;
  readonly tests: number;
  readonly env: Readonly<Record<string, string>>;
  readonly watched: readonly string[];
}

const ARMS = {
  bare: { name: "without the plugin", tests: TESTS, env: {}, watched: [] },
  growth: { name: "growth", tests: TESTS, env: {}, watched: ["run", "--quiet", "--clear", "growth", "--"] },
  always: { name: "always", tests: TESTS, env: {}, watched: ["run", "--quiet", "--clear", "always", "--"] },
  earlier: { name: "earlier fixture", tests: TESTS_WITH_SLEEP, env: { BENCH_EARLIER_FIXTURE: "1" }, watched: [] },
} as const satisfies Record<string, Arm>;

type ArmName = keyof typeof ARMS;

function testsOf(arm: Arm, { operation }: Case): number {
  return operation ? Math.min(arm.tests, TESTS_WITH_OPERATION) : arm.tests;
}

function measure(arm: Arm, what: Case, ttnn: string, folder: string): Result {
  const { live, operation } = what;
  const result = path.join(folder, "result.json");
  const python = path.join(ROOT, `.venv/ttnn-${ttnn}/bin/python`);
  const pytest = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", path.join(import.meta.dirname, "suite")];
  const watched = arm.watched.length > 0 ? [PROGRAM, ...arm.watched] : [];
  const env = {
    ...process.env,
    LOGURU_LEVEL: "WARNING",
    BENCH_LIVE: `${live}`,
    BENCH_TESTS: `${testsOf(arm, what)}`,
    BENCH_RESULT: result,
  };
  const command = ["mock", "--", ...watched, ...pytest];
  const withOperation = operation ? { BENCH_OPERATION: "1" } : {};
  const done = spawnSync(PROGRAM, command, { env: { ...env, ...arm.env, ...withOperation }, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${arm.name} exited with ${done.status}:\n${done.stdout}${done.stderr}`);
  return JSON.parse(readFileSync(result, "utf8"));
}

/** Medians over the rounds; within a round every arm runs once, so a slow moment of the machine meets them all. */
function measureAll(what: Case, ttnn: string, rounds: number, folder: string) {
  const results: Record<ArmName, Result[]> = { bare: [], growth: [], always: [], earlier: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const name of Object.keys(ARMS) as ArmName[]) {
      process.stderr.write(`\r\u001b[K${what.live} live buffers, round ${round + 1} of ${rounds}: ${ARMS[name].name}`);
      results[name].push(measure(ARMS[name], what, ttnn, folder));
    }
  }
  const testMs = (name: ArmName) => median(results[name].map((r) => r.testMs));
  const part = (name: "lookMs" | "collectMs" | "clearMs" | "hostMs") => median(results.bare.map((r) => r[name]));
  const bareMs = testMs("bare");
  const [growthMs, alwaysMs, earlierMs] = [
    testMs("growth") - bareMs,
    testMs("always") - bareMs,
    testMs("earlier") - bareMs,
  ];
  return {
    liveBuffers: what.live,
    operation: what.operation,
    bareMs,
    addedMs: { growth: growthMs, always: alwaysMs, earlierFixture: earlierMs },
    timesCheaper: { growth: earlierMs / growthMs, always: earlierMs / alwaysMs },
    partsMs: {
      clear: part("clearMs"),
      hostLook: part("hostMs"),
      twoLooks: 2 * part("lookMs"),
      twoCollectionsAndClear: 2 * part("collectMs") + part("clearMs"),
    },
  };
}

/** What is left of it where a look asks nobody. */
const ALWAYS_TIME = "the plugin's own Python and its log lines; 0.48 ms on a machine twice as fast";
const OWN_TIME = `hooks, messages and what both cost pytest's code in caches; median of ${TESTS} tests`;

/** What is wanted of a clean test, by how many buffers are live. */
function figuresOf({ liveBuffers, operation, addedMs, partsMs }: ReturnType<typeof measureAll>): Figure[] {
  if (operation) return [];
  const growth = { unit: " ms", before: liveBuffers === 0 ? "0.30 ms" : "10 ms", note: OWN_TIME, item: 2 };
  const name = `a clean test with ${liveBuffers} live buffers`;
  const arms = { growth: addedMs.growth, always: addedMs.always, clear: partsMs.clear };
  if (liveBuffers === 0) {
    return [
      { ...growth, name: `${name}, growth`, arms, value: addedMs.growth, goal: 0.1 },
      hostFigure(partsMs.hostLook),
    ];
  }
  if (liveBuffers === 10_000) return [{ ...growth, name: `${name}, growth`, arms, value: addedMs.growth, goal: 0.15 }];
  const value = addedMs.always - partsMs.clear;
  return [
    {
      item: 3,
      name: `${name}, always, over a clear`,
      arms,
      value,
      goal: 1,
      unit: " ms",
      before: "20 ms",
      note: ALWAYS_TIME,
    },
  ];
}

/** The look with its message, between two tests: the difference of two whole runs is less certain than what it takes. */
function hostFigure(ms: number): Figure {
  const name = "the host memory of a test's process, where it ends and the next begins";
  const note =
    "of that test's time, with the message of its end: a file of /proc is read, with nothing of it in the caches";
  return { item: 2, name, arms: { look: ms }, value: ms * 1000, goal: 20, unit: " us", before: null, note };
}

function toTable(rows: readonly ReturnType<typeof measureAll>[]): string {
  const ms = (value: number) => value.toFixed(2);
  const times = (value: number) => `${value.toFixed(0)}x`;
  return markdownTable(
    [
      [
        "live buffers",
        "test alone, ms",
        "growth adds",
        "always adds",
        "earlier fixture adds",
        "growth is cheaper",
        "always is cheaper",
        "two looks",
        "two collections and a clear",
      ],
      ...rows.map((r) => [
        `${r.liveBuffers}${r.operation ? " (with an operation)" : ""}`,
        ms(r.bareMs),
        ms(r.addedMs.growth),
        ms(r.addedMs.always),
        ms(r.addedMs.earlierFixture),
        times(r.timesCheaper.growth),
        times(r.timesCheaper.always),
        ms(r.partsMs.twoLooks),
        ms(r.partsMs.twoCollectionsAndClear),
      ]),
    ],
    { align: "r" },
  );
}

const { values } = parseArgs({
  options: {
    ttnn: { type: "string", default: "0.81.1" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const folder = mkdtempSync(path.join(tmpdir(), "bench-plugin-"));
try {
  const rows = CASES.map((what) => measureAll(what, values.ttnn, Number(values.rounds), folder));
  process.stderr.write("\r\u001b[K");
  writeFigures("plugin", rows.flatMap(figuresOf), { ttnn: values.ttnn });
  process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : `${toTable(rows)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
