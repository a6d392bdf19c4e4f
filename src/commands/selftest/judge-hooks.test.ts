import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeHooks, missingHooks } from "./judge-hooks.ts";

/** Bits of the ring's header that a ttnn has to have, with one of the two destructors. */
const NEEDED = 0b1_1111;

function wrongOf(mask: number | null): string[] {
  return judgeHooks(mask)
    .filter(({ isRight }) => !isRight)
    .map(({ name }) => name);
}

test("all that is needed is enough, with either destructor", () => {
  assert.deepEqual(wrongOf(NEEDED), []);
  assert.deepEqual(wrongOf(0b10_1111), []);
});

test("each needed one that is missing is named", () => {
  const names = [0, 1, 2, 3, 4].map((bit) => wrongOf(NEEDED & ~(1 << bit)));
  assert.deepEqual(names, [
    ["AllocatorImpl::allocate_buffer"],
    ["AllocatorImpl::deallocate_buffer"],
    ["AllocatorImpl::deallocate_buffers"],
    ["AllocatorImpl::clear"],
    ["AllocatorImpl::~AllocatorImpl"],
  ]);
});

test("one that a ttnn may do without is reported and is not wrong", () => {
  assert.deepEqual(wrongOf(NEEDED), []);
  assert.deepEqual(
    missingHooks(NEEDED).map((text) => text.split(": ")[0]),
    ["GraphTracker::track_allocate_cb", "GraphTracker::track_deallocate_cb", "PyEval_SaveThread"],
  );
  assert.deepEqual(missingHooks(0b1_1111_1111), []);
});

test("where the tracer did not start, no function is to blame", () => {
  for (const mask of [0, null]) {
    assert.deepEqual(wrongOf(mask), ["all of them"]);
    assert.deepEqual(missingHooks(mask), []);
  }
});
