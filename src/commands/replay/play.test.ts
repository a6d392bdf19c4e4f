import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Deed, END, RUN, recordingOf, ringOf } from "../../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { Scenario } from "../../../fixtures/run/scenario.ts";
import { RecordingReader } from "../../in/recording/recording-reader.ts";
import { Faults } from "../own-faults.ts";
import { play } from "./play.ts";
import { playUntil } from "./play-until.ts";
import { parseUntil } from "./until.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-play-"));
after(() => rmSync(home, { recursive: true }));

const FILE = join(home, "run.mcap");

function played(deeds: readonly Deed[], end: typeof END | null = END, until: string | null = null) {
  writeFileSync(FILE, recordingOf(deeds, end));
  const faults = new Faults(process.stderr);
  const io = { env: {}, cwd: home, stdout: process.stdout, stderr: process.stderr, faults };
  using reader = RecordingReader.open(FILE);
  const upTo = until === null ? null : playUntil("replay", parseUntil("replay: --until", until), FILE, io);
  const seen = play(reader, { until: upTo, hasTimeline: false }, io);
  assert.equal(faults.count, 0);
  return { ...seen, tests: seen.record.tests.map(({ ref, outcome }) => [ref.test, outcome]) };
}

function events(scenario: Scenario): Deed[] {
  return scenario.events().map((event) => ({ kind: "event", event }));
}

const TWO_TESTS = events(new Scenario().begin("a").end("a").begin("b").end("b").bye());
/** The first test has ended. */
const FIRST = TWO_TESTS.slice(0, 3);
const REST = TWO_TESTS.slice(3);

test("a whole recording has the run and how it ended", () => {
  const { tests, commandExitCode, durationMs, warnings, closed } = played(TWO_TESTS);
  assert.deepEqual(tests, [
    ["a", "passed"],
    ["b", "passed"],
  ]);
  assert.deepEqual([commandExitCode, durationMs, warnings, closed], [1, 2_500, END.warnings, undefined]);
});

test("a recording without an end has the run up to there, and says so", () => {
  const { tests, commandExitCode, warnings, closed } = played([...TWO_TESTS.slice(0, 4), { kind: "flush" }], null);
  assert.deepEqual(tests, [
    ["a", "passed"],
    ["b", null],
  ]);
  assert.deepEqual([commandExitCode, closed], [null, "where the recording ends"]);
  assert.match(
    warnings.join(),
    /^the recording is not whole: it was cut: .*; this is what its first \d+ of \d+ bytes have$/,
  );
});

test("a test that is named ends what is reported, its first attempt where there are several", () => {
  const deeds = events(new Scenario().begin("a").end("a", "failed").begin("a", { attempt: 2 }).end("a", "passed", 2));
  const { tests, warnings } = played(deeds, END, "a");
  assert.deepEqual([tests, warnings], [[["a", "failed"]], ["--until ended the report where a ended"]]);
});

test("where events are missing nothing is made of what comes after them", () => {
  const gap: Deed[] = [
    { kind: "flush" },
    { kind: "behind" },
    ...REST.slice(0, 1),
    { kind: "flush" },
    { kind: "caught-up" },
  ];
  const { tests, warnings, closed } = played([...FIRST, ...gap, ...REST.slice(1)]);
  assert.deepEqual(tests, [["a", "passed"]]);
  assert.deepEqual(warnings, [
    "the recording lacks 1 event: the disk did not take them in time; this is what it has before them",
  ]);
  assert.equal(closed, "where the recording ends");
});

test("records that are missing are lost, and all else goes on", () => {
  const { path, ...ring } = ringOf(0);
  const tracing = { kind: "tracing", process: 0, state: "live", reason: "", ring: path } as const;
  const records: Deed = { kind: "records", ring: 0, records: [traceRecord(), traceRecord({ address: 64, buffer: 2 })] };
  const begin: Deed[] = [
    { kind: "ring", ring: { path, ...ring } },
    ...FIRST,
    { kind: "event", event: tracing },
    records,
  ];
  const gap: Deed[] = [{ kind: "flush" }, { kind: "behind" }, records, { kind: "flush" }, { kind: "caught-up" }];
  const { tests, record, warnings } = played([...begin, ...gap, ...REST]);
  assert.equal(tests.length, 2);
  const [traced] = record.processes;
  assert.deepEqual([traced?.trace.records, traced?.trace.lost], [2, 2]);
  assert.deepEqual(warnings.at(-1), "the recording lacks 2 traced records: the disk did not take them in time");
});

/** `ms` after the beginning, on the clock of records and events. */
const ns = (ms: number): number => (RUN.startedNs ?? 0) + ms * 1_000_000;

/** Two tests that end after 100 and 200 ms, the second with an allocation in each half of it; nothing is in the file before. */
function timed(): Deed[] {
  const { path, ...ring } = ringOf(0);
  const begin = new Scenario().begin("a").events();
  const ended = (test: string, ms: number): Deed => {
    const ref = { test, attempt: 1 };
    const about = { outcome: "passed" as const, durationMs: 50, hostBytes: null };
    return { kind: "event", event: { kind: "test-end", process: 0, ref, atNs: ns(ms), ...about } };
  };
  const tracing = { kind: "tracing", process: 0, state: "live", reason: "", ring: path } as const;
  const [, secondBegin] = new Scenario().begin("b").events();
  const allocation = (ms: number) => traceRecord({ buffer: ms, address: ms * 64, timeNs: ns(ms) });
  return [
    { kind: "ring", ring: { path, ...ring } },
    ...begin.map((event): Deed => ({ kind: "event", event })),
    { kind: "event", event: tracing },
    ended("a", 100),
    ...(secondBegin === undefined ? [] : [{ kind: "event", event: secondBegin } as const]),
    { kind: "records", ring: 0, records: [allocation(120), allocation(180)] },
    ended("b", 200),
  ];
}

test("a test that is named ends the run when it ended, not when that was written", () => {
  const { durationMs, warnings } = played(timed(), END, "a");
  assert.deepEqual([durationMs, warnings], [100, ["--until ended the report where a ended"]]);
});

for (const [until, tests, records] of [
  ["99ms", [], 0],
  ["100ms", [["a", "passed"]], 0],
  ["150ms", [["a", "passed"]], 1],
  ["199ms", [["a", "passed"]], 2],
  [
    "200ms",
    [
      ["a", "passed"],
      ["b", "passed"],
    ],
    2,
  ],
] as const) {
  test(`what had happened ${until} after the beginning is what had ended and was allocated by then`, () => {
    const part = played(timed(), END, until);
    assert.deepEqual(
      part.tests.filter(([, outcome]) => outcome !== null),
      tests,
    );
    assert.deepEqual(
      part.rings.map((ring) => ring.records),
      records === 0 ? [0] : [records],
    );
    assert.deepEqual([part.commandExitCode, part.durationMs], [null, Number.parseInt(until, 10)]);
    assert.deepEqual(part.warnings, [`--until ended the report at ${until}`]);
  });
}
