import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ALL, booksOf, type Fields, GIB, U64 } from "../../../../fixtures/allocation-server/compat-books.ts";
import type { BufferEvent } from "../../model/server-view.ts";

describe("compat books: buffers", () => {
  it("keep the first size, type and owner of a key, and report what was sent", () => {
    const { books, send } = booksOf("v72");
    assert.equal(send("allocate", { size: 4096n, type: 1, pid: 1 }).outcome, "allocated");
    const again = send("allocate", { size: 8192n, type: 0, pid: 2 });
    assert.deepEqual(
      [again.outcome, again.refCount, again.sizeBytes, again.typeIndex, again.pid, again.previousSizeBytes],
      ["referenced", 2, 8192n, 0, 2, 4096n],
    );
    const released = send("free", { pid: 2 });
    assert.deepEqual([released.outcome, released.refCount, released.pid], ["released", 1, 1]);
    assert.equal(books.counters(0).l1Bytes, 4096n);
    const freed = send("free", { pid: 2 });
    assert.deepEqual([freed.outcome, freed.pid, freed.sizeBytes, freed.typeIndex], ["freed", 1, 4096n, 1]);
    assert.deepEqual(books.statistics(), { devices: [], active: 0 });
    assert.equal(send("free").outcome, "unknown-free");
  });

  it("of v72e replace the size but not what is counted of it, so that the last free wraps around", () => {
    const { books, send } = booksOf("v72e");
    send("allocate", { size: 4096n });
    send("allocate", { size: 8192n });
    assert.equal(books.counters(0).dramBytes, 4096n);
    send("free");
    assert.equal(send("free").sizeBytes, 8192n);
    assert.equal(books.counters(0).dramBytes, U64 - 4096n);
    assert.deepEqual([books.statistics().active, books.statistics().devices[0]?.buffers], [0, 0]);
  });

  it("count SYSTEM_MEMORY as L1_SMALL", () => {
    const { books, send } = booksOf("v144");
    for (const type of [0, 1, 2, 3, 4]) send("allocate", { id: BigInt(type), type, size: 10n ** BigInt(type) });
    const { dramBytes, l1Bytes, l1SmallBytes, traceBytes, buffers } = books.counters(0);
    assert.deepEqual([dramBytes, l1Bytes, l1SmallBytes, traceBytes, buffers], [1n, 10n, 1100n, 10_000n, 5]);
  });

  for (const version of ALL.filter((each) => each !== "v144")) {
    it(`of ${version} book, but do not count, a device that has no counters`, () => {
      const { books, send } = booksOf(version);
      for (const device of [8, -1]) assert.equal(send("allocate", { device, size: 1n }).outcome, "allocated");
      assert.deepEqual(books.statistics(), { devices: [], active: 2 });
      const groups = books.remaining(10).groups.map(({ device, buffers, sizeBytes }) => [device, buffers, sizeBytes]);
      assert.deepEqual(groups, [
        [-1, 1, 1],
        [8, 1, 1],
      ]);
      assert.equal(send("free", { device: 8 }).outcome, "freed");
    });
  }

  for (const [listedMax, listed] of [
    [2, 0],
    [3, 3],
    [4, 3],
  ] as const) {
    it(`list ${listed} of 3 buffers where groups of ${listedMax} are listed`, () => {
      const { books, send } = booksOf("v72");
      for (const id of [1n, 2n, 3n]) send("allocate", { id, size: 5n });
      const [group] = books.remaining(listedMax).groups;
      assert.deepEqual([group?.listed.length, group?.buffers, group?.sizeBytes], [listed, 3, 15]);
    });
  }
});

describe("compat books: refusals", () => {
  const cases: readonly (readonly [Fields, BufferEvent["refusal"], BufferEvent["refusal"]])[] = [
    // What is sent, what v144 refuses it for, what the others do.
    [{ size: 0n }, "size", null],
    [{ size: 1n }, null, null],
    [{ size: 100n * GIB }, null, null],
    [{ size: 100n * GIB + 1n }, "size", null],
    [{ size: U64 - 1n }, "size", null],
    [{ size: 1n, type: 4 }, null, null],
    [{ size: 1n, type: 5 }, "buffer-type", "buffer-type"],
    [{ size: 1n, type: 255, device: 7 }, "buffer-type", "buffer-type"],
    [{ size: 1n, device: 8 }, "device", null],
    [{ size: 1n, device: -1 }, "device", null],
    [{ size: 0n, type: 5 }, "size", "buffer-type"],
    [{ size: 0n, type: 5, device: 9 }, "device", "buffer-type"],
  ];
  for (const version of ALL) {
    for (const [fields, ofV144, ofOthers] of cases) {
      const wanted = version === "v144" ? ofV144 : ofOthers;
      const { device = 0, size, type = 0 } = fields;
      it(`of ${version} for device ${device}, ${size} bytes, type ${type}: ${wanted}`, () => {
        const { books, send } = booksOf(version);
        const event = send("allocate", fields);
        assert.deepEqual([event.outcome, event.refusal], [wanted === null ? "allocated" : "refused", wanted]);
        assert.equal(books.statistics().active, wanted === null ? 1 : 0);
      });
    }
  }

  it("do not concern frees", () => {
    const { send } = booksOf("v144");
    assert.equal(send("free", { device: 99, type: 77 }).outcome, "unknown-free");
  });
});

describe("compat books: history", () => {
  it("knows a key from its first free on, and counts failed frees", () => {
    const { books, send } = booksOf("v72e");
    assert.deepEqual([send("free", { pid: 3 }).outcome, books.lastEvent().history], ["unknown-free", null]);
    const second = send("free", { pid: 4 });
    assert.equal(second.outcome, "double-free");
    assert.deepEqual(second.history, {
      allocs: 0,
      frees: 1,
      events: [{ kind: "FREE", sizeBytes: 0n, pid: 3, refCount: 0 }],
    });
    assert.equal(books.remaining(10).doubleFreed[0]?.history.frees, 2);
  });

  it("says who freed, with the booked size", () => {
    const { books, send } = booksOf("v72e");
    send("allocate", { size: 64n, pid: 1 });
    send("allocate", { size: 64n, pid: 2 });
    send("free", { pid: 2 });
    assert.deepEqual(books.remaining(10).groups[0]?.listed[0]?.history, {
      allocs: 2,
      frees: 1,
      events: [
        { kind: "FREE", sizeBytes: 64n, pid: 2, refCount: 1 },
        { kind: "REUSE", sizeBytes: 64n, pid: 2, refCount: 2 },
        { kind: "ALLOC", sizeBytes: 64n, pid: 1, refCount: 1 },
      ],
    });
  });

  for (const [frees, kept] of [
    [49, 49],
    [50, 50],
    [51, 50],
  ] as const) {
    it(`keeps ${kept} of ${frees} events and counts all`, () => {
      const { books, send } = booksOf("v72e");
      for (let pid = 1; pid <= frees; pid += 1) send("free", { pid });
      const history = books.remaining(10).doubleFreed[0]?.history;
      assert.deepEqual([history?.frees, history?.events.length, history?.events[0]?.pid], [frees, kept, frees]);
    });
  }

  it("is not told of a dead process, so that a later free is taken for a double one", () => {
    const { books, send } = booksOf("v72e");
    send("allocate", { size: 64n, pid: 9 });
    books.removeOwner(9);
    const event = send("free", { pid: 9 });
    assert.deepEqual([event.outcome, event.history?.allocs, event.history?.frees], ["double-free", 1, 0]);
    assert.deepEqual(books.remaining(10).doubleFreed, []);
  });
});

describe("compat books: circular buffers and kernels", () => {
  it("count a circular buffer twice that comes twice, and take off what a free names", () => {
    const { books, send } = booksOf("v144");
    assert.equal(send("cbAllocate", { size: 100n }).totalBytes, 100n);
    assert.equal(send("cbAllocate", { size: 50n }).totalBytes, 150n);
    assert.equal(send("cbFree", { size: 0n }).totalBytes, 150n);
    const unknown = send("cbFree", { size: 200n });
    assert.deepEqual([unknown.outcome, unknown.totalBytes], ["cb-freed", U64 - 50n]);
    assert.equal(books.counters(0).cbBytes, U64 - 50n);
  });

  it("take off what an unload names, with the type of the load, and nothing for an unknown kernel", () => {
    const { books, send } = booksOf("v144");
    send("kernelLoad", { id: 1n, size: 100n, type: 2, atMs: 500 });
    send("kernelLoad", { id: 2n, size: 30n, type: 9, atMs: 1000 });
    assert.deepEqual(
      books.kernels(3499).kernels.map(({ id, ageSeconds }) => [id, ageSeconds]),
      [
        [2n, 2],
        [1n, 2],
      ],
    );
    assert.equal(books.kernels(3500).totalBytes.get(0), 130n);
    assert.equal(send("kernelUnload", { id: 3n, size: 5n }).outcome, "ignored");
    const unloaded = send("kernelUnload", { id: 1n, size: 140n });
    assert.deepEqual([unloaded.outcome, unloaded.typeIndex, unloaded.totalBytes], ["kernel-unloaded", 2, U64 - 10n]);
  });

  for (const kind of ["cbAllocate", "cbFree", "kernelLoad", "kernelUnload"] as const) {
    it(`ignore ${kind} of a device that is not there, and in versions that have none`, () => {
      const { books, send } = booksOf("v144");
      for (const device of [-1, 8]) assert.equal(send(kind, { device, size: 1n }).outcome, "ignored");
      assert.deepEqual(books.owners(), []);
      assert.equal(booksOf("v112b").send(kind, { size: 1n }).outcome, "ignored");
    });
  }
});

describe("compat books: dead processes", () => {
  it("lose whole entries whatever their references, by stored sizes", () => {
    const { books, send } = booksOf("v144");
    send("allocate", { id: 1n, size: 10n, pid: 5 });
    send("allocate", { id: 1n, size: 10n, pid: 6 });
    send("allocate", { id: 2n, size: 3n, pid: 6 });
    send("cbAllocate", { size: 100n, pid: 5 });
    send("cbAllocate", { size: 40n, pid: 5 });
    send("kernelLoad", { size: 8n, pid: -3 });
    assert.deepEqual(books.owners(), [-3, 5, 6]);
    assert.deepEqual(books.removeOwner(5), {
      pid: 5,
      buffers: 1,
      bufferBytes: 10n,
      cbs: 1,
      cbBytes: 40n,
      kernels: 0,
      kernelBytes: 0n,
      groups: [],
      isTraced: false,
    });
    const { dramBytes, cbBytes, kernelBytes, buffers } = books.counters(0);
    assert.deepEqual([dramBytes, cbBytes, kernelBytes, buffers], [3n, 100n, 8n, 1]);
    assert.deepEqual(books.owners(), [-3, 6]);
  });
});
