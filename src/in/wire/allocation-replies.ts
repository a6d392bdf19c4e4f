import { MessageType } from "../../core/model/buffer-message.ts";
import type { DeviceCounters } from "../../core/model/server-view.ts";
import type { Dialect } from "./allocation-dialects.ts";

/** Asks for the number of devices instead of one of them. */
export const ALL_DEVICES = -1;

/** What a server says about one device. */
export interface DeviceInfo {
  readonly dramBytes: bigint;
  readonly l1Bytes: bigint;
  /** 0 not detected, 1 Grayskull, 2 Wormhole_B0, 3 Blackhole, 4 Quasar. */
  readonly architecture: number;
  readonly dramChannels: number;
  /** Its field has 32 bits: 4 GiB is sent as 0. */
  readonly dramBytesPerChannel: number;
  readonly l1BytesPerCore: number;
}

/** Byte offsets in the device's fields, the same in every dialect that has them. */
const INFO = {
  dramBytes: 0,
  l1Bytes: 8,
  architecture: 16,
  dramChannels: 20,
  dramBytesPerChannel: 24,
  l1BytesPerCore: 28,
  isAvailable: 32,
  deviceCount: 36,
} as const;

/** Answers a query in the asker's layout. Counters are taken modulo 2^64; those the layout lacks are left out. */
export function encodeResponse(dialect: Dialect, counters: DeviceCounters): Uint8Array {
  const reply = newReply(dialect, MessageType.response, counters.device);
  const sums = [counters.dramBytes, counters.l1Bytes, counters.l1SmallBytes, counters.traceBytes];
  writeU64s(reply, offsetOf(dialect, "countersOffset"), sums);
  if (dialect.cbOffset !== null) writeU64s(reply, dialect.cbOffset, [counters.cbBytes, counters.kernelBytes]);
  return bytesOf(reply);
}

/**
 * Answers a device info query in the asker's layout. Of ALL_DEVICES it says how many there are; of any other device
 * `info`, all zero where nothing is known.
 */
export function encodeDeviceInfo(
  dialect: Dialect,
  device: number,
  info: DeviceInfo | null,
  deviceCount: number,
): Uint8Array {
  const reply = newReply(dialect, MessageType.deviceInfoResponse, device);
  const at = offsetOf(dialect, "infoOffset");
  if (device === ALL_DEVICES) {
    reply.setUint32(at + INFO.isAvailable, deviceCount > 0 ? 1 : 0, true);
    reply.setUint32(at + INFO.deviceCount, deviceCount, true);
  } else if (info !== null) {
    writeInfo(reply, at, info);
  }
  return bytesOf(reply);
}

/**
 * The bytes still missing when a reply went out in the layout of `sentIn` and the asker's frames turn out to be those
 * of `now`: the end of `reply`, which is the same reply in the layout of `now`.
 *
 * What went out in the 112-byte layout has the device's fields where the larger ones have circular-buffer and kernel
 * bytes, so those read 0 in a response, and a device's info can not be had: the end says that it is not available.
 */
export function replySuffix(sentIn: Dialect, now: Dialect, reply: Uint8Array): Uint8Array {
  const suffix = reply.slice(sentIn.frameBytes, now.frameBytes);
  const isMoved = sentIn.infoOffset !== null && sentIn.infoOffset !== now.infoOffset;
  return isMoved && isInfoOfOneDevice(reply) ? suffix.fill(0) : suffix;
}

function isInfoOfOneDevice(reply: Uint8Array): boolean {
  const view = new DataView(reply.buffer, reply.byteOffset, reply.byteLength);
  return view.getUint8(0) === MessageType.deviceInfoResponse && view.getInt32(4, true) !== ALL_DEVICES;
}

function newReply(dialect: Dialect, type: number, device: number): DataView {
  const reply = new DataView(new ArrayBuffer(dialect.frameBytes));
  reply.setUint8(0, type);
  reply.setInt32(4, device, true);
  return reply;
}

function writeInfo(reply: DataView, at: number, info: DeviceInfo): void {
  writeU64s(reply, at + INFO.dramBytes, [info.dramBytes, info.l1Bytes]);
  reply.setUint32(at + INFO.architecture, info.architecture, true);
  reply.setUint32(at + INFO.dramChannels, info.dramChannels, true);
  reply.setUint32(at + INFO.dramBytesPerChannel, info.dramBytesPerChannel, true);
  reply.setUint32(at + INFO.l1BytesPerCore, info.l1BytesPerCore, true);
  reply.setUint32(at + INFO.isAvailable, 1, true);
}

/** Values are taken modulo 2^64, as setBigUint64 does. */
function writeU64s(reply: DataView, at: number, values: readonly bigint[]): void {
  values.forEach((value, i) => {
    reply.setBigUint64(at + 8 * i, value, true);
  });
}

/** Throws RangeError where the dialect has no such reply: its clients can not have asked. */
function offsetOf(dialect: Dialect, field: "countersOffset" | "infoOffset"): number {
  const offset = dialect[field];
  if (offset === null) throw new RangeError(`no reply with ${field} in the ${dialect.name} dialect`);
  return offset;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer);
}
