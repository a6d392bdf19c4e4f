import assert from "node:assert/strict";
import { test } from "node:test";
import { frame } from "../../../fixtures/allocation-server/build-frames.ts";
import {
  ALLOCATE,
  CB,
  FREE,
  INFO_QUERY,
  isError,
  join,
  message,
  QUERY,
  zeros,
} from "../../../fixtures/allocation-server/reader-cases.ts";
import { FrameStream } from "../../../fixtures/allocation-server/record-frames.ts";
import { FRAME_BYTES_MAX } from "./allocation-dialects.ts";

test("a first frame in a size that does not have its type is an error that says which have", () => {
  const bytes = join(frame(72, INFO_QUERY), frame(72, QUERY));
  const wanted = /^a frame of type 6 with 72 bytes, wanted 112, 128, 144 or/;
  assert.throws(() => new FrameStream().push(bytes), isError(wanted, 0));
});

for (const type of [0, 4, 7, 13, 31]) {
  test(`type ${type} is an error, first or later, and says which are good`, () => {
    const lone = () => new FrameStream().push(Uint8Array.of(type));
    assert.throws(lone, isError(new RegExp(`^a frame of type ${type}, wanted 1, 2, 3, 5, 6 or 8 to 12$`), 0));
    const later = join(frame(72, FREE), frame(72, FREE), frame(72, { type }));
    assert.throws(() => new FrameStream().push(later), isError(new RegExp(`^a frame of type ${type}, wanted`), 144));
  });
}

test("a type that the connection's dialect does not have is an error", () => {
  const bytes = join(frame(72, FREE), frame(72, FREE), frame(72, CB));
  const what = /^a frame of type 8 among frames of the 72 dialect, wanted 1 to 5$/;
  assert.throws(() => new FrameStream().push(bytes), isError(what, 144));
});

for (const place of [1, 2, 3, 17, 18, 19]) {
  test(`byte ${place} of a header must be zero`, () => {
    const spoilt = frame(144, ALLOCATE);
    spoilt[place] = 0x80;
    const what = new RegExp(`^byte ${place} of a frame of type 1 is 0x80, wanted 0$`);
    assert.throws(() => new FrameStream().push(spoilt), isError(what, 0));
    assert.throws(() => new FrameStream().push(join(frame(144, FREE), spoilt)), isError(what, 144));
  });
}

for (const size of [72, 112, 128, 144]) {
  test(`each byte after the header of a ${size}-byte frame must be zero, in one piece or two`, () => {
    const first = frame(size, FREE);
    for (let place = 40; place < size; place += 1) {
      const spoilt = frame(size, ALLOCATE);
      spoilt[place] = 0x80;
      const what = new RegExp(`^byte ${place} of a frame of type 1 is 0x80, wanted 0$`);
      const whole = new FrameStream();
      assert.throws(() => whole.push(join(first, spoilt)), isError(what, size));
      const cut = new FrameStream().push(join(first, spoilt.subarray(0, 40)));
      assert.throws(() => cut.push(spoilt.subarray(40)), isError(what, size));
      assert.deepEqual(whole.seen, cut.seen);
    }
  });
}

test("a frame's fault is an error as soon as it is there, before the frame is whole", () => {
  const spoilt = frame(144, ALLOCATE);
  spoilt[50] = 1;
  const stream = new FrameStream();
  assert.throws(() => stream.push(join(frame(144, FREE), spoilt.subarray(0, 51))), isError(/^byte 50 /, 144));
  assert.deepEqual(stream.seen, [message(FREE), message(ALLOCATE)]);
});

test("a helper connection has no other frames and zeros after its process id", () => {
  const first = join(frame(32, CB), frame(32, CB));
  const free = join(first, frame(32, { type: 2 }));
  const what = /^a frame of type 2 among frames of the helper-32 dialect, wanted 8 to 11$/;
  assert.throws(() => new FrameStream().push(free), isError(what, 64));
  const spoilt = frame(32, CB);
  spoilt[28] = 1;
  assert.throws(() => new FrameStream().push(join(first, spoilt)), isError(/^byte 28 /, 64));
});

test("after an error the reader is dead, even for good frames", () => {
  const stream = new FrameStream();
  assert.throws(() => stream.push(Uint8Array.of(4)), isError(/^a frame of type 4/, 0));
  assert.throws(() => stream.push(frame(144, ALLOCATE)), isError(/^a frame of type 4/, 0));
  stream.reader.settle();
  stream.reader.expire();
  assert.deepEqual(stream.seen, []);
});

test("a frame that never ends says how far it came", () => {
  const first = new FrameStream().push(frame(144, INFO_QUERY).subarray(0, 50), true);
  first.reader.settle();
  assert.throws(() => first.reader.expire(), isError(/^a frame that stopped after 50 bytes, wanted 112, 128, 144$/, 0));
  const later = new FrameStream().push(join(frame(72, FREE), frame(72, FREE).subarray(0, 7)));
  later.reader.settle();
  assert.throws(() => later.reader.expire(), isError(/^a frame that stopped after 7 bytes, wanted 72$/, 72));
});

test("nothing expires where nothing is unfinished", () => {
  for (const stream of [new FrameStream(), new FrameStream().push(frame(72, FREE), true)]) {
    stream.reader.expire();
    assert.equal(stream.reader.isWaiting, false);
  }
});

test("zeros without end are an error after 4096 bytes", () => {
  const stream = new FrameStream().push(frame(FRAME_BYTES_MAX, ALLOCATE));
  assert.throws(() => stream.push(zeros(1)), isError(/^a frame of over 4096 bytes$/, 0));
});
