import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { ODD_NAMES } from "../../../fixtures/report/reports.ts";
import { printable } from "./printable.ts";

const cases: readonly (readonly [string, string])[] = [
  ["test_a[1-ü-日本語-👩‍🚀]", "test_a[1-ü-日本語-👩‍🚀]"],
  ["\u001b[31m", "\\x1b[31m"],
  ["a\r\n\tb", "a\\r\\n\\tb"],
  ["\u0000\u007f\u009b", "\\x00\\x7f\\x9b"],
  ["\u202eevil", "\\u202eevil"],
  ["\ud800x\udfff", "\\ud800x\\udfff"],
  ["\ufffe\uffff", "\\ufffe\\uffff"],
];
for (const [text, wanted] of cases) {
  it(`prints ${JSON.stringify(text)} as ${wanted}`, () => assert.equal(printable(text), wanted));
}

it("leaves nothing that can move a cursor or that UTF-8 and XML cannot hold", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...ODD_NAMES));
  fc.assert(
    fc.property(text, (outside) => {
      const inside = printable(outside);
      assert.doesNotMatch(inside, /[\p{Cc}\p{Cs}\u2028\u2029\ufffe\uffff]/u);
      assert.ok(inside.isWellFormed());
      assert.equal(printable(inside), inside);
    }),
  );
});
