import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf } from "./text-bytes.ts";

const whole = (pieces: readonly string[]) => Buffer.concat([...bytesOf(() => pieces)]).toString();

test("the bytes of a text in pieces are those of the whole, however it was cut", () => {
  const text = "ä€𝄞 plain".repeat(20_000);
  for (const size of [7, 65_535, 65_536, 65_537, text.length]) {
    const characters = [...text];
    const pieces = Array.from({ length: Math.ceil(characters.length / size) }, (_, index) =>
      characters.slice(index * size, (index + 1) * size).join(""),
    );
    assert.equal(whole(pieces), text);
  }
  assert.equal(whole([]), "");
});

test("small pieces are put together, and a whole text is one", () => {
  const pieces = Array.from({ length: 100_000 }, () => "x");
  assert.deepEqual(
    [...bytesOf(() => pieces)].map(({ length }) => length),
    [65_536, 34_464],
  );
  assert.equal([...bytesOf("x".repeat(100_000))].length, 1);
});
