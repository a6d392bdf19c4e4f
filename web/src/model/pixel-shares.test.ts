import assert from "node:assert/strict";
import { test } from "node:test";
import { PixelShares } from "./pixel-shares.ts";

test("each pixel has as much of a colour as lies in it, and no more than all", () => {
  const shares = new PixelShares(4, 2);
  shares.add("red", 0, 0.25, 0.5);
  shares.add("red", 0, 0.75, 1.5);
  shares.add("blue", 0, 1.25, 0.25);
  shares.add("blue", 1, 3.5, 2);
  shares.add("blue", 1, 0, 0.75);
  shares.add("blue", 1, 0, 0.75);
  const told: [string, number, number, number][] = [];
  shares.each((...each) => told.push(each));
  assert.deepEqual(told, [
    ["red", 0, 0, 0.75],
    ["red", 0, 1, 1],
    ["red", 0, 2, 0.25],
    ["blue", 0, 1, 0.25],
    ["blue", 1, 0, 1],
    ["blue", 1, 3, 0.5],
  ]);
});
