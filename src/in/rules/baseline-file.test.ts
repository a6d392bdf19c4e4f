import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BASELINE_ENTRIES_MAX, parseBaseline } from "./baseline-file.ts";

const HEAD = "tt-memwatch-baseline 1\n";

function parsed(text: string) {
  return parseBaseline(text, "base.txt");
}

test("an entry has a signature and an amount, the test of its section, and the comment right before it", () => {
  const text = `${HEAD}# about the file

[t.py::a]
# what it is
24576 bytes in 1 buffer of 2 tests: DRAM:24576:t.py::a
# of nothing

0 bytes in 2 buffers: x: y

[(between tests)]
1 bytes in 0 buffers of 0 tests: "a\\u001b"
`;
  const entries = [
    {
      signature: "DRAM:24576:t.py::a",
      test: "t.py::a",
      sizeBytes: 24_576,
      buffers: 1,
      checkedTests: 2,
      note: "what it is",
    },
    { signature: "x: y", test: "t.py::a", sizeBytes: 0, buffers: 2, checkedTests: null, note: null },
    { signature: "a\u001b", test: null, sizeBytes: 1, buffers: 0, checkedTests: 0, note: null },
  ];
  assert.deepEqual(parsed(text), { kind: "baseline", entries });
  assert.deepEqual(parsed(HEAD), { kind: "baseline", entries: [] });
  assert.deepEqual(parsed(text.replaceAll("\n", "\r\n")), { kind: "baseline", entries });
});

test("two tests may have the same signature", () => {
  const result = parsed(`${HEAD}[a]\n1 bytes in 1 buffer: s\n[b]\n1 bytes in 1 buffer: s\n`);
  assert.deepEqual(result.kind === "baseline" && result.entries.map(({ test }) => test), ["a", "b"]);
});

for (const [what, text, fault] of [
  ["an empty file", "", /^base\.txt:1:1: it is empty; wanted "tt-memwatch-baseline 1" as the first line; /],
  [
    "a file of something else",
    "hello\n",
    /^base\.txt:1:1: "hello" is not a baseline's; wanted "tt-memwatch-baseline 1"/,
  ],
  [
    "one of a newer version",
    "\ntt-memwatch-baseline 2\n",
    /^base\.txt:2:1: its version is 2, and this tt-memwatch reads 1; /,
  ],
  [
    "a line that is none",
    `${HEAD}[a]\n  24 KB: s\n`,
    /^base\.txt:3:3: "24 KB: s" is not an entry; wanted "4096 bytes in 1/,
  ],
  [
    "an entry of no test",
    `${HEAD}1 bytes in 1 buffer: s\n`,
    /^base\.txt:2:1: .* is not a test's; wanted a line with a test/,
  ],
  [
    "too many tests",
    `${HEAD}[a]\n1 bytes in 1 buffer of ${"9".repeat(17)} tests: s\n`,
    /9{17} tests are more than there can/,
  ],
  ["a signature twice", `${HEAD}[a]\n${"1 bytes in 1 buffer: s\n".repeat(2)}`, /^base\.txt:4:1: "s" is there twice; /],
  [
    "too many bytes",
    `${HEAD}[a]\n${"9".repeat(17)} bytes in 1 buffer: s\n`,
    /^base\.txt:3:1: 9{17} bytes are more than/,
  ],
  [
    "too many buffers",
    `${HEAD}[a]\n1 bytes in ${"9".repeat(17)} buffers: s\n`,
    /9{17} buffers are more than there can/,
  ],
  ["a string that does not end", `${HEAD}["a]\n`, /^base\.txt:2:1: "\\"a" begins as a string of JSON and is none$/],
  [
    "a conflict of a merge",
    `${HEAD}<<<<<<< HEAD\n`,
    /^base\.txt:2:1: it is from a merge that had a conflict; keep one/,
  ],
] as const) {
  test(`${what} is a fault with its line and column`, () => {
    const result = parsed(text);
    assert.match(result.kind === "faults" ? result.faults.join("\n") : "no fault", fault);
  });
}

test("as many entries as are allowed are read, one more is a fault", () => {
  const lines = Array.from({ length: BASELINE_ENTRIES_MAX }, (_, index) => `1 bytes in 1 buffer: ${index}\n`).join("");
  assert.equal(parsed(`${HEAD}[a]\n${lines}`).kind, "baseline");
  assert.equal(parsed(`${HEAD}[a]\n${lines}1 bytes in 1 buffer: x\n`).kind, "faults");
});

test("any text is a baseline or faults of the file, never an error", () => {
  const line = fc.oneof(fc.constantFrom("[a]", '["', "1 bytes in 1 buffer: s", "#", HEAD.trim()), fc.string());
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const result = parsed(`${HEAD}${lines.join("\n")}`);
      return result.kind === "baseline" || result.faults.every((fault) => /^base\.txt:\d+:\d+: /.test(fault));
    }),
  );
});
