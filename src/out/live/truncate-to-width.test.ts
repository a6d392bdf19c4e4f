import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { truncateParts, truncateWords, widthOf } from "./truncate-to-width.ts";

describe("a text that is too long ends after a whole word", () => {
  for (const [text, columns, wanted] of [
    ["survived garbage collection", 27, "survived garbage collection"],
    ["survived garbage collection", 26, "survived garbage…"],
    ["survived garbage collection", 17, "survived garbage…"],
    ["survived garbage collection", 16, "survived…"],
    ["held-by-failure", 8, "held-by…"],
    ["not-checked", 8, "not-che…"],
    ["survived", 5, "surv…"],
    ["a survived", 8, "a survi…"],
    ["日本語 日本語", 10, "日本語…"],
  ] as const) {
    it(`${JSON.stringify(text)} in ${columns} columns`, () => assert.equal(truncateWords(text, columns), wanted));
  }
});

describe("a path or node id that is too long begins with a whole part of it, or else a whole word", () => {
  for (const [text, columns, wanted] of [
    ["tests/models/attention.py:212", 29, "tests/models/attention.py:212"],
    ["tests/models/attention.py:212", 28, "…/models/attention.py:212"],
    ["tests/models/attention.py:212", 20, "…/attention.py:212"],
    ["tests/models/attention.py:212", 16, "attention.py:212"],
    ["tests/models/attention.py:212", 15, "…tention.py:212"],
    ["tests/attention.py::test_prefill[1024]", 24, "…::test_prefill[1024]"],
    ["tests/attention.py::test_prefill[1024]", 21, "…::test_prefill[1024]"],
    ["tests/attention.py::test_prefill[1024]", 17, "…_prefill[1024]"],
    ["a/b.py::test_with_a_very_long_name_of_its_own::x", 40, "…_with_a_very_long_name_of_its_own::x"],
    ["traceback of test_fails", 20, "… of test_fails"],
    ["abcdefgh", 5, "…efgh"],
  ] as const) {
    it(`${JSON.stringify(text)} in ${columns} columns`, () => assert.equal(truncateParts(text, columns), wanted));
  }
});

it("no text is wider than its columns", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "_", "/", "::", " ", "日", "é", "-", "👩‍👩‍👧") });
  fc.assert(
    fc.property(text, fc.nat({ max: 40 }), (given, columns) => {
      assert.ok(widthOf(truncateWords(given, columns)) <= columns);
      assert.ok(widthOf(truncateParts(given, columns)) <= columns);
    }),
  );
});
