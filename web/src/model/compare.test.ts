import assert from "node:assert/strict";
import { test } from "node:test";
import { compareGroups } from "./compare.ts";

const group = (name: string, sizeBytes: number) => ({ name, sizeBytes, rows: [] });

test("what came, went, grew and shrank between two instants, the largest change first; not what is the same", () => {
  const before = [group("gone", 40), group("grew", 1), group("same", 9), group("shrank", 9)];
  const after = [group("grew", 11), group("same", 9), group("shrank", 4), group("new", 20)];
  assert.deepEqual(compareGroups(before, after), [
    { name: "gone", beforeBytes: 40, afterBytes: 0 },
    { name: "new", beforeBytes: 0, afterBytes: 20 },
    { name: "grew", beforeBytes: 1, afterBytes: 11 },
    { name: "shrank", beforeBytes: 9, afterBytes: 4 },
  ]);
});
