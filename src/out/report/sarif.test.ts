import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Ajv } from "ajv";
import { finding, runReport } from "../../../fixtures/report/builders.ts";
import { assertGolden } from "../../../fixtures/report/golden.ts";
import { REPORTS } from "../../../fixtures/report/reports.ts";
import { VERDICTS } from "../../core/model/finding.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { SARIF_RESULTS_MAX, sarifReport } from "./sarif.ts";

const SCHEMA = new URL("../../../fixtures/sarif/sarif-schema-2.1.0.json", import.meta.url);

/** The validator knows later drafts than the schema's: what differs is the name of `$id`, which nothing refers to. */
function officialSchema(): object {
  const { $schema, id, ...schema } = JSON.parse(readFileSync(SCHEMA, "utf8"));
  assert.deepEqual([$schema, typeof id], ["http://json-schema.org/draft-04/schema#", "string"]);
  return schema;
}

const validate = new Ajv({ strict: false, validateFormats: false }).compile(officialSchema());

function runOf(report: RunReport) {
  const log: unknown = JSON.parse(sarifReport(report));
  assert.ok(validate(log), JSON.stringify(validate.errors));
  return (log as { runs: [Record<string, never>] }).runs[0];
}

describe("every report", () => {
  for (const [name, report] of Object.entries(REPORTS)) {
    it(`"${name}" is written as its golden file`, () => assertGolden(`${name}.sarif`, sarifReport(report)));
    it(`"${name}" is valid under the official schema`, () => assert.ok(runOf(report)));
  }

  it("is refused by the schema where a field is wrong", () => {
    const log = JSON.parse(sarifReport(runReport({ findings: [finding()] })));
    assert.ok(!validate({ ...log, version: "2.0.0" }));
    assert.ok(!validate({ ...log, runs: [{ ...log.runs[0], results: [{ level: "error" }] }] }));
  });
});

it("has a rule for each verdict, with what it means and what to do", () => {
  const { rules } = JSON.parse(sarifReport(runReport())).runs[0].tool.driver;
  assert.deepEqual(
    rules.map(({ id }: { id: string }) => id),
    VERDICTS,
  );
  for (const { shortDescription, help } of rules) assert.ok(shortDescription.text !== "" && help.text !== "");
});

/** The only result of a finding. */
function resultOf(differences: Parameters<typeof finding>[0], run: Parameters<typeof runReport>[0] = {}) {
  const { results } = JSON.parse(sarifReport(runReport({ ...run, findings: [finding(differences)] }))).runs[0];
  assert.equal(results.length, 1);
  return results[0];
}

const LINE = { operation: "ttnn.zeros", file: "models/kv cache.py", line: 7, function: "load", testLine: null };

it("shows a finding at the line that allocated, relative to the folder of the run, and by its signature", () => {
  const { locations, partialFingerprints, ruleId, ruleIndex } = resultOf({
    origin: LINE,
    signature: "v2:dram:1",
    earlierSignatures: ["DRAM:1"],
  });
  assert.deepEqual(locations[0].physicalLocation, {
    artifactLocation: { uri: "models/kv%20cache.py", uriBaseId: "SRCROOT" },
    region: { startLine: 7 },
  });
  assert.deepEqual([ruleId, ruleIndex], ["leak", VERDICTS.indexOf("leak")]);
  assert.deepEqual(partialFingerprints, { "signature/v2": "v2:dram:1", "signature/v1": "DRAM:1" });
});

it("shows a finding without a line at its test's file, and the test's line beside a helper's", () => {
  assert.equal(
    resultOf({ test: "tests/test_a.py::test_b[1::2]" }).locations[0].physicalLocation.artifactLocation.uri,
    "tests/test_a.py",
  );
  const related = resultOf({ origin: { ...LINE, testLine: { file: "tests/test_a.py", line: 3 } } }).relatedLocations;
  assert.equal(related[0].physicalLocation.region.startLine, 3);
});

for (const [verdict, fails, level, kind] of [
  ["leak", true, "error", "fail"],
  ["leak", false, "warning", "fail"],
  ["fragmentation", true, "error", "fail"],
  ["fragmentation", false, "warning", "fail"],
  ["retained", false, "none", "informational"],
] as const) {
  it(`says ${level} of a ${verdict} that ${fails ? "fails" : "does not fail"}`, () => {
    const result = resultOf({ verdict, fails });
    assert.deepEqual([result.level, result.kind], [level, kind]);
  });
}

it("shows a leak that is marked as known as suppressed in the source", () => {
  const { level, suppressions } = resultOf({ fails: false, known: { by: "mark", reason: "shared cache", ref: null } });
  assert.deepEqual([level, suppressions], ["none", [{ kind: "inSource", justification: "shared cache" }]]);
});

it("names what belongs to no file in a notification, because a result needs one", () => {
  const { results, invocations } = JSON.parse(
    sarifReport(runReport({ run: { warnings: ["A warning."] }, findings: [finding({ test: null })] })),
  ).runs[0];
  assert.deepEqual(results, []);
  const [first, second] = invocations[0].toolExecutionNotifications;
  assert.deepEqual([first.level, first.associatedRule.id], ["error", "leak"]);
  assert.deepEqual(second, { level: "warning", message: { text: "A warning." } });
});

it("has the exit code, and whether the run was checked to its end", () => {
  const [clean] = JSON.parse(sarifReport(REPORTS.clean)).runs[0].invocations;
  assert.deepEqual([clean.exitCode, clean.executionSuccessful], [0, true]);
  const [nothing] = JSON.parse(sarifReport(REPORTS["nothing-checked"])).runs[0].invocations;
  assert.deepEqual([nothing.exitCode, nothing.executionSuccessful], [3, false]);
});

it("has no more results than code scanning takes, gravest first, and counts the others", () => {
  const normal = Array.from({ length: SARIF_RESULTS_MAX }, () => finding({ verdict: "expected", fails: false }));
  const { results, invocations } = JSON.parse(sarifReport(runReport({ findings: [...normal, finding()] }))).runs[0];
  assert.equal(results.length, SARIF_RESULTS_MAX);
  assert.equal(results[0].ruleId, "leak");
  assert.match(invocations[0].toolExecutionNotifications[0].message.text, /^1 finding left out/);
});
