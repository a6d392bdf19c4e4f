import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rulesOf } from "../../../fixtures/run/rules.ts";
import type { Rules } from "../model/rules.ts";
import type { BookedBuffer, EndedProcess } from "../model/server-view.ts";
import { BooksTally } from "./books-tally.ts";
import { judgeBooks, type NewSizes, newSizesOf } from "./judge-books.ts";

const KB = 1024;
const MB = 1024 * KB;

const RULES = rulesOf({
  largeBuffer: { DRAM: 100 * MB },
  programCache: { DRAM: 36 * KB },
  expected: [
    { name: "infrastructure-l1", memoryType: "L1", maxBytes: 12 * KB, when: "open", tests: null },
    { name: "system-buffers", memoryType: "DRAM", maxBytes: MB, when: "open", tests: null },
  ],
});

function buffer(fields: Partial<BookedBuffer> & { readonly size: number }): BookedBuffer {
  const { size, ...rest } = fields;
  const standard = {
    device: 0,
    memoryType: "DRAM",
    address: 0x30000n,
    pid: 7,
    refCount: 1,
    allocs: 1,
    frees: 0,
    birth: 1,
    origin: null,
  };
  return { ...standard, sizeBytes: BigInt(size), ...rest };
}

function many(amount: number, size: number): readonly BookedBuffer[] {
  return Array.from({ length: amount }, (_, index) => buffer({ size, address: BigInt(index) }));
}

function tallied(buffers: readonly BookedBuffer[], rules: Rules = RULES) {
  const tally = new BooksTally(rules.refCountMax);
  for (const each of buffers) tally.add([each]);
  return tally.tallies();
}

function judge(buffers: readonly BookedBuffer[], rules: Partial<Rules> = {}, ended: readonly EndedProcess[] = []) {
  const all = { ...RULES, ...rules };
  return judgeBooks({ tallies: tallied(buffers, all), comparisons: null, ended, differences: [] }, all);
}

function said(...found: Parameters<typeof judge>) {
  return judge(...found).map(({ rule, verdict, fails }) => [rule, verdict, fails]);
}

const LEAK = [["large-buffer", "leak", true]];

describe("what is live on a device in a memory type", () => {
  for (const [what, buffers, expected] of [
    ["36 KB of DRAM are cached programs", [buffer({ size: 12 * KB }), buffer({ size: 24 * KB })], "program-cache"],
    ["more, up to 1 MB, is what a device has for itself", [buffer({ size: 36 * KB + 1 })], "expected"],
    ["12 KB of L1 are circular buffers of early clients", [buffer({ memoryType: "L1", size: 12 * KB })], "expected"],
    ["12 KB of L1 are that on any device", [buffer({ memoryType: "L1", size: 12 * KB, device: 5 })], "expected"],
    ["a byte more of L1 is just live", [buffer({ memoryType: "L1", size: 12 * KB + 1 })], undefined],
    ["2 MB of DRAM are just live", [buffer({ size: 2 * MB })], undefined],
    ["100 MB beyond what is expected are just live", [buffer({ size: 101 * MB })], undefined],
    ["a byte more is a leak", [buffer({ size: 101 * MB + 1 })], "leak"],
    ["two buffers that are together more are one", [buffer({ size: 51 * MB }), buffer({ size: 51 * MB })], "leak"],
    ["L1_SMALL has no rule by default", [buffer({ memoryType: "L1_SMALL", size: 200 * MB })], undefined],
  ] as const) {
    it(what, () => assert.equal(judge(buffers)[0]?.verdict, expected));
  }

  it("20,000 buffers of 20 KB are the leak that 390 MB are, however small each is", () => {
    const [found, ...others] = judge(many(20_000, 20 * KB));
    assert.deepEqual(
      [found?.rule, found?.verdict, found?.buffers, found?.fails],
      ["large-buffer", "leak", 20_000, true],
    );
    assert.match(
      found?.evidence ?? "",
      /^390\.6 MB of DRAM in 20000 buffers is more than the 100\.0 MB .* the 1\.0 MB/,
    );
    assert.deepEqual(others, []);
  });

  it("devices are not added up", () => {
    assert.deepEqual(said([buffer({ size: 60 * MB }), buffer({ size: 60 * MB, device: 1 })]), []);
  });
});

describe("the rules' file decides", () => {
  const large = [buffer({ size: 300 * MB })];
  for (const [what, rules, expected] of [
    ["a larger limit clears a leak", { largeBuffer: { DRAM: 300 * MB } }, []],
    ["no limit is no rule", { largeBuffer: {} }, []],
    ["what is expected counts in full", { expected: [{ ...RULES.expected[1], maxBytes: 200 * MB }] }, []],
    ["nothing is expected where nothing is listed", { expected: [], largeBuffer: { DRAM: 300 * MB - 1 } }, LEAK],
    ["verdicts fail that are listed", { failOn: [] }, [["large-buffer", "leak", false]]],
  ] as const) {
    it(what, () => assert.deepEqual(said(large, rules as Partial<Rules>), expected));
  }

  it("a limit for L1 makes L1 a leak", () => {
    assert.deepEqual(said([buffer({ memoryType: "L1", size: 2 * MB })], { largeBuffer: { L1: MB } }), LEAK);
  });

  it("a rule for some tests expects nothing here, one for all does", () => {
    const rule = { name: "weights", memoryType: "DRAM", maxBytes: 400 * MB, when: "test" } as const;
    assert.deepEqual(said(large, { expected: [{ ...rule, tests: "ops/*" }] }), LEAK);
    assert.deepEqual(said(large, { expected: [{ ...rule, tests: null }] }), [["weights", "expected", false]]);
  });

  it("more references than allowed are a suspect beside what the memory is", () => {
    const shared = [buffer({ size: KB, refCount: 3 })];
    const cache = ["program-cache", "program-cache", false];
    assert.deepEqual(said(shared), [["ref-count", "suspect", true], cache]);
    assert.deepEqual(said(shared, { refCountMax: 3 }), [cache]);
    assert.deepEqual(said([buffer({ size: KB, refCount: 50, address: 0n })]), [cache]);
  });
});

describe("what the books alone tell", () => {
  it("L1 that comes again and again and never goes is circular buffers of early clients, whatever their sum", () => {
    assert.deepEqual(said([buffer({ memoryType: "L1", size: 4 * MB, allocs: 3, refCount: 3 })]), [
      ["untracked-free", "untracked-free", false],
    ]);
  });

  it("what processes had not freed when they ended is at-exit, by device and memory type; kernels are not", () => {
    const none = { bufferBytes: 0n, cbs: 1, cbBytes: 9n, kernels: 1, kernelBytes: 9n, isTraced: false };
    const dead = [7, 9].map((pid) => ({
      ...none,
      pid,
      buffers: 2,
      groups: [{ device: 1, memoryType: "DRAM", buffers: 2, sizeBytes: MB }],
    }));
    const onlyKernels = { ...none, pid: 8, buffers: 0, groups: [] };
    const [found, ...others] = judge([], {}, [...dead, onlyKernels]);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [found?.verdict, found?.device, found?.memoryType, found?.buffers, found?.sizeBytes, found?.pids, found?.fails],
      ["at-exit", 1, "DRAM", 4, 2 * MB, [7, 9], false],
    );
    assert.deepEqual(said([], { failOn: ["at-exit"] }, dead), [["at-exit", "at-exit", true]]);
  });
});

describe("findings of a server", () => {
  it("stand in the order of all findings: what fails, the gravest verdict, the most bytes", () => {
    const found = judge([
      buffer({ size: 12 * KB, memoryType: "L1" }),
      buffer({ size: 110 * MB, device: 1 }),
      buffer({ size: 120 * MB, device: 2 }),
      buffer({ size: KB, device: 3, refCount: 9 }),
    ]);
    assert.deepEqual(
      found.map(({ verdict, device }) => [verdict, device]),
      [
        ["leak", 2],
        ["leak", 1],
        ["suspect", 3],
        ["program-cache", 3],
        ["expected", 0],
      ],
    );
  });

  it("name at most ten owners", () => {
    const found = judge(Array.from({ length: 12 }, (_, pid) => buffer({ size: 20 * MB, pid })));
    assert.deepEqual(found[0]?.pids, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("what is new since a baseline", () => {
  /** The findings of one comparison after another, each with so many bytes of DRAM. */
  function compare(sizes: readonly number[], rules: Partial<Rules> = {}) {
    let comparisons: readonly NewSizes[] = [];
    return sizes.map((size) => {
      const tallies = tallied(size === 0 ? [] : [buffer({ size })]);
      comparisons = [...comparisons, newSizesOf(tallies)];
      return judgeBooks({ tallies, comparisons, ended: [], differences: [] }, { ...RULES, ...rules })[0];
    });
  }
  const verdicts = (...sizes: readonly number[]) => compare(sizes).map((found) => found?.verdict);

  it("once is a suspect, although a device may have as much when it is opened", () =>
    assert.deepEqual(verdicts(MB), ["suspect"]));
  it("is cached programs where it is no more than they are", () => assert.deepEqual(verdicts(KB), ["program-cache"]));
  it("is a leak when it is more each time, however little", () =>
    assert.deepEqual(verdicts(KB, 2 * KB, 3 * KB), ["program-cache", "leak", "leak"]));
  it("is a suspect again when it did not grow once", () =>
    assert.deepEqual(verdicts(MB, MB, 2 * MB), ["suspect", "suspect", "suspect"]));
  it("is a leak at once when it is large", () => assert.deepEqual(verdicts(101 * MB), ["leak"]));
  it("is nothing where nothing is new", () => assert.deepEqual(verdicts(0), [undefined]));
  it("grows as often as the rules say before it is a leak", () => {
    const found = compare([MB, 2 * MB, 3 * MB], { recurrenceTests: 3 });
    assert.deepEqual(
      found.map((each) => each?.verdict),
      ["suspect", "suspect", "leak"],
    );
  });
  it("begins with the first comparison that found anything", () => {
    const found = compare([0, MB, 2 * MB]);
    assert.deepEqual(
      found.map((each) => each?.verdict),
      [undefined, "suspect", "leak"],
    );
    assert.match(found[2]?.evidence ?? "", /grew at each of 2 comparisons: 1\.0 MB, 2\.0 MB/);
  });
  it("says what each comparison found", () => {
    assert.match(compare([KB, 2 * KB])[1]?.evidence ?? "", /2 comparisons: 1\.0 KB, 2\.0 KB/);
    const [first, second] = compare([2 * MB, MB]).map((each) => each?.evidence ?? "");
    assert.match(first ?? "", /is new since the baseline\. It is a leak if/);
    assert.match(second ?? "", /is new since the baseline, 2\.0 MB at the 1 comparison before it\. It is a leak if/);
  });
});
