import assert from "node:assert/strict";
import { test } from "node:test";
import {
  DIALECTS,
  FRAME_BYTES_MAX,
  frameSizesWith,
  isTypeIn,
  libraryDialect,
  typeBits,
} from "./allocation-dialects.ts";

for (const [dialect, types] of [
  [DIALECTS["72"], [1, 2, 3, 5]],
  [DIALECTS["112"], [1, 2, 3, 5, 6]],
  [DIALECTS["128"], [1, 2, 3, 5, 6, 8, 9, 10, 11]],
  [DIALECTS["144"], [1, 2, 3, 5, 6, 8, 9, 10, 11, 12]],
  [DIALECTS["helper-32"], [8, 9, 10, 11]],
] as const) {
  test(`clients of the ${dialect.name} dialect send types ${types.join(", ")} and no other`, () => {
    const found = Array.from({ length: 256 }, (_, type) => type).filter((type) => isTypeIn(typeBits(dialect), type));
    assert.deepEqual(found, types);
    assert.equal(isTypeIn(typeBits(dialect), -1), false);
  });
}

test("a dialect is known by its size, where it has the message type", () => {
  assert.equal(libraryDialect(72, 3), DIALECTS["72"]);
  assert.equal(libraryDialect(72, 6), null);
  assert.equal(libraryDialect(112, 6), DIALECTS["112"]);
  assert.equal(libraryDialect(112, 8), null);
  assert.equal(libraryDialect(128, 11), DIALECTS["128"]);
  assert.equal(libraryDialect(128, 12), null);
  assert.equal(libraryDialect(144, 12), DIALECTS["144"]);
  assert.equal(libraryDialect(32, 8), null);
});

for (const [frameBytes, isTaken] of [
  [40, false],
  [71, false],
  [73, false],
  [80, false],
  [136, false],
  [145, false],
  [148, false],
  [152, true],
  [FRAME_BYTES_MAX - 8, true],
  [FRAME_BYTES_MAX, true],
  [FRAME_BYTES_MAX + 8, false],
] as const) {
  test(`frames of ${frameBytes} bytes are ${isTaken ? "a dialect of a later build" : "no dialect"}`, () => {
    const dialect = libraryDialect(frameBytes, 1);
    assert.equal(dialect !== null, isTaken);
    if (dialect === null) return;
    const { name, isKnown, infoOffset } = dialect;
    assert.deepEqual({ name, isKnown, infoOffset }, { name: `${frameBytes}`, isKnown: false, infoOffset: 88 });
  });
}

test("people are told the sizes that a message type has", () => {
  assert.equal(frameSizesWith(1), "72, 112, 128, 144");
  assert.equal(frameSizesWith(6), "112, 128, 144");
  assert.equal(frameSizesWith(8), "128, 144");
  assert.equal(frameSizesWith(12), "144");
});
