import assert from "node:assert/strict";
import { it } from "node:test";
import { endedProcess } from "../../../fixtures/allocation-server/ended-process.ts";
import type { DeviceCounters } from "../../core/model/server-view.ts";
import { FLAVOURS } from "./flavour-table.ts";

const COUNTERS: DeviceCounters = {
  device: 0,
  buffers: 0,
  dramBytes: 0n,
  l1Bytes: 0n,
  l1SmallBytes: 0n,
  traceBytes: 0n,
  cbBytes: 0n,
  kernelBytes: 0n,
};
const ENDED = endedProcess();

function statistics(...devices: readonly Partial<DeviceCounters>[]) {
  return { devices: devices.map((each) => ({ ...COUNTERS, ...each })), active: 4 };
}

it("statistics give bytes and KB, and a total that includes what has no line", () => {
  const view = statistics({
    device: 2,
    buffers: 3,
    dramBytes: 1n,
    l1Bytes: 2048n,
    l1SmallBytes: 10n,
    traceBytes: 100n,
  });
  assert.equal(
    FLAVOURS.v72.statistics(view),
    `
📊 Current Statistics:
  Device 2:
    Buffers: 3
    DRAM: 1 bytes (0.000976562 KB)
    L1: 2048 bytes (2 KB)
    Total: 2159 bytes
  Active allocations: 4
`,
  );
  assert.match(FLAVOURS.v72e.statistics(view), / {4}DRAM: 0\.000976562 KB\n {4}L1: 2 KB\n {4}Total: 2\.1084 KB\n/);
});

it("statistics show a device of 0 to 7 with any byte or buffer, but not for circular buffers and kernels", () => {
  const shown = (fields: Partial<DeviceCounters>) => FLAVOURS.v144.statistics(statistics(fields)).includes("Device");
  for (const fields of [{ buffers: 1 }, { dramBytes: 1n }, { l1Bytes: 1n }, { l1SmallBytes: 1n }, { traceBytes: 1n }]) {
    assert.ok(shown(fields), JSON.stringify(Object.keys(fields)));
  }
  assert.ok(shown({ device: 7, buffers: 1 }));
  for (const fields of [{}, { cbBytes: 1n, kernelBytes: 1n }, { device: 8, buffers: 1 }, { device: -1, buffers: 1 }]) {
    assert.ok(!shown(fields), JSON.stringify(Object.keys(fields)));
  }
});

it("the total of statistics wraps around", () => {
  const view = statistics({ dramBytes: 2n ** 64n - 1n, l1Bytes: 3n });
  assert.match(FLAVOURS.v72.statistics(view), /Total: 2 bytes/);
  assert.match(FLAVOURS.v72.statistics(view), /DRAM: 18446744073709551615 bytes \(1\.80144e\+16 KB\)/);
});

it("a cleanup tells circular buffers and kernels only where there are any, buffers always", () => {
  const dead = [
    { ...ENDED, pid: 5, buffers: 2, bufferBytes: 36_864n },
    { ...ENDED, pid: 9, cbs: 1, cbBytes: 1_048_576n, kernels: 3, kernelBytes: 100n },
  ];
  assert.equal(
    FLAVOURS.v144.cleanup(dead),
    `
⚠️  Detected dead processes, cleaning up orphaned buffers...
   PID 5 is dead, removing its buffers...
   ✓ Removed 2 buffers (0.0351562 MB) from PID 5
   PID 9 is dead, removing its buffers...
   ✓ Removed 0 buffers (0 MB) from PID 9
   ✓ Removed 1 CBs (1 MB) from PID 9
   ✓ Removed 3 kernels (9.53674e-05 MB) from PID 9

`,
  );
});

it("a cleanup says nothing when nobody died", () => assert.equal(FLAVOURS.v72.cleanup([]), ""));

it("a type without words is reported on the error output by its number", () => {
  assert.equal(FLAVOURS.v72.unknownType(134), "Unknown message type: 134\n");
  const known = (["v72", "v72e", "v112a", "v112b", "v144"] as const).map((name) => [...FLAVOURS[name].messageTypes]);
  assert.deepEqual(known, [
    [1, 2, 3, 5],
    [1, 2, 3, 5],
    [1, 2, 3, 5, 6],
    [1, 2, 3, 5, 6],
    [1, 2, 3, 5, 6, 8, 9, 10, 11, 12],
  ]);
});

it("a start names the socket's path as it is", () => {
  assert.match(FLAVOURS.v72.start("/tmp/$&/sock"), / {3}Listening on: \/tmp\/\$&\/sock\n/);
});
