import assert from "node:assert/strict";
import { test } from "node:test";
import { type BlockEntry, PENDING_BLOCKS_MAX, PendingBlocks, PendingBudget } from "./pending-blocks.ts";

const ENTRY: BlockEntry = [0x20n, 4096];

test("blocks of several messages and types wait together, each device's for itself", () => {
  const pending = new PendingBlocks(new PendingBudget());
  pending.add({ device: 1, memoryType: "DRAM", added: [ENTRY], removed: [] });
  pending.add({ device: 1, memoryType: "L1", added: [], removed: [ENTRY] });
  pending.add({ device: 2, memoryType: "L1", added: [ENTRY], removed: [] });
  assert.deepEqual(pending.claim(1), {
    added: [{ memoryType: "DRAM", address: 0x20n, bytesPerBank: 4096 }],
    removed: [{ memoryType: "L1", address: 0x20n, bytesPerBank: 4096 }],
  });
  assert.equal(pending.claim(2).added.length, 1);
});

test("blocks are claimed once", () => {
  const pending = new PendingBlocks(new PendingBudget());
  pending.add({ device: 1, memoryType: "DRAM", added: [ENTRY], removed: [] });
  pending.claim(1);
  assert.deepEqual(pending.claim(1), { added: [], removed: [] });
});

test("blocks are kept up to the limit over all devices; claimed ones do not count", () => {
  const pending = new PendingBlocks(new PendingBudget());
  const most = new Array<BlockEntry>(PENDING_BLOCKS_MAX - 1).fill(ENTRY);
  const one = { device: 2, memoryType: "DRAM", added: [ENTRY], removed: [] } as const;
  assert.ok(pending.add({ device: 1, memoryType: "DRAM", added: most, removed: [] }));
  assert.ok(pending.add(one));
  assert.ok(!pending.add(one));
  assert.equal(pending.claim(1).added.length, PENDING_BLOCKS_MAX - 1);
  assert.ok(pending.add(one));
});

test("blocks of all connections together are kept up to their limit; claimed and forgotten ones do not count", () => {
  const budget = new PendingBudget(3);
  const [one, other] = [new PendingBlocks(budget), new PendingBlocks(budget)];
  const two = { device: 1, memoryType: "DRAM", added: [ENTRY], removed: [ENTRY] } as const;
  assert.ok(one.add(two));
  assert.ok(!other.add(two));
  one.claim(1);
  assert.ok(other.add(two));
  assert.ok(!one.add(two));
  other.forget();
  assert.ok(one.add(two));
  assert.deepEqual(other.claim(1), { added: [], removed: [] });
});
