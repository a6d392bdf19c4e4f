/** Message types of the allocation server's protocol (docs/formats.md). */
export const MessageType = {
  allocate: 1,
  free: 2,
  query: 3,
  response: 4,
  dumpRemaining: 5,
  deviceInfoQuery: 6,
  deviceInfoResponse: 7,
  cbAllocate: 8,
  cbFree: 9,
  kernelLoad: 10,
  kernelUnload: 11,
  dumpKernels: 12,
} as const;

/**
 * One message of a client, as its frame says it. One instance is filled anew for every frame, because millions come in
 * a second: whoever wants to keep a field copies it. 64-bit fields are halves, as signed 32-bit integers (`| 0`).
 */
export class BufferMessage {
  type = 0;
  device = 0;
  sizeLow = 0;
  sizeHigh = 0;
  /** Of a buffer: 0 DRAM, 1 L1, 2 SYSTEM_MEMORY, 3 L1_SMALL, 4 TRACE. Of a kernel: 0 application, 1 fabric, 2 dispatch. */
  memoryType = 0;
  /** As the sender sees itself, in its own pid namespace. */
  pid = 0;
  /** Device address of a buffer or circular buffer, id of a kernel. */
  idLow = 0;
  idHigh = 0;
}

/** An unsigned 64-bit number from its halves. */
export function fromHalves(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
