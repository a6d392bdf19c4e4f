import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BufferEvent, BufferHistory } from "../../core/model/server-view.ts";
import { FLAVOURS, type FlavourName } from "./flavour-table.ts";

const EVENT: BufferEvent = {
  outcome: "allocated",
  device: 1,
  address: 0x18b20n,
  sizeBytes: 4096n,
  typeIndex: 1,
  pid: 12345,
  refCount: 1,
  previousSizeBytes: null,
  totalBytes: 0n,
  history: null,
  refusal: null,
};
const MB = 1024n * 1024n;

function historyOf(amount: number): BufferHistory {
  const events = Array.from({ length: amount }, (_, index) => {
    return { kind: "FREE", sizeBytes: 0n, pid: index, refCount: 0 } as const;
  });
  return { allocs: 3, frees: 4, events };
}

type Row = readonly [FlavourName, Partial<BufferEvent>, string];

const rows: readonly Row[] = [
  ["v72", {}, "✓ [PID 12345] Allocated 4096 bytes of L1 on device 1 (buffer_id=101152)"],
  ["v112a", {}, "✓ [PID 12345] Allocated 4096 bytes of L1 on device 1 (buffer_id=101152)"],
  ["v112b", {}, "✓ [PID 12345] Allocated 4096 bytes of L1 on device 1 (buffer_id=0x18b20)"],
  [
    "v144",
    { outcome: "referenced", refCount: 2, previousSizeBytes: 1n, pid: -1, typeIndex: 2 },
    "✓ [PID -1] Allocated 4096 bytes of SYSTEM_MEMORY on device 1 (buffer_id=0x18b20, ref_count=2)",
  ],
  [
    "v72e",
    { outcome: "referenced", refCount: 2, previousSizeBytes: 8n },
    "⚠ [PID 12345] Buffer reused with DIFFERENT size: old=8 new=4096 (buffer_id=101152, device=1)\n" +
      "✓ [PID 12345] Allocated 4096 bytes of L1 on device 1 (buffer_id=0x18b20, ref_count=2)",
  ],
  [
    "v72",
    { outcome: "released", refCount: 1 },
    "✗ [PID 12345] Freed buffer 101152 on device 1 (4096 bytes, ref_count=1 remaining)",
  ],
  ["v144", { outcome: "freed" }, "✗ [PID 12345] Freed buffer 0x18b20 on device 1 (4096 bytes, FINAL)"],
  [
    "v72",
    { outcome: "unknown-free", address: 2n ** 64n - 1n },
    "⚠ [PID 12345] Deallocation for unknown buffer 18446744073709551615 on device 1 (allocated before tracking started)",
  ],
  [
    "v144",
    { outcome: "double-free", history: historyOf(1) },
    "⚠ [PID 12345] Deallocation for unknown buffer 0x18b20 on device 1 (allocated before tracking started)",
  ],
  [
    "v112b",
    { outcome: "foreign-free" },
    "⚠ [PID 12345] Deallocation for unknown buffer 0x18b20 on device 1 (allocated before tracking started)",
  ],
  [
    "v72e",
    { outcome: "unknown-free" },
    "⚠ [PID 12345] Deallocation for unknown buffer 0x18b20 on device 1 " +
      "(never tracked or allocated before server started)",
  ],
  [
    "v144",
    { outcome: "cb-allocated", totalBytes: 3n * MB, sizeBytes: MB },
    "✓ [CB_ALLOC] Device 1: +1 MB (Total: 3 MB)",
  ],
  ["v144", { outcome: "cb-freed", sizeBytes: 0n }, "✗ [CB_FREE] Device 1: -0 MB (Total: 0 MB)"],
  [
    "v144",
    { outcome: "cb-freed", totalBytes: 2n ** 64n - 36_864n, sizeBytes: 36_864n },
    "✗ [CB_FREE] Device 1: -0.0351562 MB (Total: 1.75922e+13 MB)",
  ],
  [
    "v144",
    { outcome: "kernel-loaded", typeIndex: 0, sizeBytes: 100n, totalBytes: 100n },
    "✓ [KERNEL_LOAD] Application kernel on Device 1: +9.53674e-05 MB (Total: 9.53674e-05 MB)",
  ],
  [
    "v144",
    { outcome: "kernel-loaded", typeIndex: 3, sizeBytes: MB, totalBytes: MB },
    "✓ [KERNEL_LOAD] Unknown kernel on Device 1: +1 MB (Total: 1 MB)",
  ],
  [
    "v144",
    { outcome: "kernel-unloaded", typeIndex: 2, sizeBytes: MB },
    "✗ [KERNEL_UNLOAD] Dispatch kernel on Device 1: -1 MB (Total: 0 MB)",
  ],
];

describe("an event line of the earlier server", () => {
  for (const [name, fields, wanted] of rows) {
    it(`${name}: ${wanted}`, () => {
      assert.deepEqual(FLAVOURS[name].event({ ...EVENT, ...fields }), { out: `${wanted}\n`, err: "" });
    });
  }

  for (const amount of [4, 5, 6]) {
    it(`of a double free tells at most five of ${amount} events, and counts this free`, () => {
      const { out } = FLAVOURS.v72e.event({ ...EVENT, outcome: "double-free", history: historyOf(amount) });
      const [head, title, ...events] = out.trimEnd().split("\n");
      assert.equal(head, "⚠ [PID 12345] Deallocation for ALREADY FREED buffer 0x18b20 on device 1 (allocs=3 frees=5)");
      assert.equal(title, "   Last 5 events for this buffer:");
      assert.equal(events.length, Math.min(amount, 5));
      assert.equal(events[0], "     FREE size=0 pid=0 ref=0");
    });
  }

  it("is not there for what is ignored", () => {
    assert.deepEqual(FLAVOURS.v144.event({ ...EVENT, outcome: "ignored" }), { out: "", err: "" });
  });
});

const BAD_TYPE = { refusal: "buffer-type", typeIndex: 96 } as const;
const refusals: readonly Row[] = [
  ["v72", BAD_TYPE, "⚠ [PID 12345] Invalid buffer_type 96 for buffer 101152 on device 1"],
  ["v72e", BAD_TYPE, "⚠ [PID 12345] Invalid buffer_type 96"],
  ["v112a", BAD_TYPE, "⚠ [PID 12345] Invalid buffer_type 96 for buffer 101152 on device 1"],
  ["v112b", BAD_TYPE, "⚠ [PID 12345] Invalid buffer_type 96 for buffer 101152 on device 1"],
  ["v144", BAD_TYPE, "⚠️  Invalid buffer_type 96 for buffer 101152 on device 1"],
  ["v144", { refusal: "device", device: -8 }, "⚠️  Invalid device_id -8 - ignoring message"],
  ["v144", { refusal: "size", sizeBytes: 0n }, "⚠️  Invalid size 0 - ignoring message"],
];

describe("a refusal of the earlier server, on the error output", () => {
  for (const [name, fields, wanted] of refusals) {
    it(`${name}: ${wanted}`, () => {
      const event = { ...EVENT, outcome: "refused", ...fields } as const;
      assert.deepEqual(FLAVOURS[name].event(event), { out: "", err: `${wanted}\n` });
    });
  }
});
