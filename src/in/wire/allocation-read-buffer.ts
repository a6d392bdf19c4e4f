import { FRAME_BYTES_MAX } from "./allocation-dialects.ts";

/** Bytes in front of what a read brings: room for the unfinished frame before it. A multiple of 8. */
export const HEADROOM = FRAME_BYTES_MAX;

const DATA_BYTES_DEFAULT = 65_536;

/** Memory for reads from sockets, shared by all connections: a read goes to offset HEADROOM, behind the headroom. */
export class ReadBuffer {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same memory as 32-bit little-endian words, as every supported host has them. */
  readonly words: Int32Array<ArrayBuffer>;

  /** `dataBytes`, a multiple of 8: the largest read. */
  constructor(dataBytes = DATA_BYTES_DEFAULT) {
    const memory = new ArrayBuffer(HEADROOM + dataBytes);
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
  }
}
