import assert from "node:assert/strict";
import { it } from "node:test";
import { held, KB } from "../../../fixtures/report/builders.ts";
import { remainingBlock } from "./remaining-block.ts";

const BOX = `
╔══════════════════════════════════════════════════════════════╗
║           REMAINING ALLOCATED BUFFERS                       ║
╚══════════════════════════════════════════════════════════════╝
`;

function buffersOf(amount: number) {
  return held(Array.from({ length: amount }, (_, index) => [BigInt(0x1000 * (index + 1)), 4 * KB, null] as const));
}

it("says so when nothing remains", () => {
  const none = "No buffers remaining when the devices were last measured";
  assert.equal(remainingBlock([]), `${BOX}Total tracked allocations: 0\n\n${none}\n`);
});

it("sorts by device, then memory type, then address, over all processes", () => {
  const remaining = [
    held([[0x2n, 1536, null]], { device: 10, memoryType: "L1" }),
    held([[0xabc0n, 36 * KB, "test_a"]], { device: 2, memoryType: "L1_SMALL" }),
    held([[0x20n, 2 * KB, null]], { device: 2, pid: 9 }),
    held([[0x10n, KB, null]], { device: 2, pid: 8 }),
  ];
  const wanted = `${BOX}Total tracked allocations: 4

Device 2:
  DRAM: 2 buffers, 0.00292969 MB total
    - Buffer 0x10: 1 KB (PID 8)
    - Buffer 0x20: 2 KB (PID 9)
  L1_SMALL: 1 buffers, 0.0351562 MB total
    - Buffer 0xabc0: 36 KB (PID 4711)

Device 10:
  L1: 1 buffers, 0.00146484 MB total
    - Buffer 0x2: 1.5 KB (PID 4711)

Total remaining buffers: 4

`;
  assert.equal(remainingBlock(remaining), wanted);
});

for (const [amount, listed] of [
  [9, 9],
  [10, 10],
  [11, 0],
] as const) {
  it(`lists ${listed} of a group of ${amount} buffers`, () => {
    assert.equal(remainingBlock([buffersOf(amount)]).match(/- Buffer/g)?.length ?? 0, listed);
  });
}

it("prints addresses above 2^53 exactly", () => {
  assert.match(remainingBlock([held([[0xffff_ffff_ffff_ffffn, KB, null]])]), /Buffer 0xffffffffffffffff: /);
});
