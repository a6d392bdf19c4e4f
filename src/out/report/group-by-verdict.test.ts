import assert from "node:assert/strict";
import { it } from "node:test";
import { finding } from "../../../fixtures/report/builders.ts";
import { groupFindings, orderFindings } from "./group-by-verdict.ts";

const small = finding({ signature: "small", sizeBytes: 12 });
const large = finding({ signature: "large", sizeBytes: 24 });
const suspect = finding({ signature: "suspect", verdict: "suspect", sizeBytes: 240 });
const passing = finding({ signature: "passing", verdict: "leak", sizeBytes: 2400, fails: false });
const expected = finding({ signature: "expected", verdict: "expected", fails: false });

it("puts what fails first, then the gravest verdict, and keeps the order of the run within a verdict", () => {
  const ordered = orderFindings([expected, passing, suspect, small, large]);
  assert.deepEqual(
    ordered.map(({ signature }) => signature),
    ["small", "large", "suspect", "passing", "expected"],
  );
});

it("parts one verdict that fails only here and there in two groups", () => {
  const groups = groupFindings([passing, small, suspect, large]);
  assert.deepEqual(
    groups.map(({ verdict, fails, findings }) => [verdict, fails, findings.length]),
    [
      ["leak", true, 2],
      ["suspect", true, 1],
      ["leak", false, 1],
    ],
  );
});
