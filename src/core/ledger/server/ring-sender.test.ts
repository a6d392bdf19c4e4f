import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { traceRecord } from "../../../../fixtures/ring/ring-writer.ts";
import type { TraceRecord } from "../../model/trace-record.ts";
import { ALLOCATORS_MAX } from "../traced-id.ts";
import { RingSender } from "./ring-sender.ts";
import { ServerBooks } from "./server-books.ts";

const OWNER = 3;
const PID = 103;

/** Of which the first two are as frequent as all others together. */
const KINDS = ["allocate", "free", "allocate", "free", "allocator-cleared", "allocator-destroyed"] as const;

/** Books that one ring feeds. */
function makeSender() {
  const books = new ServerBooks(
    (id) => id + 100,
    undefined,
    (_, site, context) => ({ line: null, operation: `site ${site}`, test: `context ${context}` }),
  );
  const sender = new RingSender(OWNER, PID, {
    applyTraced: (message, processId, birth) => books.messages.applyTraced(message, processId, 0, birth),
    ofAllocator: (processId, allocator) => books.ofAllocator(processId, allocator),
  });
  const hears = (...changes: readonly Partial<TraceRecord>[]) => {
    for (const change of changes) sender.record(traceRecord({ chip: 0, ...change }));
  };
  /** "device type address size", by address. */
  const live = (): string[] => {
    const listed = books.remaining(1_000).groups.flatMap(({ device, memoryType, listed }) => {
      return listed.map(({ address, sizeBytes }) => `${device} ${memoryType} ${address} ${sizeBytes}`);
    });
    return listed.toSorted();
  };
  return { books, sender, hears, live };
}

describe("RingSender", () => {
  it("books what is live with the allocator's size, and knows what was asked for, where and when", () => {
    const { books, hears } = makeSender();
    hears({ sizeBytes: 100, bytesPerBank: 9, banks: 12, unitBytes: 32, context: 7, stack: 4, operation: 2 });
    const [group] = books.remaining(10).groups;
    assert.deepEqual(group?.listed, [
      {
        address: 0x20n,
        sizeBytes: 384n,
        pid: PID,
        refCount: 1,
        history: { allocs: 1, frees: 0, events: [{ kind: "ALLOC", sizeBytes: 384n, pid: PID, refCount: 1 }] },
        origin: { requestedBytes: 100n, line: null, operation: "site 1", test: "context 7" },
      },
    ]);
  });

  it("tells apart what has one address in two memories, and on a mesh and its sub-mesh", () => {
    const { hears, live } = makeSender();
    hears({ memoryType: "DRAM" }, { memoryType: "L1" }, { memoryType: "L1", allocator: 5, device: 2 });
    assert.deepEqual(live(), ["0 DRAM 32 24576", "0 L1 32 24576", "0 L1 32 24576"]);
    hears({ kind: "free", memoryType: "L1", chip: null });
    assert.deepEqual(live(), ["0 DRAM 32 24576", "0 L1 32 24576"]);
    hears({ kind: "free", memoryType: "L1", allocator: 5, device: 2, chip: null });
    assert.deepEqual(live(), ["0 DRAM 32 24576"]);
  });

  it("calls a device by its chip, or by the number it was opened as where the chip is not known", () => {
    const { hears, live } = makeSender();
    hears({ chip: 4, device: 9 }, { chip: null, device: 6, allocator: 5 });
    assert.deepEqual(live(), ["4 DRAM 32 24576", "6 DRAM 32 24576"]);
  });

  for (const kind of ["allocator-cleared", "allocator-destroyed"] as const) {
    it(`frees all of an allocator, and nothing of another, when it is ${kind.slice(10)}`, () => {
      const { hears, live } = makeSender();
      hears({}, { address: 0x40 }, { memoryType: "L1" }, { allocator: 5, device: 2, chip: 1 }, { kind });
      assert.deepEqual(live(), ["1 DRAM 32 24576"]);
    });
  }

  it("takes a second birth at an address for another buffer: the free in between was overwritten", () => {
    const { books, sender, hears, live } = makeSender();
    hears({ sizeBytes: 10, bytesPerBank: 0 });
    sender.lost();
    hears({ sizeBytes: 20, bytesPerBank: 0 });
    assert.deepEqual(live(), ["0 DRAM 32 20"]);
    hears({ kind: "free" });
    assert.deepEqual([live(), books.counters(0).dramBytes], [[], 0n]);
  });

  it("frees circular buffers together, with their sizes, and when their device is closed", () => {
    const { books, hears } = makeSender();
    hears({}, { kind: "cb-allocate", address: 1, sizeBytes: 10 }, { kind: "cb-allocate", address: 2, sizeBytes: 20 });
    assert.equal(books.counters(0).cbBytes, 30n);
    hears({ kind: "cb-clear" });
    assert.equal(books.counters(0).cbBytes, 0n);
    hears({ kind: "cb-allocate", address: 1, sizeBytes: 10 }, { kind: "allocator-destroyed" });
    assert.deepEqual(books.statistics().devices, []);
  });

  it("frees a circular buffer where it was booked, also when the chip of its device is known by then", () => {
    const { books, hears } = makeSender();
    hears({ kind: "cb-allocate", chip: null, sizeBytes: 10 }, { chip: 4 }, { kind: "free", chip: null });
    hears({ kind: "cb-clear", chip: null });
    assert.deepEqual([books.live, books.statistics().devices], [0, []]);
  });

  it("keeps circular buffers and the chip of a device as long as one of its allocators is there", () => {
    const { books, hears } = makeSender();
    hears({ chip: 4 }, { chip: 4, allocator: 5 }, { kind: "cb-allocate", chip: null, sizeBytes: 10 });
    hears(
      { kind: "allocator-destroyed", allocator: 5 },
      { kind: "cb-allocate", chip: null, address: 9, sizeBytes: 20 },
    );
    assert.equal(books.counters(4).cbBytes, 30n);
    hears({ kind: "allocator-destroyed" });
    assert.deepEqual(books.statistics().devices, []);
  });

  it("takes an allocator at the address of one that is gone for another", () => {
    const { hears, live } = makeSender();
    hears({}, { kind: "allocator-destroyed" }, {}, { allocator: 5, device: 2, chip: 0 });
    assert.deepEqual(live(), ["0 DRAM 32 24576", "0 DRAM 32 24576"]);
  });

  it("knows no site for stacks that no ring can hold", () => {
    const { books, hears } = makeSender();
    hears({ stack: 2 ** 26, operation: 1 }, { address: 0x40, stack: 1, operation: 2 ** 26 });
    const listed = books.remaining(10).groups.flatMap((group) => group.listed);
    assert.deepEqual(
      listed.map(({ origin }) => origin?.operation),
      ["site 0", "site 0"],
    );
  });

  it("leaves host memory, failures, marks and frees of what it never heard of out of the books", () => {
    const { books, hears } = makeSender();
    hears(
      { memoryType: null },
      { kind: "allocate-failed" },
      { kind: "free-failed" },
      { kind: "mark" },
      { kind: "free" },
    );
    assert.equal(books.totals().applied, 0);
  });

  it("leaves out, and counts, the buffers of one allocator too many, until another has gone", () => {
    const { books, sender, hears } = makeSender();
    for (let allocator = 1; allocator <= ALLOCATORS_MAX; allocator += 1) hears({ allocator });
    hears({ allocator: 9_999 });
    assert.deepEqual([books.live, sender.leftOut], [ALLOCATORS_MAX, 1]);
    hears({ kind: "allocator-destroyed", allocator: 77 }, { allocator: 9_999 });
    assert.deepEqual([books.live, sender.leftOut], [ALLOCATORS_MAX, 1]);
  });

  it("begins anew with books that were emptied", () => {
    const { books, sender, hears, live } = makeSender();
    hears({ kind: "cb-allocate" }, {});
    sender.startOver();
    const { applied } = books.totals();
    hears({ kind: "cb-clear" });
    assert.equal(books.totals().applied, applied, "what is not on the books is not freed");
    books.removeOwner(OWNER);
    hears({ address: 0x40 }, { kind: "allocator-cleared" });
    assert.deepEqual(live(), []);
  });

  it("has on its books what a plain account of the same records has", () => {
    const step = fc.record({
      kind: fc.constantFrom(...KINDS),
      memoryType: fc.constantFrom("DRAM" as const, "L1" as const),
      address: fc.constantFrom(0x20, 0x40, 2 ** 32 + 0x20, 2 ** 40),
      allocator: fc.constantFrom(1, 2, 3),
      sizeBytes: fc.integer({ min: 1, max: 2 ** 39 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { hears, live } = makeSender();
        const plain = new Map<string, string>();
        for (const { kind, memoryType, address, allocator, sizeBytes } of steps) {
          hears({ kind, memoryType, address, allocator, sizeBytes, device: allocator, chip: allocator });
          const key = `${allocator} ${memoryType} ${address}`;
          if (kind === "allocate") plain.set(key, `${key} ${sizeBytes}`);
          else if (kind === "free") plain.delete(key);
          else for (const each of [...plain.keys()]) if (each.startsWith(`${allocator} `)) plain.delete(each);
        }
        assert.deepEqual(live(), [...plain.values()].toSorted());
      }),
      { numRuns: 300 },
    );
  });
});
