import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceCounters } from "../../core/model/server-view.ts";
import { DIALECTS, type Dialect, libraryDialect } from "./allocation-dialects.ts";
import { ALL_DEVICES, type DeviceInfo, encodeDeviceInfo, encodeResponse, replySuffix } from "./allocation-replies.ts";

const COUNTERS: DeviceCounters = {
  device: 3,
  buffers: 9,
  dramBytes: 0x1112131415161718n,
  l1Bytes: 2n,
  l1SmallBytes: 3n,
  traceBytes: 4n,
  cbBytes: 5n,
  kernelBytes: 6n,
};

const INFO: DeviceInfo = {
  dramBytes: 12_884_901_888n,
  l1Bytes: 117_964_800n,
  architecture: 2,
  dramChannels: 12,
  dramBytesPerChannel: 1_073_741_824,
  l1BytesPerCore: 1_499_136,
};

const { "72": d72, "112": d112, "128": d128, "144": d144 } = DIALECTS;
const d200 = later(200);

function later(frameBytes: number): Dialect {
  const dialect = libraryDialect(frameBytes, 1);
  assert.ok(dialect);
  return dialect;
}

/** Every field of a reply that is not zero, by its offset, read as the width its layout gives it there. */
function fields(reply: Uint8Array, u64s: readonly number[], u32s: readonly number[]): Record<number, bigint | number> {
  const view = new DataView(reply.buffer, reply.byteOffset, reply.byteLength);
  const rest = Uint8Array.from(reply);
  const found: Record<number, bigint | number> = {};
  for (const at of u64s) found[at] = view.getBigUint64(at, true);
  for (const at of u32s) found[at] = view.getInt32(at, true);
  for (const at of u64s) rest.fill(0, at, at + 8);
  for (const at of u32s) rest.fill(0, at, at + 4);
  assert.ok(rest.every((byte) => byte === 0));
  return found;
}

for (const dialect of [d72, d112]) {
  test(`a response of ${dialect.name} bytes has the four counters by type and no more`, () => {
    const reply = encodeResponse(dialect, COUNTERS);
    assert.equal(reply.length, dialect.frameBytes);
    const expected = { 0: 4, 4: 3, 40: COUNTERS.dramBytes, 48: 2n, 56: 3n, 64: 4n };
    assert.deepEqual(fields(reply, [40, 48, 56, 64], [0, 4]), expected);
  });
}

for (const dialect of [d128, d144, d200]) {
  test(`a response of ${dialect.name} bytes has circular buffers and kernels too`, () => {
    const reply = encodeResponse(dialect, COUNTERS);
    assert.equal(reply.length, dialect.frameBytes);
    const expected = { 0: 4, 4: 3, 40: COUNTERS.dramBytes, 48: 2n, 56: 3n, 64: 4n, 72: 5n, 80: 6n };
    assert.deepEqual(fields(reply, [40, 48, 56, 64, 72, 80], [0, 4]), expected);
  });
}

test("a response is little-endian, byte by byte", () => {
  const reply = encodeResponse(d72, { ...COUNTERS, device: -2 });
  assert.deepEqual([...reply.subarray(0, 8)], [4, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff]);
  assert.deepEqual([...reply.subarray(40, 48)], [0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11]);
});

for (const [value, sent] of [
  [-1n, 2n ** 64n - 1n],
  [2n ** 64n - 1n, 2n ** 64n - 1n],
  [2n ** 64n, 0n],
] as const) {
  test(`a counter of ${value} is sent as ${sent}`, () => {
    const reply = encodeResponse(d144, { ...COUNTERS, kernelBytes: value });
    assert.equal(new DataView(reply.buffer).getBigUint64(80, true), sent);
  });
}

for (const [dialect, at] of [
  [d112, 72],
  [d128, 88],
  [d144, 88],
  [d200, 88],
] as const) {
  const u64s = [at, at + 8];
  const u32s = [0, 4, at + 16, at + 20, at + 24, at + 28, at + 32, at + 36];
  const decoded = (reply: Uint8Array) => Object.values(fields(reply, u64s, u32s)).slice(2);

  test(`device info of ${dialect.name} bytes lies at ${at}`, () => {
    const reply = encodeDeviceInfo(dialect, 5, INFO, 8);
    assert.equal(reply.length, dialect.frameBytes);
    const expected = [INFO.dramBytes, INFO.l1Bytes, 2, 12, 1_073_741_824, 1_499_136, 1, 0];
    assert.deepEqual(decoded(reply), expected);
    assert.deepEqual([reply[0], reply[4]], [7, 5]);
  });

  test(`the number of devices in ${dialect.name} bytes lies at ${at + 36}`, () => {
    assert.deepEqual(decoded(encodeDeviceInfo(dialect, ALL_DEVICES, null, 8)), [0n, 0n, 0, 0, 0, 0, 1, 8]);
    assert.deepEqual(decoded(encodeDeviceInfo(dialect, ALL_DEVICES, null, 0)), [0n, 0n, 0, 0, 0, 0, 0, 0]);
  });

  test(`nothing known of a device is ${dialect.name} bytes with its type and device and zeros`, () => {
    const reply = encodeDeviceInfo(dialect, 99, null, 8);
    assert.deepEqual([reply.length, reply[0], reply[4]], [dialect.frameBytes, 7, 99]);
    assert.deepEqual(decoded(reply), [0n, 0n, 0, 0, 0, 0, 0, 0]);
  });
}

test("4 GiB a channel do not fit their field and are sent as 0", () => {
  const reply = encodeDeviceInfo(d144, 0, { ...INFO, dramBytesPerChannel: 2 ** 32 }, 1);
  assert.equal(new DataView(reply.buffer).getUint32(112, true), 0);
});

test("no answer is made in a dialect that can not have asked", () => {
  assert.throws(() => encodeResponse(DIALECTS["helper-32"], COUNTERS), RangeError);
  assert.throws(() => encodeDeviceInfo(d72, 0, INFO, 1), RangeError);
});

function repaired(sentIn: Dialect, now: Dialect, encode: (dialect: Dialect) => Uint8Array): Buffer {
  return Buffer.concat([encode(sentIn), replySuffix(sentIn, now, encode(now))]);
}

for (const [sentIn, now] of [
  [d72, d112],
  [d72, d128],
  [d72, d144],
  [d72, d200],
  [d128, d144],
  [d128, d200],
  [d144, d200],
] as const) {
  test(`a response of ${sentIn.name} bytes and its suffix are the response of ${now.name} bytes`, () => {
    const encode = (dialect: Dialect) => encodeResponse(dialect, COUNTERS);
    assert.deepEqual(repaired(sentIn, now, encode), Buffer.from(encode(now)));
  });
}

for (const [sentIn, now] of [
  [d128, d144],
  [d144, d200],
] as const) {
  test(`device info of ${sentIn.name} bytes and its suffix are the info of ${now.name} bytes`, () => {
    const encode = (dialect: Dialect) => encodeDeviceInfo(dialect, 1, INFO, 8);
    assert.deepEqual(repaired(sentIn, now, encode), Buffer.from(encode(now)));
  });
}

for (const now of [d128, d144, d200]) {
  test(`a response of 112 bytes made up to ${now.name} says 0 for circular buffers and kernels`, () => {
    const reply = repaired(d112, now, (dialect) => encodeResponse(dialect, COUNTERS));
    assert.deepEqual(reply, Buffer.from(encodeResponse(now, { ...COUNTERS, cbBytes: 0n, kernelBytes: 0n })));
  });

  test(`device info of 112 bytes made up to ${now.name} says that it is not available`, () => {
    const reply = repaired(d112, now, (dialect) => encodeDeviceInfo(dialect, 1, INFO, 8));
    assert.equal(reply.length, now.frameBytes);
    assert.equal(reply.readUInt32LE(120), 0);
  });

  test(`the number of devices in 112 bytes made up to ${now.name} is where it belongs`, () => {
    const reply = repaired(d112, now, (dialect) => encodeDeviceInfo(dialect, ALL_DEVICES, null, 8));
    assert.deepEqual([reply.readUInt32LE(120), reply.readUInt32LE(124)], [1, 8]);
  });
}
