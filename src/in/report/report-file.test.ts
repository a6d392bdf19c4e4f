import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseReport } from "./report-file.ts";

const GOLDEN = readFileSync(new URL("../../../fixtures/report/golden/every-verdict.json", import.meta.url), "utf8");

test("a report that was written as JSON is read: its tests, and all that is compared of its findings", () => {
  const { run, tests, findings } = parseReport(GOLDEN, "report.json");
  const whole = JSON.parse(GOLDEN);
  assert.deepEqual([run.command, tests.length], [whole.run.command, whole.tests.length]);
  assert.deepEqual(
    findings.map(({ signature, sizeBytes, buffers }) => [signature, sizeBytes, buffers.length]),
    whole.findings.map((each: (typeof findings)[number]) => [each.signature, each.sizeBytes, each.buffers.length]),
  );
});

test("what is known in a report that does not say by whom has a mark", () => {
  const known = { reason: "shared", ref: null };
  const finding = { ...JSON.parse(GOLDEN).findings[0], known };
  const text = JSON.stringify({ ...JSON.parse(GOLDEN), schema: "urn:tt-memwatch:report:3", findings: [finding] });
  assert.deepEqual(parseReport(text, "old.json").findings[0]?.known, { by: "mark", ...known });
});

const versionOf = (version: string): string => JSON.stringify({ schema: `urn:tt-memwatch:report:${version}` });

for (const [what, text, message] of [
  ["no JSON", "{", /^r\.json: it is no JSON \(.*\); wanted a report that tt-memwatch run --json FILE wrote$/],
  ["other JSON", "[1]", /^r\.json: it is not a report of tt-memwatch; wanted/],
  ["JSON of somebody else", '{"schema":"urn:x\\u001b"}', /\(its schema is "urn:x\\\\x1b"\)/],
  ["a report of an older version", versionOf("2"), /its version is 2, and this tt-memwatch reads from 3 on; write it/],
  ["a report of a newer version", versionOf("5"), /its version is 5, and this tt-memwatch reads up to 4; use a newer/],
  ["a version that is not a number", versionOf("4x"), /it is not a report of tt-memwatch/],
  ["a report without its findings", versionOf("4"), /^r\.json: run is wrong: /],
] as const) {
  test(`${what} is refused in one line that says what is wrong`, () => {
    assert.throws(() => parseReport(text, "r.json"), { name: "UsageError", message });
  });
}
