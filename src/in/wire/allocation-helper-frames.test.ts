import assert from "node:assert/strict";
import { test } from "node:test";
import { frame } from "../../../fixtures/allocation-server/build-frames.ts";
import {
  CB,
  FREE,
  HELPER,
  isError,
  join,
  KERNEL,
  message,
  state,
  zeros,
} from "../../../fixtures/allocation-server/reader-cases.ts";
import { FrameStream } from "../../../fixtures/allocation-server/record-frames.ts";
import { WireError } from "./wire-error.ts";

for (const [count, size, sizeCount] of [
  [4, 128, 1],
  [9, 144, 2],
] as const) {
  test(`${count} helper frames are not ${sizeCount} of ${size} bytes`, () => {
    for (const kind of [CB, { ...CB, type: 9 }, KERNEL, { ...KERNEL, type: 11 }]) {
      const helper = new FrameStream().push(join(...Array.from({ length: count }, () => frame(32, kind))), true);
      assert.deepEqual(state(helper), ["helper-32", "firm", 0, false]);
      assert.equal(helper.reader.frames, count);
      const library = new FrameStream().push(join(...Array.from({ length: sizeCount }, () => frame(size, kind))), true);
      assert.equal(library.reader.dialect?.name, `${size}`);
      assert.equal(library.reader.frames, sizeCount);
    }
  });
}

for (const [count, size, sizeCount] of [
  [9, 72, 4],
  [7, 112, 2],
] as const) {
  test(`${count} helper frames are not ${sizeCount} of ${size} bytes, which have no such types`, () => {
    const helper = new FrameStream().push(join(...Array.from({ length: count }, () => frame(32, CB))), true);
    assert.deepEqual([helper.reader.dialect?.name, helper.reader.frames], ["helper-32", count]);
    const library = new FrameStream().push(join(...Array.from({ length: sizeCount }, () => frame(size, FREE))), true);
    assert.deepEqual([library.reader.dialect?.name, library.reader.frames], [`${size}`, sizeCount]);
  });
}

test("one lone helper frame is taken once the read is drained, and the next makes it firm", () => {
  const stream = new FrameStream().push(frame(HELPER, CB), false);
  assert.deepEqual(state(stream), [null, "none", 32, true]);
  stream.push(zeros(0), true);
  assert.deepEqual(stream.seen, [message(CB)]);
  assert.deepEqual(state(stream), ["helper-32", "weak", 0, false]);
  stream.push(frame(HELPER, KERNEL));
  assert.deepEqual(stream.seen, [message(CB), message(KERNEL)]);
  assert.deepEqual(state(stream), ["helper-32", "firm", 0, false]);
});

test("32 bytes of a longer frame are not taken for a helper's where its contents show it", () => {
  for (const fields of [CB, { ...KERNEL, id: 2n ** 32n }]) {
    const bytes = frame(144, fields);
    const stream = new FrameStream().push(bytes.subarray(0, 32), true);
    assert.deepEqual(stream.seen, []);
    assert.deepEqual(stream.push(bytes.subarray(32), true).seen, [message(fields)]);
    assert.equal(stream.reader.dialect?.name, "144");
  }
});

test("a circular buffer's index with a high half is taken for a helper's only after silence", () => {
  const fields = { ...CB, id: 2n ** 32n + 1n };
  const stream = new FrameStream().push(frame(HELPER, fields), true);
  assert.deepEqual(stream.seen, []);
  stream.reader.settle();
  assert.deepEqual(stream.seen, [message(fields)]);
});

test("a longer frame taken for a helper's, not to be told apart, ends in an error and not in made-up messages", () => {
  const fields = { ...KERNEL, id: 5n };
  const stream = new FrameStream().push(frame(144, fields).subarray(0, 32), true);
  assert.equal(stream.reader.certainty, "weak");
  assert.throws(() => stream.push(frame(144, fields).subarray(32), true), isError(/^a frame of type 0/, 32));
  assert.equal(stream.seen.length, 1);
});

test("a helper's device is below 65,536: above it is a library's time of day", () => {
  const at = (device: number) => join(frame(32, CB), frame(32, { ...CB, device }));
  assert.equal(new FrameStream().push(at(65_535)).reader.dialect, HELPER);
  assert.throws(() => new FrameStream().push(at(65_536)), WireError);
});

test("bytes 17 to 19 are part of a helper's id", () => {
  const fields = { ...KERNEL, id: 0xffff_ffff_ffff_ffffn };
  const stream = new FrameStream().push(join(frame(32, fields), frame(32, fields)));
  assert.deepEqual(stream.seen, [message(fields), message(fields)]);
});
