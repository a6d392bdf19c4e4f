import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import { growsWithTests, hostGrowths } from "./host-growth.ts";

const MB = 1024 ** 2;
/** What a process with ttnn has. */
const BASE_BYTES = 400 * MB;

/** Memory after each of so many tests. */
function series(tests: number, sizeOf: (test: number) => number): number[] {
  return Array.from({ length: tests }, (_, test) => BASE_BYTES + sizeOf(test));
}

const LENGTHS = fc.integer({ min: 24, max: 400 });
/** Of what comes and goes: between -1 and 1 for each test. */
const NOISE = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 400, maxLength: 400 });

describe("host memory grows with the tests", () => {
  const grows: readonly (readonly [string, readonly number[]])[] = [
    ["a steady climb", series(100, (test) => test * MB)],
    ["a climb of as few tests as can tell", series(24, (test) => test * 3 * MB)],
    ["a stair, of which every fifth test is a step", series(50, (test) => Math.floor(test / 5) * 20 * MB)],
    ["a climb after a one-off load", series(100, (test) => (test < 20 ? 0 : 500 * MB) + test * MB)],
    ["a climb that begins in the midst of a saw", series(200, (test) => test * MB + (test % 7) * 5 * MB)],
  ];
  for (const [name, sizes] of grows) it(name, () => assert.ok(growsWithTests(sizes)));

  const doesNot: readonly (readonly [string, readonly number[]])[] = [
    ["nothing", series(100, () => 0)],
    ["too few tests to tell", series(23, (test) => test * 3 * MB)],
    ["a climb of too little in all", series(24, (test) => test * MB)],
    ["what pytest keeps of 40,000 tests", series(40_000, (test) => test * 7 * 1024)],
    ["a one-off load at the first test", series(100, () => 900 * MB)],
    ["a one-off load in the middle", series(100, (test) => (test < 60 ? 0 : 900 * MB))],
    ["two one-off loads", series(100, (test) => (test < 45 ? 0 : test < 75 ? 900 * MB : 1800 * MB))],
    ["a warm-up that slows down", series(100, (test) => 900 * MB * (1 - Math.exp(-test / 25)))],
    ["a saw", series(100, (test) => (test % 10) * 50 * MB)],
    ["a large test whose memory is given back", series(100, (test) => (test % 30 === 0 ? 900 * MB : 0))],
    ["memory that shrinks", series(100, (test) => -test * MB)],
  ];
  for (const [name, sizes] of doesNot) it(`not: ${name}`, () => assert.ok(!growsWithTests(sizes)));

  it("always, where each test keeps more than the noise", () => {
    fc.assert(
      fc.property(LENGTHS, NOISE, fc.integer({ min: 3, max: 50 }), (tests, noise, stepMb) => {
        assert.ok(growsWithTests(series(tests, (test) => (test * stepMb + (noise[test] ?? 0)) * MB)));
      }),
    );
  });

  it("never by noise alone, whatever its size", () => {
    fc.assert(
      fc.property(LENGTHS, NOISE, fc.integer({ min: 1, max: 4000 }), (tests, noise, sizeMb) => {
        assert.ok(!growsWithTests(series(tests, (test) => (noise[test] ?? 0) * sizeMb * MB)));
      }),
    );
  });

  it("never by what is loaded once, or twice, wherever that is", () => {
    const at = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(LENGTHS, at, at, fc.integer({ min: 1, max: 4000 }), (tests, one, other, sizeMb) => {
        const loads = (test: number) => Number(test >= one * tests) + Number(test >= other * tests);
        assert.ok(!growsWithTests(series(tests, (test) => loads(test) * sizeMb * MB)));
      }),
    );
  });
});

/** A process whose tests each keep so much. */
function keeping(process: number, keptBytes: readonly number[]): Scenario {
  const scenario = new Scenario(process);
  let hostBytes = BASE_BYTES;
  for (const [index, kept] of keptBytes.entries()) {
    scenario.begin(`t.py::t${index}`, { hostBytes });
    hostBytes += kept;
    scenario.end(`t.py::t${index}`, "passed", 1, hostBytes);
  }
  return scenario;
}

describe("of each process is reported", () => {
  it("what it had at the begin and at the end, and in which tests it grew", () => {
    const climb = Array.from({ length: 40 }, (_, test) => (test === 30 ? 9 * MB : test % 2 === 0 ? 4 * MB : 0));
    const [grown, flat] = hostGrowths(recordOf(keeping(0, climb), keeping(1, [MB, 0, 0])).tests);
    assert.deepEqual(grown, {
      process: 0,
      beforeBytes: BASE_BYTES,
      afterBytes: BASE_BYTES + 85 * MB,
      withTests: {
        fromBytes: BASE_BYTES + 20 * MB,
        toBytes: BASE_BYTES + 85 * MB,
        tests: 30,
        growing: 15,
        largest: { test: "t.py::t30", sizeBytes: 9 * MB },
      },
    });
    assert.deepEqual(flat, { process: 1, beforeBytes: BASE_BYTES, afterBytes: BASE_BYTES + MB, withTests: null });
  });

  it("nothing where nobody looked", () => {
    const unseen = new Scenario().begin("t.py::a").end("t.py::a");
    assert.deepEqual(hostGrowths(recordOf(unseen).tests), []);
  });
});
