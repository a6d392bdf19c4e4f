import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { storedDay } from "../../../fixtures/history/runs.ts";
import { parseExportedRun } from "./exported-run.ts";
import { linesOf } from "./lines-of-stream.ts";

const RUN = storedDay(1, ["a", "b"], [{ test: "a" }]);
const LINE = JSON.stringify({ schema: "urn:tt-memwatch:history-run:1", ...RUN });

async function linesIn(text: string, chunkBytes: number, bytesMax: number): Promise<string[]> {
  const bytes = Buffer.from(text);
  async function* stream() {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const lines: string[] = [];
  for await (const { text: line, number } of linesOf(stream(), bytesMax, "x")) lines.push(`${number} ${line}`);
  return lines;
}

describe("an exported line", () => {
  it("is the run again", () => assert.deepEqual(parseExportedRun(LINE, "x:1"), RUN));

  for (const [what, line, message] of [
    ["no JSON", "{", /^x:1: it is not a line that tt-memwatch history export wrote: /],
    [
      "something else",
      '{"schema":"urn:tt-memwatch:report:4"}',
      /^x:1: it is not a line that tt-memwatch history export wrote$/,
    ],
    ["a number", "7", /^x:1: it is not a line that tt-memwatch history export wrote$/],
    [
      "of a newer version",
      '{"schema":"urn:tt-memwatch:history-run:2"}',
      /^x:1: its version is 2, and this tt-memwatch reads up to 1; use a newer tt-memwatch$/,
    ],
    ["without its tests", LINE.replace('"tests":', '"test":'), /^x:1: tests is wrong: /],
    [
      "with a time that is none",
      LINE.replace(/"startedAt":"[^"]*"/, '"startedAt":"today"'),
      /^x:1: startedAt is wrong: /,
    ],
    [
      "with a fraction of a byte",
      LINE.replace('"sizeBytes":49152', '"sizeBytes":0.5'),
      /^x:1: findings\.0\.sizeBytes is wrong: /,
    ],
  ] as const) {
    it(`that is ${what} is refused with its place`, () => {
      assert.throws(() => parseExportedRun(line, "x:1"), { name: "UsageError", message });
    });
  }
});

describe("lines of a stream", () => {
  it("are the same however it is cut", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "\n", "\r\n"), maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (whole, chunkBytes) => {
        const wanted = whole.split("\n").map((line, index) => [index + 1, line.trim()] as const);
        const lines = wanted.filter(([, line]) => line !== "").map(([number, line]) => `${number} ${line}`);
        assert.deepEqual(await linesIn(whole, chunkBytes, 1_000), lines);
      }),
    );
  });

  it("have a largest length", async () => {
    assert.deepEqual(await linesIn(`${"a".repeat(10)}\n`, 4, 10), [`1 ${"a".repeat(10)}`]);
    await assert.rejects(linesIn(`b\n${"a".repeat(11)}`, 4, 10), { message: "x:2: the line is longer than 10 bytes" });
  });
});
