import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { finding, held, KB, runReport } from "../../../fixtures/report/builders.ts";
import { assertGolden } from "../../../fixtures/report/golden.ts";
import { REPORTS } from "../../../fixtures/report/reports.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { jsonReport } from "./json.ts";
import { reportJsonSchema, reportSchema } from "./json-schema.ts";

function textOf(report: RunReport): string {
  return [...jsonReport(report)].join("");
}

const PUBLISHED = new URL("../../../docs/report.schema.json", import.meta.url);

it("the published schema is the one the code is written against (UPDATE_GOLDEN=1 rewrites it)", () => {
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(PUBLISHED, reportJsonSchema());
  assert.equal(readFileSync(PUBLISHED, "utf8"), reportJsonSchema());
});

describe("every report", () => {
  const validate = new Ajv2020({ strict: true }).compile(JSON.parse(reportJsonSchema()));
  const isValid = (json: unknown): boolean => validate(json);

  for (const [name, report] of Object.entries(REPORTS)) {
    it(`"${name}" is written as its golden file`, () => assertGolden(`${name}.json`, textOf(report)));

    it(`"${name}" is valid under the published schema`, () => {
      assert.ok(isValid(JSON.parse(textOf(report))), JSON.stringify(validate.errors));
    });

    it(`"${name}" has no field that the schema does not describe`, () => {
      const json: unknown = JSON.parse(textOf(report));
      assert.deepEqual(reportSchema.parse(json), json);
    });
  }

  it("is refused by the schema when a field is missing or a size is not one", () => {
    const valid = JSON.parse(textOf(runReport({ findings: [finding()] })));
    assert.ok(isValid(valid));
    const { evidence: _, ...withoutEvidence } = valid.findings[0];
    assert.ok(!isValid({ ...valid, findings: [withoutEvidence] }));
    assert.ok(!isValid({ ...valid, findings: [{ ...valid.findings[0], sizeBytes: -1 }] }));
    assert.ok(!isValid({ ...valid, schema: "urn:tt-memwatch:report:0" }));
  });

  it("may have fields that a reader does not know", () => {
    const valid = JSON.parse(textOf(runReport({ findings: [finding()] })));
    assert.ok(isValid({ ...valid, later: 1, findings: [{ ...valid.findings[0], later: 1 }] }));
  });
});

it("writes 64-bit addresses exactly", () => {
  const remaining = [held([[0xffff_ffff_ffff_ffffn, KB, null]])];
  assert.equal(JSON.parse(textOf(runReport({ remaining }))).remaining[0].buffers[0].address, "0xffffffffffffffff");
});

it("gives origin, holders and tensors as they are", () => {
  const origin = { operation: "ttnn.add", file: "a.py", line: 3, function: "f", testLine: null };
  const json = JSON.parse(textOf(runReport({ findings: [finding({ origin, holders: ["a.b"] }), finding()] })));
  assert.deepEqual(json.findings[0].origin, origin);
  assert.deepEqual(json.findings[0].holders, ["a.b"]);
  assert.equal(json.findings[1].origin, null);
});
