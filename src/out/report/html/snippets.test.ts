import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, runReport } from "../../../../fixtures/report/builders.ts";
import type { PagePlace } from "../../../core/model/page.ts";
import { NO_EXTRAS, pageData } from "./page-data.ts";
import type { ReadSource } from "./snippets.ts";

const FILE = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`).join("\n");

function snippetsAt(lines: readonly number[], readSource: ReadSource) {
  const findings = lines.map((line) => finding({ origin: originAt(line) }));
  return pageData(runReport({ findings }), { ...NO_EXTRAS, readSource }).snippets;
}

const originAt = (line: number): PagePlace => ({ operation: null, file: "t.py", line, function: "f", testLine: null });

for (const [line, first, last] of [
  [1, 1, 5],
  [5, 1, 9],
  [6, 2, 10],
  [20, 16, 20],
] as const) {
  test(`line ${line} of 20 is shown with those from ${first} to ${last}`, () => {
    const [snippet] = snippetsAt([line], () => FILE);
    assert.equal(snippet?.firstLine, first);
    assert.deepEqual([snippet.lines[0], snippet.lines.at(-1)], [`line ${first}`, `line ${last}`]);
  });
}

test("a line that the file does not have, and a file that is not at hand, are not shown", () => {
  assert.deepEqual(
    snippetsAt([21], () => FILE),
    [],
  );
  assert.deepEqual(
    snippetsAt([1], () => null),
    [],
  );
});

test("a file is read once, a place shown once, and tabs and long lines do not break the page", () => {
  const read: string[] = [];
  const snippets = snippetsAt([2, 2, 3], (file) => {
    read.push(file);
    return `\tx\n${"y".repeat(500)}\n\u202ez`;
  });
  assert.deepEqual(read, ["t.py"]);
  assert.equal(snippets.length, 2);
  assert.deepEqual(snippets[0]?.lines, ["    x", `${"y".repeat(199)}…`, "\\u202ez"]);
});
