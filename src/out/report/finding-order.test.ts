import assert from "node:assert/strict";
import { it } from "node:test";
import { finding } from "../../../fixtures/report/builders.ts";
import { groupFindings, orderFindings } from "./finding-order.ts";

const small = finding({ signature: "small", sizeBytes: 12 });
const large = finding({ signature: "large", sizeBytes: 24 });
const suspect = finding({ signature: "suspect", verdict: "suspect", sizeBytes: 240 });
const passing = finding({ signature: "passing", verdict: "leak", sizeBytes: 2400, fails: false });
const expected = finding({ signature: "expected", verdict: "expected", fails: false });

it("puts what fails first, then the gravest verdict, then the most bytes", () => {
  const ordered = orderFindings([expected, passing, suspect, small, large]);
  assert.deepEqual(
    ordered.map(({ signature }) => signature),
    ["large", "small", "suspect", "passing", "expected"],
  );
});

it("keeps equals in the order of the run", () => {
  const first = finding({ signature: "first" });
  const second = finding({ signature: "second" });
  assert.deepEqual(orderFindings([first, second]), [first, second]);
  assert.deepEqual(orderFindings([second, first]), [second, first]);
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
