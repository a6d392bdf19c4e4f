import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finding, runReport } from "../../../fixtures/report/builders.ts";
import { assertGolden } from "../../../fixtures/report/golden.ts";
import { REPORTS } from "../../../fixtures/report/reports.ts";
import { gitlabReport } from "./gitlab.ts";

describe("every report", () => {
  for (const [name, report] of Object.entries(REPORTS)) {
    it(`"${name}" is written as its golden file`, () => assertGolden(`${name}.gitlab.json`, gitlabReport(report)));

    it(`"${name}" has fingerprints that differ`, () => {
      const prints = JSON.parse(gitlabReport(report)).map(({ fingerprint }: { fingerprint: string }) => fingerprint);
      assert.equal(new Set(prints).size, prints.length);
    });
  }
});

it("lists what fails as major and what is only wrong as minor, and leaves out what is normal", () => {
  const findings = [
    finding(),
    finding({ verdict: "suspect", fails: false, test: null }),
    finding({ verdict: "expected", fails: false }),
  ];
  const issues = JSON.parse(gitlabReport(runReport({ findings })));
  assert.deepEqual(
    issues.map(({ severity, check_name }: Record<string, string>) => [severity, check_name]),
    [
      ["major", "tt-memwatch/leak"],
      ["minor", "tt-memwatch/suspect"],
    ],
  );
  assert.deepEqual(issues[0].location, { path: "test_attention.py", lines: { begin: 1 } });
  assert.equal(issues[1].location.path, ".");
});

it("gives each of two findings that are alike a fingerprint of its own, and the same again in another report", () => {
  const fingerprints = (...findings: readonly ReturnType<typeof finding>[]): string[] =>
    JSON.parse(gitlabReport(runReport({ findings }))).map(
      (issue: { readonly fingerprint: string }) => issue.fingerprint,
    );
  const [alone] = fingerprints(finding());
  const [first, second, other] = fingerprints(finding(), finding({ sizeBytes: 7 }), finding({ device: 1 }));
  assert.equal(first, alone);
  assert.equal(new Set([first, second, other]).size, 3);
  assert.deepEqual(fingerprints(finding(), finding()), [first, second]);
});
