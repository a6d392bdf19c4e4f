import assert from "node:assert/strict";
import { test } from "node:test";
import { KB } from "../../../../fixtures/report/builders.ts";
import type { Change, ComparedLeftover, Comparison, Leftover } from "../../../core/model/comparison.ts";
import { DIFF_CHARACTERS_MAX, diffMarkdown } from "./diff-markdown.ts";
import { diffText } from "./diff-text.ts";

const ORIGIN = { operation: "ttnn.zeros", file: "models/rope.py", line: 12, function: "table", testLine: null };

function leftover(sizeBytes: number, differences: Partial<Leftover> = {}): Leftover {
  const what = { signature: "s", test: "test_a.py::test_b", memoryType: "DRAM", verdict: "leak" } as const;
  return {
    ...what,
    findings: 1,
    sizeBytes,
    buffers: 1,
    checkedTests: 1,
    origin: ORIGIN,
    holder: null,
    fails: true,
    ...differences,
  };
}

function compared(change: Change, before: Leftover | null, after: Leftover | null, fails = false): ComparedLeftover {
  return { change, fails, before, after };
}

function comparisonOf(...leftovers: readonly ComparedLeftover[]): Comparison {
  const run = { command: ["pytest"], startedAt: "2026-11-27T02:14:03.000Z" };
  return { before: { name: "main.json", ...run }, after: { name: "today.json", ...run }, leftovers };
}

const ALL = comparisonOf(
  compared("new", null, leftover(48 * KB, { test: null, origin: null, holder: "m._CACHE[0]" }), true),
  compared("grew", leftover(24 * KB), leftover(72 * KB), true),
  compared("same", leftover(24 * KB), leftover(24 * KB)),
  compared("shrank", leftover(24 * KB), leftover(12 * KB)),
  compared("gone", leftover(24 * KB), null),
  compared("not-checked", leftover(24 * KB, { test: "test_\u001b.py::t" }), null),
);

test("the text has a line for each leftover that is not the same, and in the end how many of each change", () => {
  assert.equal(
    diffText(ALL, false),
    `change         before     after   memory   test                origin
new, fails              48.0 KB   DRAM     (between tests)     held by m._CACHE[0]
grew, fails   24.0 KB   72.0 KB   DRAM     test_a.py::test_b   ttnn.zeros   models/rope.py:12 in table
shrank        24.0 KB   12.0 KB   DRAM     test_a.py::test_b   ttnn.zeros   models/rope.py:12 in table
gone          24.0 KB             DRAM     test_a.py::test_b   ttnn.zeros   models/rope.py:12 in table
not checked   24.0 KB             DRAM     test_\\x1b.py::t     ttnn.zeros   models/rope.py:12 in table
1 other did not change: -v lists it
tt-memwatch: main.json and today.json: 1 new (fails), 1 grew (fails), 1 the same, 1 shrank, 1 gone, 1 not checked.
`,
  );
});

test("with -v the text has what did not change, too", () => {
  assert.match(diffText(ALL, true), /^same +24\.0 KB +24\.0 KB /m);
  assert.doesNotMatch(diffText(ALL, true), /-v lists/);
});

test("two runs that left nothing are reported in one line", () => {
  const line = "tt-memwatch: main.json and today.json: neither run left anything.\n";
  assert.equal(diffText(comparisonOf(), false), line);
  assert.equal(
    diffMarkdown(comparisonOf()),
    "## ✅ tt-memwatch: neither run left anything\n\n`main.json` and `today.json`\n",
  );
});

test("the Markdown has a row for each leftover that is not the same, what fails in bold", () => {
  const lines = diffMarkdown(ALL).split("\n");
  assert.equal(
    lines[0],
    "## ❌ tt-memwatch: 1 new (fails), 1 grew (fails), 1 the same, 1 shrank, 1 gone, 1 not checked",
  );
  assert.equal(lines.filter((line) => line.startsWith("| ")).length, 7);
  assert.match(lines[7] ?? "", /^\| \*\*grew, fails\*\* \| 24\.0 KB \| 72\.0 KB \| DRAM \| `test_a\.py::test_b` \|/);
});

test("Markdown that would be too long for a comment counts the rest", () => {
  const many = Array.from({ length: 2_000 }, () => compared("new", null, leftover(KB), true));
  const text = diffMarkdown(comparisonOf(...many));
  assert.ok(text.length < DIFF_CHARACTERS_MAX + 1_000, `${text.length}`);
  const rows = text.split("\n").filter((line) => line.startsWith("| **new")).length;
  assert.match(text, new RegExp(`_${2_000 - rows} more: `));
});
