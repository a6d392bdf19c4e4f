import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { fixtureRef, type Live, recordOf, Scenario } from "../../../../fixtures/run/scenario.ts";
import type { RunEvent } from "../../model/event.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import { RunLedger } from "./run-ledger.ts";

const live = fc.dictionary(fc.integer({ min: 0, max: 20 }).map(String), fc.integer({ min: 1, max: 9 }), { maxKeys: 8 });

/** What a plain dictionary says is live: the last look at each device. */
function lastOf(looks: readonly Live[]): string[] {
  return Object.entries(looks.at(-1)?.DRAM ?? {})
    .map(([address, size]) => `DRAM ${address} ${size}`)
    .sort();
}

describe("the ledger", () => {
  test("agrees with a plain dictionary on what is live, after any looks", () => {
    fc.assert(
      fc.property(fc.array(live, { minLength: 1, maxLength: 12 }), (states) => {
        const looks: Live[] = states.map((DRAM) => ({ DRAM }));
        const scenario = new Scenario().begin("a");
        for (const state of looks) scenario.look("after", state);
        const { allocations, discrepancies } = recordOf(scenario);
        const alive = allocations.filter(({ death }) => death === null);
        const listed = alive.map(({ memoryType, address, bytesPerBank }) => `${memoryType} ${address} ${bytesPerBank}`);
        assert.deepEqual(listed.sort(), lastOf(looks));
        assert.deepEqual(discrepancies, []);
      }),
    );
  });

  test("gives an address that is used again a life of its own", () => {
    const scenario = new Scenario().begin("a");
    for (const state of [{ DRAM: { 8: 100 } }, {}, { DRAM: { 8: 100 } }]) scenario.look("after", state);
    const lives = recordOf(scenario).allocations.map(({ death }) => death?.moment ?? null);
    assert.deepEqual(lives, ["after", null]);
  });

  test("keeps equal addresses on other devices, in other memory types and in other processes apart", () => {
    const state = { DRAM: { 8: 100 }, L1: { 8: 100 } };
    const one = new Scenario(0).begin("a").look("after", state).look("after", state, { device: 2 });
    const other = new Scenario(1).begin("a").look("after", state).look("after", {});
    const { allocations } = recordOf(one, other);
    const dead = allocations.filter(({ death }) => death !== null);
    assert.equal(allocations.length, 6);
    assert.deepEqual(new Set(dead.map(({ process }) => process)), new Set([1]));
  });

  test("notes which wider fixtures ended before memory was seen gone, and which memory outlived its fixture", () => {
    const weights = fixtureRef("weights");
    const scenario = new Scenario().begin("a").look("fixture", { DRAM: { 0: 10, 8: 20 } }, { fixture: weights });
    const { allocations } = recordOf(scenario.endFixture(weights).look("close", { DRAM: { 8: 20 } }));
    const found = allocations.map((a) => [
      a.bytesPerBank,
      a.fixturesEndedBeforeDeath.map((f) => f.name),
      a.outlivedFixture,
    ]);
    assert.deepEqual(found, [
      [10, ["weights"], false],
      [20, [], true],
    ]);
  });

  test("says which test ran when its process was lost", () => {
    const { processes, tests } = recordOf(new Scenario().test("a", {}, {}).begin("b").look("before", {}).lose());
    assert.deepEqual(
      processes.map(({ end, runningTest }) => [end, runningTest?.test]),
      [["lost", "b"]],
    );
    assert.deepEqual(
      tests.map(({ ref, outcome }) => [ref.test, outcome]),
      [
        ["a", "passed"],
        ["b", null],
      ],
    );
  });

  test("describes a live buffer by its tensor, and never one that is gone", () => {
    const tensor = { dtype: "bfloat16", shape: [1, 1, 32, 32], logicalBytes: 2048 };
    const ledger = new RunLedger();
    const scenario = new Scenario().begin("a").look("after", { DRAM: { 8: 10 } });
    const at = (address: bigint) =>
      ({ kind: "tensor", process: 0, deviceKey: 1, memoryType: "DRAM" as MemoryType, address, tensor }) as const;
    for (const event of [...scenario.events(), at(8n), at(9n)]) ledger.apply(event);
    assert.deepEqual(
      ledger.record().allocations.map((a) => a.tensor),
      [tensor],
    );
  });

  test("refuses events of a process that has not begun", () => {
    assert.throws(
      () => new RunLedger().apply({ kind: "collected", process: 7, tests: 1, paths: null }),
      /process 7, which has not begun/,
    );
  });
});

describe("a look at which nothing had changed", () => {
  const unchanged: RunEvent = { kind: "unchanged", process: 0, deviceKey: 1, moment: "after" };
  const looked = (): Scenario => new Scenario().begin("a").look("before", { DRAM: { 8: 100 } });

  test("shows what the last one showed, and nothing that came or went", () => {
    const { tests, allocations } = recordOf(looked().also(unchanged));
    const [before, after] = tests[0]?.devices[0]?.looks ?? [];
    assert.deepEqual(after, { ...before, moment: "after" });
    assert.deepEqual(
      allocations.map(({ birth, death }) => [birth.moment, death]),
      [["before", null]],
    );
  });

  test("is none of a device that was closed, or that was never measured", () => {
    const closed: RunEvent = { kind: "device-end", process: 0, deviceKey: 1 };
    const of = (scenario: Scenario) => recordOf(scenario).tests[0]?.devices.map(({ looks }) => looks.length);
    assert.deepEqual(of(looked().also(closed).also(unchanged)), [1]);
    assert.deepEqual(of(new Scenario().begin("a").also(unchanged)), []);
  });
});

test("what was recorded inside of operations belongs to the blocks of its test, whichever look shows them", () => {
  const inside = (memoryType: MemoryType, address: bigint): RunEvent => {
    return { kind: "inside", process: 0, deviceKey: 1, memoryType, address, functions: [`${memoryType} ${address}`] };
  };
  const scenario = new Scenario()
    .begin("a")
    .look("before", {})
    .look("after-call", { DRAM: { 0: 1 } })
    .also(inside("DRAM", 0n))
    .also(inside("L1", 8n))
    .also(inside("DRAM", 16n))
    .look("after", { DRAM: { 0: 1 }, L1_SMALL: { 8: 1 } })
    .end("a")
    .begin("b")
    .look("before", { DRAM: { 0: 1 }, L1_SMALL: { 8: 1 } })
    .look("after", { DRAM: { 0: 1, 16: 1 }, L1_SMALL: { 8: 1 } })
    .end("b");
  const told = recordOf(scenario).allocations.map(({ address, inside: functions }) => [address, functions]);
  assert.deepEqual(told, [
    [0n, ["DRAM 0"]],
    [8n, ["L1 8"]],
    [16n, []],
  ]);
});
