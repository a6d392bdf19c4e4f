import assert from "node:assert/strict";
import { test } from "node:test";
import { InternedValues } from "./interned-values.ts";

test("of equal values the first is kept, and another one is itself", () => {
  const values = new InternedValues<{ readonly line: number } | null>();
  const first = { line: 3 };
  assert.equal(values.of(first), first);
  assert.equal(values.of({ line: 3 }), first);
  assert.deepEqual(values.of({ line: 4 }), { line: 4 });
  assert.equal(values.of(null), null);
});
