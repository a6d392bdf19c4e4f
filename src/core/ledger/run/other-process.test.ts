import assert from "node:assert/strict";
import { test } from "node:test";
import { traceRecord } from "../../../../fixtures/ring/ring-writer.ts";
import type { TraceContext } from "../../model/trace-record.ts";
import { OtherProcess } from "./other-process.ts";

/** Test 1 runs from 100 on, its teardown from 200, test 2 from 300 to 400; a wider fixture is set up from 110 to 120. */
const FIXTURE = { name: "engine", scope: "module", baseId: "" } as const;
const CONTEXTS: readonly (readonly [number, TraceContext])[] = [
  [0, { ref: null, phase: null, fixture: null, subtest: null }],
  [100, in1("setup")],
  [110, { ...in1("fixture"), fixture: FIXTURE }],
  [120, in1("call")],
  [200, in1("teardown")],
  [290, { ref: null, phase: null, fixture: null, subtest: null }],
  [300, { ref: { test: "2", attempt: 1 }, phase: "call", fixture: null, subtest: null }],
  [350, { ref: { test: "2", attempt: 1 }, phase: "teardown", fixture: null, subtest: null }],
  [400, { ref: null, phase: null, fixture: null, subtest: null }],
];

function in1(phase: TraceContext["phase"]): TraceContext {
  return { ref: { test: "1", attempt: 1 }, phase, fixture: null, subtest: null };
}

const NAMES = { contextAt: (timeNs: number) => CONTEXTS.findLast(([atNs]) => atNs <= timeNs)?.[1] ?? null };

/** Lives of buffers, as times of birth and death, all told before the ends of the tests are. */
function after(...lives: readonly (readonly [bornNs: number, freedNs: number | null])[]) {
  const other = new OtherProcess(7);
  const births = lives.map(([timeNs], buffer) => traceRecord({ timeNs, buffer, address: buffer }));
  const frees = lives.flatMap(([, timeNs], buffer) =>
    timeNs === null ? [] : [traceRecord({ kind: "free", timeNs, buffer, address: buffer })],
  );
  for (const record of [...births, ...frees].sort((a, b) => a.timeNs - b.timeNs)) other.memory.record(record);
  const used = [other.endTest(0, 280, NAMES), other.endTest(0, 400, NAMES)];
  const left = other.allocations().map(({ ref, fixture, end }) => [ref.test, fixture?.name ?? null, end]);
  return { used, left };
}

for (const [what, life, left] of [
  ["never freed", [150, null], ["1", null, "never-freed"]],
  ["freed in the call of a later test", [150, 320], ["1", null, "late"]],
  ["freed in the teardown of a later test", [150, 360], ["1", null, "freed"]],
  ["freed when no test runs", [150, 500], ["1", null, "freed"]],
  ["of a wider fixture", [115, null], ["1", "engine", "never-freed"]],
] as const) {
  test(`a buffer that is ${what} is left by the test in which it was born`, () => {
    assert.deepEqual(after(life).left, [left]);
  });
}

for (const [what, life] of [
  ["is freed in the test in which it was born", [150, 250]],
  ["is born before all tests", [50, null]],
  ["is born after the last one", [450, null]],
] as const) {
  test(`a buffer that ${what} is left by none`, () => assert.deepEqual(after(life).left, []));
}

test("a test uses the process if anything is allocated or freed there while it runs", () => {
  assert.deepEqual(after([150, 250]).used, [true, false]);
  assert.deepEqual(after([150, 320]).used, [true, true]);
  assert.deepEqual(after([310, 320]).used, [false, true]);
});

test("what goes with its allocator was never freed", () => {
  const other = new OtherProcess(7);
  other.memory.record(traceRecord({ timeNs: 150 }));
  other.memory.record(traceRecord({ kind: "allocator-destroyed", timeNs: 320 }));
  other.endTest(0, 280, NAMES);
  assert.deepEqual(
    other.allocations().map(({ end }) => end),
    ["never-freed"],
  );
});

test("a buffer whose address was given again was freed before that, also where no record says so", () => {
  const other = new OtherProcess(7);
  for (const [buffer, timeNs] of [150, 160, 310].entries()) {
    other.memory.record(traceRecord({ timeNs, buffer, address: 0x20 }));
  }
  other.memory.record(traceRecord({ kind: "free", timeNs: 320, buffer: 2, address: 0x20 }));
  other.endTest(0, 280, NAMES);
  other.endTest(0, 400, NAMES);
  assert.deepEqual(
    other.allocations().map(({ ref, end }) => [ref.test, end]),
    [["1", "late"]],
  );
});
