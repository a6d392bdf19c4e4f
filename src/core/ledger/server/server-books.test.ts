import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BufferMessage, MessageType } from "../../model/buffer-message.ts";
import { SIZE_BYTES_MAX } from "./entry-words.ts";
import { REMEMBERED_MAX } from "./remembered-frees.ts";
import { ServerBooks } from "./server-books.ts";
import { dumpSteps } from "./walk-entries.ts";

interface Fields {
  readonly type?: number;
  readonly device?: number;
  readonly id?: bigint;
  readonly size?: bigint;
  readonly memoryType?: number;
  readonly process?: number;
  readonly atMs?: number;
}

const { allocate, free, cbAllocate, cbFree, kernelLoad, kernelUnload } = MessageType;

/** Books with processes whose pid is their number plus 100. */
function makeBooks(entriesMax?: number) {
  const books = new ServerBooks((id) => id + 100, entriesMax);
  const apply = (fields: Fields) => {
    const { type = allocate, device = 0, id = 0x1000n, size = 4096n, memoryType = 0, process = 0, atMs = 0 } = fields;
    const message = new BufferMessage();
    const halves = (value: bigint) =>
      [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))] as const;
    [message.idLow, message.idHigh] = halves(id);
    [message.sizeLow, message.sizeHigh] = halves(size);
    Object.assign(message, { type, device, memoryType, pid: process + 100 });
    books.messages.apply(message, process, atMs);
    return books.lastEvent();
  };
  const outcomes = (...all: readonly Fields[]) => all.map((fields) => apply(fields).outcome);
  return { books, apply, outcomes };
}

describe("ServerBooks", () => {
  it("counts references, and frees with the last", () => {
    const { books, outcomes } = makeBooks();
    assert.deepEqual(outcomes({}, {}, { type: free }), ["allocated", "referenced", "released"]);
    assert.equal(books.counters(0).dramBytes, 4096n);
    assert.deepEqual(outcomes({ type: free }), ["freed"]);
    assert.equal(books.counters(0).dramBytes, 0n);
    assert.equal(books.live, 0);
  });

  for (const [count, refused] of [
    [7, 0],
    [8, 0],
    [9, 1],
  ] as const) {
    it(`refuses ${refused} of ${count} buffers where there is room for 8, and takes one again after a process has gone`, () => {
      const { books, outcomes } = makeBooks(8);
      const all = outcomes(...Array.from({ length: count }, (_, id) => ({ id: BigInt(id) })));
      assert.equal(all.filter((outcome) => outcome === "refused").length, refused);
      assert.equal(books.totals().refusals.full, refused);
      assert.deepEqual(outcomes({ id: 0n }), ["referenced"], "what is there is counted on");
      books.removeOwner(0);
      while (books.reap(100));
      assert.deepEqual([books.entries, books.isBooked(0)], [0, false]);
      assert.deepEqual(outcomes({ process: 1 }), ["allocated"]);
    });
  }

  it("looks for whom a free was meant among no more than 256 processes", () => {
    const { outcomes } = makeBooks();
    for (let process = 0; process < 300; process += 1) outcomes({ process, id: BigInt(process) });
    assert.deepEqual(outcomes({ type: free, process: 1_000, id: 255n }), ["foreign-free"]);
    assert.deepEqual(outcomes({ type: free, process: 1_000, id: 256n }), ["unknown-free"]);
  });

  it("knows a second free from one of what it never saw", () => {
    const { outcomes } = makeBooks();
    assert.deepEqual(outcomes({}, { type: free }, { type: free }, { type: free, id: 7n }), [
      "allocated",
      "freed",
      "double-free",
      "unknown-free",
    ]);
  });

  it("takes a free for foreign as long as the other process is there, among any number that are not", () => {
    const { books, outcomes } = makeBooks();
    for (let process = 0; process < 1_000; process += 1) {
      outcomes({ process });
      if (process !== 500) books.removeOwner(process);
    }
    const foreign = { process: 1_000, type: free };
    assert.deepEqual([books.owners(), outcomes(foreign)], [[500], ["foreign-free"]]);
    books.removeOwner(500);
    assert.deepEqual([books.owners(), outcomes(foreign)], [[], ["unknown-free"]]);
    assert.deepEqual(outcomes({ process: 500 }, foreign), ["allocated", "foreign-free"]);
  });

  for (const bornMs of [0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 10 * 365 * 86_400_000]) {
    it(`knows the age of a kernel that was loaded ${bornMs} ms after the start`, () => {
      const { books, apply } = makeBooks();
      apply({ type: kernelLoad, atMs: bornMs });
      const ages = [1_999, 366 * 86_400_000].map((ms) => books.kernels(bornMs + ms).kernels[0]?.ageSeconds);
      assert.deepEqual(ages, [1, 366 * 86_400]);
    });
  }

  it("forgets freed buffers, the oldest first, beyond what it remembers", () => {
    const { outcomes } = makeBooks();
    for (let id = 0n; id < REMEMBERED_MAX; id += 1n) outcomes({ id }, { id, type: free });
    assert.deepEqual(outcomes({ id: 0n, type: free }), ["double-free"]);
    outcomes({ id: -1n }, { id: -1n, type: free });
    assert.deepEqual(outcomes({ id: 0n, type: free }, { id: 1n, type: free }), ["unknown-free", "double-free"]);
  });

  it("keeps the buffers of processes with the same addresses apart", () => {
    const { books, outcomes } = makeBooks();
    outcomes({ process: 0, size: 10n }, { process: 1, size: 20n });
    assert.deepEqual(outcomes({ process: 0, type: free }, { process: 0, type: free }), ["freed", "double-free"]);
    assert.equal(books.counters(0).dramBytes, 20n);
  });

  it("frees nothing of another process", () => {
    const { books, outcomes } = makeBooks();
    assert.deepEqual(outcomes({ process: 0 }, { process: 1, type: free }), ["allocated", "foreign-free"]);
    assert.equal(books.counters(0).buffers, 1);
  });

  it("counts the newest size and type of a live buffer", () => {
    const { books, apply } = makeBooks();
    apply({ size: 10n });
    assert.equal(apply({ size: 30n, memoryType: 1 }).previousSizeBytes, 10n);
    const { dramBytes, l1Bytes, buffers } = books.counters(0);
    assert.deepEqual({ dramBytes, l1Bytes, buffers }, { dramBytes: 0n, l1Bytes: 30n, buffers: 1 });
    assert.equal(books.totals().resized, 1);
  });

  it("books a circular buffer or kernel that is sent again once", () => {
    const { books, outcomes } = makeBooks();
    outcomes(
      { type: cbAllocate, size: 5n },
      { type: cbAllocate, size: 7n },
      { type: kernelLoad },
      { type: kernelLoad },
    );
    assert.deepEqual([books.counters(0).cbBytes, books.counters(0).kernelBytes], [7n, 4096n]);
    assert.deepEqual(outcomes({ type: cbFree, size: 0n }, { type: kernelUnload, size: 0n }), [
      "cb-freed",
      "kernel-unloaded",
    ]);
    assert.deepEqual([books.counters(0).cbBytes, books.counters(0).kernelBytes, books.live], [0n, 0n, 0]);
  });

  const refusals: readonly (readonly [string, Fields, string | null])[] = [
    ["device 0", { device: 0 }, null],
    ["device -1", { device: -1 }, "device"],
    ["device 1023", { device: 1023 }, null],
    ["device 1024", { device: 1024 }, "device"],
    ["size 0", { size: 0n }, null],
    ["the largest size", { size: BigInt(SIZE_BYTES_MAX) }, null],
    ["a byte more", { size: BigInt(SIZE_BYTES_MAX) + 1n }, "size"],
    ["size 2^64 - 1", { size: 2n ** 64n - 1n }, "size"],
    ["type 4", { memoryType: 4 }, null],
    ["type 5", { memoryType: 5 }, "buffer-type"],
  ];
  for (const [what, fields, refusal] of refusals) {
    it(`${refusal === null ? "takes" : "refuses"} ${what}`, () => {
      const { books, apply } = makeBooks();
      const event = apply(fields);
      assert.deepEqual([event.outcome, event.refusal], [refusal === null ? "allocated" : "refused", refusal]);
      assert.equal(books.live, refusal === null ? 1 : 0);
    });
  }

  it("keeps addresses of 64 bits and sizes of more than 32 as they are", () => {
    const { books, apply } = makeBooks();
    apply({ id: 2n ** 64n - 1n, size: 2n ** 33n + 5n });
    const [group] = books.remaining(10).groups;
    assert.deepEqual(
      group?.listed.map(({ address, sizeBytes }) => [address, sizeBytes]),
      [[2n ** 64n - 1n, 2n ** 33n + 5n]],
    );
  });

  it("lists groups up to the asked size one by one, by address", () => {
    const { books, outcomes } = makeBooks();
    outcomes({ id: 3n }, { id: 1n }, { id: 2n }, { id: 9n, memoryType: 1 });
    const addresses = (max: number) =>
      books.remaining(max).groups.map(({ listed }) => listed.map((each) => each.address));
    assert.deepEqual(addresses(3), [[1n, 2n, 3n], [9n]]);
    assert.deepEqual(addresses(2), [[], [9n]]);
  });

  it("gives the last events of a buffer, newest first", () => {
    const { books, outcomes } = makeBooks();
    outcomes({}, {}, { type: free });
    const [group] = books.remaining(10).groups;
    assert.deepEqual(
      group?.listed[0]?.history?.events.map(({ kind, refCount, pid }) => [kind, refCount, pid]),
      [
        ["FREE", 1, 100],
        ["REUSE", 2, 100],
        ["ALLOC", 1, 100],
      ],
    );
  });

  it("takes a process that ended off at once, and books others while its entries are freed", () => {
    const { books, outcomes } = makeBooks();
    for (let id = 0n; id < 3000n; id += 1n) outcomes({ id, process: 0 });
    outcomes({ process: 1 });
    assert.deepEqual([books.removeOwner(0).buffers, books.live], [3000, 1]);
    assert.ok(books.reap(100));
    for (let id = 0n; id < 500n; id += 1n) outcomes({ id, process: 2 }, { id, process: 0 });
    while (books.reap(100));
    assert.deepEqual([books.counters(0).buffers, books.remaining(0).total, books.live], [1001, 1001, 1001]);
  });

  it("dumps what was live when the dump began, whatever is booked meanwhile", () => {
    const { books, outcomes } = makeBooks();
    for (let id = 0n; id < 2000n; id += 1n) outcomes({ id });
    const steps = dumpSteps(books, { since: 0, listedMax: 5000, isEach: false, hasHistories: true, sources: "all" });
    steps.next();
    for (let id = 0n; id < 2000n; id += 1n) outcomes({ id, type: free }, { id: id + 10_000n });
    let last = steps.next();
    while (!last.done) last = steps.next();
    assert.deepEqual(
      last.value.groups[0]?.listed.map(({ address }) => address),
      Array.from({ length: 2000 }, (_, i) => BigInt(i)),
    );
  });
});
