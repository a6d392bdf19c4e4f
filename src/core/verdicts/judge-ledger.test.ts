import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LiveBuffer } from "../model/server-view.ts";
import { judgeGrowth, LedgerJudge } from "./judge-ledger.ts";

const KB = 1024;
const MB = 1024 * KB;
const DRAM = 0;
const L1 = 1;

function buffer(fields: Partial<LiveBuffer> & { readonly size: number }): LiveBuffer {
  const { size, ...rest } = fields;
  const standard = {
    device: 0,
    typeIndex: DRAM,
    address: 0x30000n,
    pid: 7,
    refCount: 1,
    allocs: 1,
    frees: 0,
    birth: 1,
  };
  return { ...standard, sizeBytes: BigInt(size), ...rest };
}

function judge(...buffers: readonly LiveBuffer[]) {
  const judge = new LedgerJudge();
  judge.add(buffers);
  return judge.findings().map(({ rule, verdict, device, buffers, sizeBytes }) => ({
    rule,
    verdict,
    device,
    buffers,
    sizeBytes,
  }));
}

describe("LedgerJudge", () => {
  it("says nothing of what is just live", () => assert.deepEqual(judge(buffer({ size: MB })), []));

  for (const [size, expected] of [
    [100 * MB, []],
    [100 * MB + 1, [{ rule: "large-dram", verdict: "leak", device: 0, buffers: 1, sizeBytes: 100 * MB + 1 }]],
  ] as const) {
    it(`judges ${size} bytes of DRAM`, () => assert.deepEqual(judge(buffer({ size })), expected));
  }

  it("takes 12 and 24 KB of DRAM for two cached programs", () => {
    const found = judge(buffer({ size: 12 * KB }), buffer({ size: 24 * KB, address: 1n }));
    assert.deepEqual(found, [
      { rule: "program-cache", verdict: "program-cache", device: 0, buffers: 2, sizeBytes: 36 * KB },
    ]);
  });

  it("takes a byte more for something else", () => {
    assert.deepEqual(judge(buffer({ size: 12 * KB + 1 }), buffer({ size: 24 * KB, address: 1n })), []);
    assert.deepEqual(judge(buffer({ size: 24 * KB + 1 })), []);
  });

  for (const [refCount, rules] of [
    [2, ["program-cache"]],
    [3, ["program-cache", "ref-count"]],
  ] as const) {
    it(`judges ${refCount} references`, () => {
      assert.deepEqual(
        judge(buffer({ size: KB, refCount })).map(({ rule }) => rule),
        rules,
      );
    });
  }

  it("knows that all buffers of a graph capture share the address 0", () => {
    assert.deepEqual(judge(buffer({ size: MB, refCount: 50, address: 0n })), []);
  });

  it("expects up to 22 KB of L1 on device 0 and on no other", () => {
    const l1 = { typeIndex: L1, size: 22 * KB };
    assert.deepEqual(judge(buffer(l1)), [
      { rule: "infrastructure-l1", verdict: "expected", device: 0, buffers: 1, sizeBytes: 22 * KB },
    ]);
    assert.deepEqual(judge(buffer({ ...l1, size: 22 * KB + 1 })), []);
    assert.deepEqual(judge(buffer({ ...l1, device: 1 })), []);
  });

  it("knows L1 that comes again and again and never goes for circular buffers of old clients", () => {
    const found = judge(buffer({ typeIndex: L1, size: 4 * KB, allocs: 3, refCount: 3, device: 2 }));
    assert.deepEqual(found, [
      { rule: "untracked-free", verdict: "untracked-free", device: 2, buffers: 1, sizeBytes: 4 * KB },
    ]);
  });

  it("names at most ten owners", () => {
    const judge = new LedgerJudge();
    judge.add(Array.from({ length: 12 }, (_, pid) => buffer({ size: 20 * MB, pid })));
    assert.deepEqual(judge.findings()[0]?.pids, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe("judgeGrowth", () => {
  const group = (sizeBytes: number) => [{ device: 0, memoryType: "DRAM", buffers: 1, sizeBytes }];
  const verdicts = (...sizes: readonly number[]) => {
    const seen: Map<string, number>[] = [];
    return sizes.map((size) => judgeGrowth(group(size), seen)[0]?.verdict);
  };

  it("suspects what is new once", () => assert.deepEqual(verdicts(KB), ["suspect"]));
  it("calls a leak what is more each time", () =>
    assert.deepEqual(verdicts(KB, 2 * KB, 3 * KB), ["suspect", "leak", "leak"]));
  it("suspects again what did not grow once", () =>
    assert.deepEqual(verdicts(KB, KB, 2 * KB), ["suspect", "suspect", "suspect"]));
  it("says nothing where nothing is new", () => assert.deepEqual(judgeGrowth([], []), []));
  it("gives the vector", () => {
    const seen: Map<string, number>[] = [];
    judgeGrowth(group(KB), seen);
    assert.match(judgeGrowth(group(2 * KB), seen)[0]?.evidence ?? "", /2 comparisons: 1\.0 KB, 2\.0 KB/);
  });
});
