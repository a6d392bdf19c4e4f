import type { Layout } from "../../model/memory-shortage.ts";

/** What is needed of a buffer that is live. */
export interface Placed {
  readonly address: number;
  readonly bytesPerBank: number;
  /** CLOCK_MONOTONIC; 0: not known. */
  readonly bornNs: number;
}

/** Live buffers that were born alike. */
export interface PlacedShare<Buffer extends Placed> {
  /** One of them: its birth is that of all. */
  readonly first: Buffer;
  buffers: number;
  bytesPerBank: number;
  /** 0: not known. */
  oldestNs: number;
}

export interface Placement<Buffer extends Placed> {
  readonly shares: readonly PlacedShare<Buffer>[];
  /** null: more buffers than `buffersMax`. */
  readonly layout: Layout | null;
}

/** Where buffers lie, and how many of them were born alike by `birthOf`. */
export function layOut<Buffer extends Placed>(
  live: readonly Buffer[],
  birthOf: (buffer: Buffer) => string,
  buffersMax: number,
): Placement<Buffer> {
  const isKept = live.length <= buffersMax;
  const ordered = isKept ? live.toSorted((a, b) => a.address - b.address) : live;
  const shares = new Map<string, PlacedShare<Buffer> & { readonly number: number }>();
  const numbers = new Uint32Array(isKept ? ordered.length : 0);
  for (const [index, buffer] of ordered.entries()) {
    const birth = birthOf(buffer);
    let share = shares.get(birth);
    if (share === undefined) {
      share = { number: shares.size, first: buffer, buffers: 0, bytesPerBank: 0, oldestNs: buffer.bornNs };
      shares.set(birth, share);
    }
    share.buffers += 1;
    share.bytesPerBank += buffer.bytesPerBank;
    share.oldestNs = Math.min(share.oldestNs, buffer.bornNs);
    if (isKept) numbers[index] = share.number;
  }
  const layout = {
    addresses: Float64Array.from(ordered, ({ address }) => address),
    bytesPerBank: Float64Array.from(ordered, ({ bytesPerBank }) => bytesPerBank),
    shares: numbers,
  };
  return { shares: [...shares.values()], layout: isKept ? layout : null };
}
