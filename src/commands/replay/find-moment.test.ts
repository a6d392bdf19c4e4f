import assert from "node:assert/strict";
import { test } from "node:test";
import { RUN } from "../../../fixtures/recording/recorded.ts";
import { findMoment, type Moments } from "./find-moment.ts";
import { parseUntil } from "./until.ts";

const MOMENTS: Moments = {
  begun: RUN,
  ends: new Map([
    ["a/test_m.py::test_x", 100],
    ["b/test_m.py::test_x", null],
  ]),
  durationMs: 17_838,
  problem: null,
};

function found(text: string, moments = MOMENTS) {
  return findMoment(parseUntil("top: --at", text), moments);
}

test("a time that the recording reaches is found, its last one too", () => {
  for (const ms of [0, 17_837, 17_838]) {
    const moment = found(`${ms}ms`);
    assert.equal(moment.kind === "time" && moment.time.offsetMs, ms);
  }
});

test("a test is found by its id, and by a path that is the same file from elsewhere", () => {
  const moment = { kind: "test", test: "a/test_m.py::test_x", endNs: 100 };
  for (const id of ["a/test_m.py::test_x", "../../suite/a/test_m.py::test_x"]) assert.deepEqual(found(id), moment);
});

for (const [text, reason] of [
  ["17839ms", /^top: --at 17839ms: the recording ends before that, after 17\.8 s$/],
  ["23:59", /ends before that, after 17\.8 s; write a time after the start as 1m30s$/],
  ["test_m.py::test_x", /^top: --at test_m\.py::test_x: it could be a\/test_m\.py::test_x or b\/test_m\.py::test_x$/],
  ["test_n.py::test_x", /no such test ended in this recording; name one by its node id/],
] as const) {
  test(`"${text}" is refused: ${reason.source}`, () => {
    assert.throws(() => found(text), { name: "UsageError", message: reason });
  });
}

test("of a test that is not found in a recording that was cut, that is said too", () => {
  const moments = { ...MOMENTS, problem: "it was cut" };
  assert.throws(() => found("test_n.py::test_x", moments), { message: /in this recording; it was cut; name one/ });
});
