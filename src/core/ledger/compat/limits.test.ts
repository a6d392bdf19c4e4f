import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { booksOf } from "../../../../fixtures/allocation-server/compat-books.ts";

describe("compat books: limits", () => {
  it("book buffers, circular buffers and kernels up to the limit together, refuse one more, and have room after a free", () => {
    const { books, send } = booksOf("v144", { entries: 3, events: 0 });
    send("allocate", { id: 1n, size: 1n });
    send("cbAllocate", { id: 1n, size: 1n });
    assert.equal(send("kernelLoad", { id: 1n, size: 1n }).outcome, "kernel-loaded");
    for (const kind of ["allocate", "cbAllocate", "kernelLoad"] as const) {
      const { outcome, refusal } = send(kind, { id: 2n, size: 1n });
      assert.deepEqual([outcome, refusal], ["refused", "full"]);
      // What is known has its room already.
      assert.notEqual(send(kind, { id: 1n, size: 1n }).outcome, "refused");
    }
    assert.deepEqual([books.entries, books.leftOut.full, books.counters(0).cbBytes], [3, 3, 2n]);
    send("cbFree", { id: 1n, size: 1n });
    assert.equal(send("allocate", { id: 2n, size: 1n }).outcome, "allocated");
  });

  it("remember events up to the limit of all: then a known buffer's oldest gives way, and a new one is not remembered", () => {
    const { books, send } = booksOf("v72e", { entries: 9, events: 2 });
    send("allocate", { id: 1n, pid: 1 });
    send("free", { id: 1n, pid: 2 });
    send("free", { id: 1n, pid: 3 });
    assert.deepEqual(
      books
        .remaining(10)
        .doubleFreed.map(({ history: { allocs, frees, events } }) => [allocs, frees, events.map(({ pid }) => pid)]),
      [[1, 2, [3, 2]]],
    );
    assert.deepEqual(
      [send("free", { id: 2n }).outcome, send("free", { id: 2n }).outcome],
      ["unknown-free", "unknown-free"],
    );
    assert.deepEqual([books.events, books.leftOut.history], [2, 2]);
  });

  it("give the room of an ended process's entries to others", () => {
    const { books, send } = booksOf("v144", { entries: 2, events: 0 });
    for (const pid of [1, 2, 3]) send("allocate", { id: BigInt(pid), size: 1n, pid });
    assert.deepEqual(
      [books.removeOwner(1).buffers, books.removeOwner(2).buffers, books.removeOwner(2).buffers],
      [1, 1, 0],
    );
    assert.equal(send("allocate", { id: 9n, size: 1n, pid: 2 }).outcome, "allocated");
    assert.deepEqual([books.entries, books.removeOwner(2).buffers], [1, 1]);
  });
});
