import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { traceRecord } from "../../../../fixtures/ring/ring-writer.ts";
import { BANKS, Scenario } from "../../../../fixtures/run/scenario.ts";
import type { RunEvent } from "../../model/event.ts";
import type { StackFrame } from "../../model/stack.ts";
import type { Timeline } from "../../model/timeline.ts";
import type { TraceRecord } from "../../model/trace-record.ts";
import { RunTimeline } from "./run-timeline.ts";

const RING = "/dev/shm/rings/100.1.ring";
const MS = 1_000_000;
const NO_STACKS = () => new Map<number, StackFrame[]>();

function testEnd(test: string, atNs: number, durationMs: number): RunEvent {
  const ref = { test, attempt: 1 };
  return { kind: "test-end", process: 0, ref, outcome: "passed", durationMs, atNs, hostBytes: null };
}

function context(number: number, atNs: number): RunEvent {
  const where = { phase: "call" as const, fixture: null, subtest: null, group: 0 };
  return { kind: "context", process: 0, number, ...where, atNs };
}

const TRACED: RunEvent = { kind: "tracing", process: 0, state: "live", reason: "", ring: RING };

function allocation(buffer: number, ms: number, change: Partial<TraceRecord> = {}): TraceRecord {
  const size = { bytesPerBank: 100, banks: BANKS, unitBytes: 1 };
  return traceRecord({ chip: 0, buffer, address: buffer * 64, timeNs: ms * MS, ...size, ...change });
}

function free(buffer: number, ms: number, change: Partial<TraceRecord> = {}): TraceRecord {
  return allocation(buffer, ms, { kind: "free", ...change });
}

/** The addresses of what lived at a time. */
function addressesAt({ allocations: { rows, bornNs, diedNs, address } }: Timeline, ms: number) {
  const isLive = (row: number) => (bornNs[row] ?? 0) <= ms * MS && (diedNs[row] ?? 0) > ms * MS;
  return [...address.slice(0, rows)].filter((_, row) => isLive(row));
}

function traced(records: readonly TraceRecord[], stacks = NO_STACKS): Timeline {
  const timeline = new RunTimeline(0);
  const sink = timeline.ring(RING, 100);
  const events = [...new Scenario().begin("a").events(), TRACED, context(2, 10 * MS)];
  for (const event of events) timeline.apply(event);
  for (const record of records) sink.record(record);
  timeline.apply(testEnd("a", 30 * MS, 25));
  return timeline.timeline(stacks);
}

test("of a traced process each buffer has its life, its test and who made it", () => {
  const stack = [{ file: "m.py", line: 3, function: "f" }];
  const operation = [{ file: "", line: 0, function: "ttnn.add" }];
  const records = [allocation(1, 12, { context: 2, stack: 5, operation: 6 }), allocation(2, 14), free(1, 20)];
  const { series, tests, origins, allocations } = traced(
    records,
    () =>
      new Map([
        [5, stack],
        [6, operation],
      ]),
  );
  assert.deepEqual([...allocations.bornNs], [12 * MS, 14 * MS]);
  assert.deepEqual([...allocations.diedNs], [20 * MS, Number.POSITIVE_INFINITY]);
  assert.deepEqual([...allocations.test], [0, -1]);
  assert.deepEqual(origins[allocations.origin[0] ?? -1], { operation: "ttnn.add", stack });
  assert.deepEqual(
    tests.map(({ test, beginNs, endNs, outcome, phases }) => ({ test, beginNs, endNs, outcome, phases })),
    [
      {
        test: "a",
        beginNs: 10 * MS,
        endNs: 30 * MS,
        outcome: "passed",
        phases: [{ phase: "call", beginNs: 10 * MS }],
      },
    ],
  );
  const [one, ...others] = series;
  assert.deepEqual([one?.pid, one?.device, one?.memoryType, one?.knownFrom], [100, 0, "DRAM", "events"]);
  assert.deepEqual([one?.mostBytes.at(14), one?.lastBytes.at(-1), others], [200 * BANKS, 100 * BANKS, []]);
});

test("what lived at a time is what was born and had not died, as a simple list has it", () => {
  const Lives = fc.array(fc.record({ born: fc.nat(50), life: fc.option(fc.nat(50)) }), { maxLength: 30 });
  fc.assert(
    fc.property(Lives, fc.nat(120), (lives, ms) => {
      const records = lives.flatMap(({ born, life }, index) => [
        allocation(index, born),
        ...(life === null ? [] : [free(index, born + life)]),
      ]);
      const wanted = lives.flatMap(({ born, life }, index) =>
        born <= ms && (life === null || born + life > ms) ? [index * 64] : [],
      );
      assert.deepEqual(addressesAt(traced(records), ms).toSorted(), wanted.toSorted());
    }),
  );
});

test("what an allocator had ends with it", () => {
  const end = allocation(0, 20, { kind: "allocator-destroyed" });
  const timeline = traced([allocation(1, 12), allocation(2, 13, { allocator: 7 }), end]);
  assert.deepEqual(addressesAt(timeline, 25), [128]);
});

test("looks of a process that is not traced count as taken at the ends of their test", () => {
  const timeline = new RunTimeline(0);
  const one = { DRAM: { 64: 100 } };
  const birth = { operation: "ttnn.add", stack: [{ file: "m.py", line: 3, function: "f" }] };
  const story = new Scenario()
    .begin("a")
    .look("before", one)
    .look("after", { DRAM: { 64: 100, 128: 50 } });
  for (const event of story.note("DRAM", 128, birth).events()) timeline.apply(event);
  timeline.apply(testEnd("a", 30 * MS, 20));
  const made = timeline.timeline(NO_STACKS);
  assert.deepEqual([addressesAt(made, 10), addressesAt(made, 30)], [[64], [64, 128]]);
  assert.deepEqual(made.origins[made.allocations.origin[1] ?? -1], birth);
  const [dram] = made.series;
  assert.deepEqual([dram?.knownFrom, dram?.lastBytes.at(-1)], ["looks", 150 * BANKS]);
  assert.equal(dram?.capacityBytes, 1_000_000 * BANKS);
});

test("a child that was forked for a test counts as its parent", () => {
  const [begin] = new Scenario().events();
  assert.ok(begin?.kind === "process-begin");
  const timeline = new RunTimeline(0);
  timeline.apply(begin);
  timeline.apply({ ...begin, process: 1, info: { ...begin.info, pid: 200, role: "fork", parent: 0 } });
  timeline.ring("/dev/shm/rings/200.1.ring", 200).record(allocation(1, 5));
  assert.deepEqual(
    timeline.timeline(NO_STACKS).series.map(({ pid }) => pid),
    [100],
  );
});

test("at the end of the run it is what it was, and nothing is kept of it", () => {
  const run = (): RunTimeline => {
    const timeline = new RunTimeline(0);
    const sink = timeline.ring(RING, 100);
    for (const event of [...new Scenario().begin("a").events(), TRACED, context(2, 10 * MS)]) timeline.apply(event);
    sink.record(allocation(1, 12, { context: 2 }));
    timeline.apply(testEnd("a", 30 * MS, 25));
    return timeline;
  };
  const ended = run();
  assert.deepEqual(ended.end(NO_STACKS), run().timeline(NO_STACKS));
  const { tests, allocations } = ended.timeline(NO_STACKS);
  assert.deepEqual([tests, allocations.rows], [[], 0]);
});
