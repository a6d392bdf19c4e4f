import assert from "node:assert/strict";
import { test } from "node:test";
import { ringOf } from "../../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { Scenario } from "../../../fixtures/run/scenario.ts";
import { RunLedger } from "../../core/ledger/run/run-ledger.ts";
import { grade } from "../../core/verdicts/grade.ts";
import { defaultRules } from "../../in/rules/rules-file.ts";
import { RecordedRings } from "../replay/recorded-rings.ts";
import { FollowedTrace, openRunTrace } from "./follow-rings.ts";
import { JUDGED_TESTS_MAX, LiveJudge } from "./live-judge.ts";
import { LiveRun } from "./live-run.ts";
import { NO_RECORDING } from "./write-recording.ts";

const SOURCE = { command: "run" as const, pid: 7, title: ["pytest"], engine: "0.1.0", startedAt: "" };

/** A test left one buffer and another one runs, 100 ms after it began. */
function story(): Scenario {
  return new Scenario()
    .begin("a.py::one")
    .look("before", {})
    .look("after", { DRAM: { 64: 2048 } })
    .end("a.py::one")
    .begin("a.py::two")
    .look("before", { DRAM: { 64: 2048 } });
}

async function liveRun() {
  const ledger = new RunLedger();
  const clock = { nowMs: 0 };
  const live = new LiveRun(SOURCE, new LiveJudge((record) => grade(record, defaultRules())), "/suite", {
    nowMs: () => clock.nowMs,
    msOf: (ns) => ns / 1e6,
  });
  const tracer = { mode: "off" as const, stackFrames: 0 };
  const trace = openRunTrace(tracer, NO_RECORDING, null);
  live.follow(() => ({ ledger, trace }));
  for (const event of story().events()) {
    ledger.apply(event);
    live.note(event);
  }
  return { ledger, live, clock };
}

test("while it goes on, it tells what is held, what runs and what would be judged now", async () => {
  const { live, clock } = await liveRun();
  clock.nowMs = 100;
  const { state, tests, devices, processes, causes, largest } = live.snapshot();
  assert.equal(state, "running");
  assert.deepEqual(tests, { done: 1, failed: 0, total: null });
  assert.equal(devices[0]?.memories[0]?.usedBytes, 12 * 2048);
  assert.deepEqual(processes[0]?.running, { test: "a.py::two", phase: null, forMs: 100, quietMs: 100 });
  assert.deepEqual(
    causes.list.map(({ verdict, test }) => [verdict, test]),
    [["suspect", "a.py::one"]],
  );
  assert.deepEqual(
    largest.map(({ test, sizeBytes }) => [test, sizeBytes]),
    [["a.py::one", 12 * 2048]],
  );
});

test("when the command has ended it tells what was known last, then the verdicts of the report", async () => {
  const { ledger, live } = await liveRun();
  live.commandEnded();
  assert.deepEqual([live.snapshot().state, live.snapshot().devices.length], ["judging", 1]);
  live.judged(grade(ledger.record(), defaultRules()));
  const { state, devices, causes } = live.snapshot();
  assert.deepEqual([state, devices.length, causes.list.length], ["ended", 1, 1]);
});

test("it tells nothing but itself before there is anything to ask", () => {
  const live = new LiveRun(SOURCE, new LiveJudge((record) => grade(record, defaultRules())), "/suite", {
    nowMs: () => 5,
    msOf: () => 0,
  });
  const { source, atMs, processes, causes } = live.snapshot();
  assert.deepEqual([source, atMs, processes, causes.reason], [SOURCE, 5, [], "no test has ended"]);
});

test("a run of very many tests is not judged before its end, and says so", () => {
  const judge = (testsDone: number) =>
    new LiveJudge((record) => grade(record, defaultRules())).judge(new RunLedger(), testsDone, 10).causes;
  assert.equal(judge(JUDGED_TESTS_MAX).judgedAtMs, 10);
  assert.match(judge(JUDGED_TESTS_MAX + 1).reason, /over 2000 tests have ended/);
  assert.equal(judge(JUDGED_TESTS_MAX + 1).judgedAtMs, null);
});

test("a process that begins and is traced without saying so, as xdist's controller, is reported once", () => {
  const [begin] = new Scenario().events();
  assert.ok(begin?.kind === "process-begin");
  const ring = ringOf(0);
  const ledger = new RunLedger();
  ledger.apply({ ...begin, info: { ...begin.info, pid: ring.pid, role: "controller" } });
  const rings: RecordedRings[] = [];
  using trace = new FollowedTrace(null, null, (sinkOf) => {
    const source = new RecordedRings(sinkOf, null);
    rings.push(source);
    return source;
  });
  for (const source of rings) {
    source.take({ kind: "ring", ring });
    source.take({ kind: "records", ring: 0, count: 1, next: () => traceRecord() });
  }
  const clock = { nowMs: () => 90_000, msOf: (ns: number) => ns / 1e6 };
  const live = new LiveRun(SOURCE, null, "/suite", clock);
  live.follow(() => ({ ledger, trace }));
  assert.deepEqual(
    live.snapshot().processes.map(({ pid, role, usedBytes }) => [pid, role, usedBytes > 0]),
    [[ring.pid, "controller", true]],
  );
  assert.deepEqual(live.snapshot().traffic, { allocations: 1, frees: 0 });
});

test("a running test is quiet since its process reported, allocated or freed anything", () => {
  const ring = ringOf(0);
  const ledger = new RunLedger();
  const rings: RecordedRings[] = [];
  using trace = new FollowedTrace(null, null, (sinkOf) => {
    const source = new RecordedRings(sinkOf, null);
    rings.push(source);
    return source;
  });
  const heard = { ms: 0 };
  const clock = { nowMs: () => heard.ms, msOf: (ns: number) => ns / 1e6 };
  const live = new LiveRun(SOURCE, null, "/suite", clock, () => ({ kind: "stopped", forMs: 5 }));
  live.follow(() => ({ ledger, trace }));
  const record = (timeMs: number) => {
    for (const source of rings) {
      const next = () => traceRecord({ buffer: timeMs, address: timeMs * 64, timeNs: timeMs * 1e6 });
      source.take({ kind: "records", ring: 0, count: 1, next });
    }
  };
  const quietMs = (atMs: number) => {
    heard.ms = atMs;
    return live.snapshot().processes[0]?.running?.quietMs;
  };
  for (const source of rings) source.take({ kind: "ring", ring });
  const tracing = { kind: "tracing", process: 0, state: "live", reason: "", ring: ring.path } as const;
  for (const event of [...new Scenario().begin("a.py::one").events(), tracing]) {
    trace.before(event, ledger);
    ledger.apply(event);
    live.note(event);
  }
  assert.equal(quietMs(40_000), 40_000);
  record(39_000);
  assert.equal(quietMs(41_000), 2_000);
  heard.ms = 42_000;
  for (const event of new Scenario().look("before", {}).events().slice(1)) live.note(event);
  assert.equal(quietMs(44_500), 2_500);
  assert.deepEqual(live.snapshot().processes[0]?.standstill, { kind: "stopped", forMs: 5 });
});
