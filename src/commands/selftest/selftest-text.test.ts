import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./check.ts";
import { selftestJson } from "./selftest-json.ts";
import type { SelftestOutcome } from "./selftest-outcome.ts";
import { selftestLine, selftestText } from "./selftest-text.ts";

const RIGHT: SelftestOutcome = {
  engine: "0.1.0",
  facts: {
    ttnn: "0.99.0",
    python: "3.12.1",
    arch: "wormhole_b0",
    devices: 2,
    library: "/l.so",
    build: "gnu:0123456789abcdef0123456789abcdef01234567",
    banks: {},
    keptBytesPerBank: {},
    msPerTest: 1,
  },
  mock: null,
  isSlowDispatch: true,
  checks: [check("bytes", "test_a", "1 DRAM", "1 DRAM"), check("lists", "compared", "9", "9")],
  withoutTracer: null,
  lists: { compared: 9, equal: 9 },
  missingHooks: ["clear: what it is for"],
  cost: { bareMs: [1, 2], watchedMs: [4, 3] },
  build: "remembered",
  warnings: [],
  durationMs: 1,
};

const WRONG: SelftestOutcome = {
  ...RIGHT,
  checks: [...RIGHT.checks, check("bytes", "test_b", "2 DRAM", "3 DRAM\u001b")],
  withoutTracer: [check("bytes", "test_a", "1", "1"), check("lines", "test_a", "a:1", "no line")],
  build: "forgotten",
};

test("the line to paste has all that a report needs", () => {
  assert.equal(
    selftestLine(RIGHT),
    "tt-memwatch 0.1.0 selftest: all right | 2 of 2 checks | 9 of 9 lists | ttnn 0.99.0 gnu:0123456789abcdef | " +
      "Python 3.12.1 | 2 x wormhole_b0 | slow dispatch | 1.0 ms a short test, 3.0 ms watched",
  );
});

test("the table says what is right, and that the build is traced from now on", () => {
  const text = selftestText(RIGHT, false);
  assert.match(text, /^✓ 1 of 1 sizes equal to the byte\n✓ 9 of 9 lists equal to ttnn's own\n· 1\.0 ms a short test/);
  assert.match(text, /is remembered: its allocations are traced from now on\.$/m);
});

test("what is off is named, with what is left, and can act on no terminal", () => {
  const text = selftestText(WRONG, false);
  assert.match(text, /^✗ 1 of 2 sizes equal to the byte\n {4}test_b: wanted 2 DRAM, got 3 DRAM\\x1b$/m);
  assert.match(text, /^bytes are off: sizes cannot be trusted here$/m);
  assert.match(text, /^without the tracer \(--tracer=off\) 1 of 2 checks are right; wrong are lines$/m);
  assert.match(text, /is not remembered any more/);
  assert.match(selftestLine(WRONG), /selftest: WRONG: bytes \| 2 of 3 checks/);
  assert.ok(selftestText(WRONG, true).includes("\u001b[31m✗"));
});

test("many that are wrong are counted", () => {
  const checks = Array.from({ length: 8 }, (_, number) => check("lines", `test_${number}`, "a", "b"));
  assert.match(selftestText({ ...WRONG, checks }, false), /^ {4}and 3 more: see --json$/m);
});

test("as JSON there is all of it, and whether all is right", () => {
  const { schema, isAllRight, line, checks } = JSON.parse(selftestJson(WRONG));
  assert.deepEqual([schema, isAllRight, checks.length], ["urn:tt-memwatch:selftest:1", false, 3]);
  assert.equal(line, selftestLine(WRONG));
});
