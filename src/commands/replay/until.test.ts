import assert from "node:assert/strict";
import { test } from "node:test";
import { RUN } from "../../../fixtures/recording/recorded.ts";
import { parseUntil, timeIn } from "./until.ts";

/** ms since the run began that a text means. */
function offsetOf(text: string, startedAt = RUN.startedAt): number {
  const until = parseUntil("replay: --until", text);
  assert.ok(until.kind !== "test", `${text} is taken for a test`);
  return timeIn({ ...RUN, startedAt }, until).offsetMs;
}

for (const [text, ms] of [
  ["12.5s", 12_500],
  ["1m30s", 90_000],
  ["2h", 7_200_000],
  ["1h1m1s1ms", 3_661_001],
  ["250ms", 250],
  ["0s", 0],
  ["2026-11-27T02:14:04Z", 1_000],
  ["2026-11-27T04:14:03.5+02:00", 500],
] as const) {
  test(`${text} is ${ms} ms after a beginning at ${RUN.startedAt}`, () => {
    assert.equal(offsetOf(text), ms);
  });
}

test("a time of day is the first after the beginning, also where that is on the next day", () => {
  const started = new Date(2026, 10, 27, 23, 59, 50).toISOString();
  assert.equal(offsetOf("23:59:51.5", started), 1_500);
  assert.equal(offsetOf("0:01", started), 70_000);
  assert.equal(offsetOf("23:59:50", started), 0);
});

test("a time is that of the clock of which records and events have theirs", () => {
  const until = parseUntil("replay: --until", "2s");
  assert.ok(until.kind === "offset");
  const { ns, ms } = timeIn({ ...RUN, startedNs: 5_000_000_000 }, until);
  assert.deepEqual([ns, ms], [7_000_000_000, Date.parse(RUN.startedAt) + 2_000]);
});

test("what is not a time is a test", () => {
  for (const text of ["tests/test_mlp.py::test_mlp", "test_a.py::test[12.5s]", "s", "1m30"]) {
    assert.deepEqual(parseUntil("replay: --until", text), { kind: "test", option: "replay: --until", test: text });
  }
});

for (const [text, reason, startedNs] of [
  ["", /^replay: --until needs a test or a time/, 0],
  ["90", /^replay: --until 90: a time needs a unit, for example 90s$/, 0],
  ["12.5", /^replay: --until 12\.5: a time needs a unit, for example 12\.5s$/, 0],
  ["25:00", /^replay: --until 25:00: no clock shows that time$/, 0],
  ["2026-13-27T02:14:04Z", /there is no such time$/, 0],
  ["2026-11-27T02:14:02Z", /the recording begins later, at 2026-11-27T02:14:03/, 0],
  ["1s", /of an earlier tt-memwatch and has no times; name a test$/, null],
] as const) {
  test(`"${text}" is refused: ${reason.source}`, () => {
    const use = () => {
      const until = parseUntil("replay: --until", text);
      if (until.kind !== "test") timeIn({ ...RUN, startedNs }, until);
    };
    assert.throws(use, { name: "UsageError", message: reason });
  });
}
