import assert from "node:assert/strict";
import { it } from "node:test";
import { endedProcess } from "../../../fixtures/allocation-server/ended-process.ts";
import { BUFFER } from "../../../fixtures/allocation-server/remaining-buffer.ts";
import type { DoubleFreed, RemainingView } from "../../core/model/server-view.ts";
import { FLAVOURS } from "./flavour-table.ts";

const NONE: RemainingView = { total: 0, groups: [], doubleFreed: [] };
const ENDED = endedProcess({ buffers: 1 });
const FREED: DoubleFreed = {
  device: 2,
  address: 0xabn,
  history: {
    allocs: 1,
    frees: 2,
    events: [
      { kind: "FREE", sizeBytes: 0n, pid: 8, refCount: 0 },
      { kind: "ALLOC", sizeBytes: 5n, pid: 7, refCount: 1 },
    ],
  },
};

const BOX = (title: string) => `
╔══════════════════════════════════════════════════════════════╗
║           ${title.padEnd(50)}║
╚══════════════════════════════════════════════════════════════╝
`;
const REMAINING = BOX("REMAINING ALLOCATED BUFFERS");
const DOUBLE_FREED = `${BOX("DOUBLE-FREED BUFFERS")}
Buffer 0xab on device 2:
  Total allocs: 1, Total frees: 2
  History:
    ALLOC size=5 pid=7 ref=1
    FREE size=0 pid=8 ref=0

`;

it("a dump of nothing tells request, cleanup, box and end, in this order", () => {
  assert.equal(
    FLAVOURS.v144.remaining(NONE, [ENDED]),
    `📋 Received DUMP_REMAINING request...

⚠️  Detected dead processes, cleaning up orphaned buffers...
   PID 9 is dead, removing its buffers...
   ✓ Removed 1 buffers (0 MB) from PID 9

${REMAINING}Total tracked allocations: 0

✓ No buffers remaining - perfect cleanup!
📋 DUMP_REMAINING complete.
`,
  );
});

it("a dump of v72e has no request and end, and tells double frees where nothing remains", () => {
  const none = `${REMAINING}Total tracked allocations: 0\n\n✓ No buffers remaining - perfect cleanup!\n`;
  assert.equal(FLAVOURS.v72e.remaining(NONE, []), none);
  const however = "\n⚠️  However, found 1 buffers that were DOUBLE-FREED during execution!\n";
  assert.equal(FLAVOURS.v72e.remaining({ ...NONE, doubleFreed: [FREED] }, []), `${none}${however}${DOUBLE_FREED}`);
  assert.ok(FLAVOURS.v72.remaining({ ...NONE, doubleFreed: [FREED] }, []).includes("perfect cleanup!\n📋"));
});

it("a dump lists devices, types and buffers, and a group without listed buffers by its head", () => {
  const groups = [
    { device: -1, memoryType: "SYSTEM_MEMORY", buffers: 11, sizeBytes: 2 ** 60, listed: [] },
    { device: 0, memoryType: "DRAM", buffers: 1, sizeBytes: 12_288, listed: [BUFFER] },
    { device: 0, memoryType: "L1", buffers: 1, sizeBytes: 12_288, listed: [{ ...BUFFER, refCount: 3 }] },
  ];
  assert.equal(
    FLAVOURS.v72.remaining({ ...NONE, total: 13, groups }, []),
    `📋 Received DUMP_REMAINING request...
${REMAINING}Total tracked allocations: 13

Device -1:
  SYSTEM_MEMORY: 11 buffers, 1.09951e+12 MB total

Device 0:
  DRAM: 1 buffers, 0.0117188 MB total
    - Buffer 0x30000: 12 KB (PID 12345, ref_count=1)
  L1: 1 buffers, 0.0117188 MB total
    - Buffer 0x30000: 12 KB (PID 12345, ref_count=3)

Total remaining buffers: 13

📋 DUMP_REMAINING complete.
`,
  );
});

it("a dump of v72e tells the last five events of each buffer", () => {
  const event = { kind: "REUSE", sizeBytes: 1n, pid: 7, refCount: 2 } as const;
  const history = { allocs: 60, frees: 1, events: Array.from({ length: 6 }, () => event) };
  const listed = [{ ...BUFFER, history }];
  const groups = [{ device: 0, memoryType: "DRAM", buffers: 1, sizeBytes: 1, listed }];
  const text = FLAVOURS.v72e.remaining({ ...NONE, total: 1, groups, doubleFreed: [FREED] }, []);
  assert.ok(text.includes("      History (allocs=60 frees=1):\n        REUSE size=1 pid=7 ref=2\n"));
  assert.equal(text.match(/REUSE/g)?.length, 5);
  assert.ok(text.endsWith("Total remaining buffers: 1\n\n"));
});

it("the stop of v72e ends with the double-free box, also when it is empty", () => {
  const stop = "\n📊 Current Statistics:\n  Active allocations: 0\n\n🛑 Allocation Server stopped\n";
  const statistics = { devices: [], active: 0 };
  assert.equal(FLAVOURS.v72e.stop(statistics, [FREED]), `${stop}${DOUBLE_FREED}`);
  assert.equal(FLAVOURS.v72e.stop(statistics, []), `${stop}${BOX("DOUBLE-FREED BUFFERS")}\n`);
  assert.equal(
    FLAVOURS.v144.stop(statistics, [FREED]),
    stop.replace("\n\n🛑", "\n🔄 Background cleanup thread stopped\n\n🛑"),
  );
});

it("a dump of kernels gives each device its box, with the sum of what is listed", () => {
  const kernel = { device: 3, id: 0xffn, sizeBytes: 36_864n, pid: 5, ageSeconds: 61 };
  const line = "─".repeat(57);
  assert.equal(
    FLAVOURS.v144.kernels({ kernels: [kernel], totalBytes: new Map([[3, 73_728n]]) }),
    `${BOX("DETAILED KERNEL ALLOCATIONS")}Total kernel allocations: 1

📊 Device 3 - Total: 0.0351562 MB (1 kernels)
  ┌${line}┐
  │ Kernel ID: 0xff
  │   Size:      36 KB
  │   Owner PID: 5
  │   Age:       61 seconds
  │
  └${line}┘

📋 DUMP_KERNELS complete.
`,
  );
});
