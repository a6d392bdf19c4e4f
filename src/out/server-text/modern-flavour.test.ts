import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endedProcess } from "../../../fixtures/allocation-server/ended-process.ts";
import { BUFFER } from "../../../fixtures/allocation-server/remaining-buffer.ts";
import type { BufferEvent, RemainingBuffer } from "../../core/model/server-view.ts";
import { FLAVOURS } from "./flavour-table.ts";

const { modern } = FLAVOURS;
const EVENT: BufferEvent = {
  outcome: "allocated",
  device: 0,
  address: 0x30000n,
  sizeBytes: 12_288n,
  typeIndex: 0,
  pid: 12345,
  refCount: 1,
  previousSizeBytes: null,
  totalBytes: 0n,
  history: null,
  refusal: null,
};
const ENDED = endedProcess();
const COUNTERS = { l1SmallBytes: 0n, traceBytes: 95n, cbBytes: 2n ** 21n, kernelBytes: 51_200n };

describe("modern: verbose lines", () => {
  const rows: readonly (readonly [Partial<BufferEvent>, string])[] = [
    [{}, "+ PID 12345    device 0   DRAM           0x30000         12.0 KB"],
    [
      { outcome: "referenced", refCount: 2, previousSizeBytes: 5n, typeIndex: 2, pid: 7 },
      "+ PID 7        device 0   SYSTEM_MEMORY  0x30000         12.0 KB  2 references, was 5 B",
    ],
    [
      { outcome: "released", device: 31 },
      "- PID 12345    device 31  DRAM           0x30000         12.0 KB  1 reference left",
    ],
    [{ outcome: "freed", typeIndex: 1 }, "- PID 12345    device 0   L1             0x30000         12.0 KB"],
    [
      { outcome: "unknown-free", sizeBytes: 0n },
      "? PID 12345    device 0                  0x30000                  free of a buffer that was never seen",
    ],
    [
      { outcome: "double-free" },
      "? PID 12345    device 0                  0x30000                  free of a buffer that is freed already",
    ],
    [
      { outcome: "foreign-free" },
      "? PID 12345    device 0                  0x30000                  free of a buffer that only another process has",
    ],
    [
      { outcome: "cb-allocated", totalBytes: 2048n },
      "+ PID 12345    device 0   CB             0x30000         12.0 KB  device total 2.0 KB",
    ],
    [
      { outcome: "kernel-unloaded", typeIndex: 1 },
      "- PID 12345    device 0   kernel         0x30000         12.0 KB  Fabric, device total 0 B",
    ],
    [
      { outcome: "kernel-loaded", typeIndex: 9 },
      "+ PID 12345    device 0   kernel         0x30000         12.0 KB  type 9, device total 0 B",
    ],
    [
      { outcome: "refused", refusal: "buffer-type", typeIndex: 5 },
      "! PID 12345    device 0                  0x30000         12.0 KB  refused: no such buffer type: 5",
    ],
  ];
  for (const [fields, wanted] of rows) {
    it(wanted, () => assert.deepEqual(modern.event({ ...EVENT, ...fields }), { out: `${wanted}\n`, err: "" }));
  }

  it("are not printed unasked, and not for what is ignored", () => {
    assert.equal(modern.printsEvents, false);
    assert.equal(modern.event({ ...EVENT, outcome: "ignored" }).out, "");
  });
});

it("modern: a start says where it listens and how to stop it", () => {
  assert.equal(modern.start("/tmp/x.sock"), "listening on /tmp/x.sock\nstop with Ctrl+C\n");
});

it("modern: statistics are a table of all memory types", () => {
  const devices = [
    { device: 0, buffers: 3, dramBytes: 36_864n, l1Bytes: 0n, ...COUNTERS },
    { device: 11, buffers: 1234, dramBytes: 2n ** 34n, l1Bytes: 4096n, ...COUNTERS },
  ];
  const table = `
device  buffers     DRAM      L1  L1_SMALL+SYSTEM  TRACE     CBs  kernels
     0        3  36.0 KB     0 B              0 B   95 B  2.0 MB  50.0 KB
    11     1234  16.0 GB  4.0 KB              0 B   95 B  2.0 MB  50.0 KB
live buffers: 1237
`.slice(1);
  assert.equal(modern.statistics({ devices, active: 1237 }), table);
  assert.equal(modern.stop({ devices, active: 1237 }, []), `${table}stopped\n`);
  assert.equal(modern.statistics({ devices: [], active: 0 }), "live buffers: 0\n");
});

it("modern: one line says what a dead process left", () => {
  assert.equal(modern.cleanup([{ ...ENDED, buffers: 1, bufferBytes: 5n }]), "PID 9 ended and left 1 buffer (5 B)\n");
  const dead = { ...ENDED, buffers: 2, bufferBytes: 4096n, cbs: 1, cbBytes: 1024n, kernels: 3, kernelBytes: 9n };
  assert.equal(
    modern.cleanup([dead]),
    "PID 9 ended and left 2 buffers (4.0 KB), 1 circular buffer (1.0 KB), 3 kernels (9 B)\n",
  );
  assert.equal(modern.cleanup([ENDED]), "PID 9 ended and left nothing\n");
  assert.equal(modern.cleanup([]), "");
});

describe("modern: a dump", () => {
  const dumpOf = (buffers: number, listed: readonly RemainingBuffer[]) => {
    const group = { device: 0, memoryType: "L1", buffers, sizeBytes: 12_288 * buffers, listed };
    return modern.remaining({ total: buffers, groups: [group], doubleFreed: [] }, []);
  };

  it("gives a group whose buffers are not listed by its head", () => {
    assert.equal(dumpOf(13, []), "Device 0:\n  L1: 13 buffers, 0.152 MB total\n\nTotal remaining buffers: 13\n");
  });

  it("lists the buffers", () => {
    assert.equal(
      dumpOf(1, [BUFFER]),
      `Device 0:
  L1: 1 buffer, 0.012 MB total
    - Buffer 0x30000: 12.0 KB (PID 12345, ref_count=1)

Total remaining buffers: 1
`,
    );
  });

  it("says so when there are none, after what was cleaned up", () => {
    assert.equal(
      modern.remaining({ total: 0, groups: [], doubleFreed: [] }, [ENDED]),
      "PID 9 ended and left nothing\nNo buffers remaining\n",
    );
  });

  it("of kernels has the same form", () => {
    const kernel = { device: 2, id: 0xffn, sizeBytes: 51_200n, pid: 5, ageSeconds: 61 };
    assert.equal(
      modern.kernels({ kernels: [kernel], totalBytes: new Map([[2, 51_200n]]) }),
      `Device 2:
  Kernels: 1, 0.049 MB total
    - Kernel 0xff: 50.0 KB (PID 5, loaded 61 s ago)

Total kernels: 1
`,
    );
    assert.equal(modern.kernels({ kernels: [], totalBytes: new Map() }), "No kernels loaded\n");
  });
});
