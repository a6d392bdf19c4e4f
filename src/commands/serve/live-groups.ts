import { jsonBytes } from "../../core/base/bytes.ts";
import type { ServerBooks } from "../../core/ledger/server/server-books.ts";
import { liveBuffers } from "../../core/ledger/server/server-views.ts";
import { BUFFER_TYPE_NAMES, type LiveBuffer } from "../../core/model/server-view.ts";

/** Time for which a list is made before clients are read again. */
const SLICE_MS = 2;

/** What one process allocated after a moment and has not freed. */
export interface Growth {
  /** Number of the newest allocation of all: the moment that this was seen. */
  readonly births: number;
  readonly groups: LiveGroup[];
}

/**
 * What the process that sees itself as `pid` allocated after the allocation numbered `since`; null: nothing is looked
 * for. Books that were reset meanwhile count anew: then all they have is new.
 */
export async function growthOf(books: ServerBooks, since: number | null, pid: number): Promise<Growth> {
  const { births } = books;
  const groups = new LiveGroups(0);
  if (since !== null && since !== births) {
    for await (const portion of livePortions(books, since > births ? 0 : since)) {
      for (const buffer of portion) if (buffer.pid === pid) groups.add(buffer);
    }
  }
  return { births, groups: groups.all() };
}

/** Buffers that are live now and were allocated after `since`; clients are read between the portions. */
export async function* livePortions(books: ServerBooks, since: number): AsyncGenerator<readonly LiveBuffer[]> {
  let untilMs = performance.now() + SLICE_MS;
  for (const portion of liveBuffers(books.scan(), since)) {
    yield portion;
    if (performance.now() < untilMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    untilMs = performance.now() + SLICE_MS;
  }
}

/** Live buffers of one device and memory type. */
export interface LiveGroup {
  readonly device: number;
  readonly memoryType: string;
  readonly buffers: number;
  readonly sizeBytes: number;
}

/** Sums buffers by device and type, and holds back those of groups that may turn out too large to list. */
export class LiveGroups {
  readonly #listedMax: number | null;
  readonly #groups = new Map<string, { count: number; sizeBytes: number; held: LiveBuffer[]; first: LiveBuffer }>();

  /** Null lists everything at once. */
  constructor(listedMax: number | null) {
    this.#listedMax = listedMax;
  }

  /** Gives whether the buffer is to be listed now. */
  add(buffer: LiveBuffer): boolean {
    const key = `${buffer.device} ${buffer.typeIndex}`;
    const group = this.#groups.get(key) ?? { count: 0, sizeBytes: 0, held: [], first: buffer };
    this.#groups.set(key, group);
    group.count += 1;
    group.sizeBytes += Number(buffer.sizeBytes);
    if (this.#listedMax === null) return true;
    if (group.count <= this.#listedMax) group.held.push(buffer);
    return false;
  }

  get total(): number {
    return [...this.#groups.values()].reduce((total, { count }) => total + count, 0);
  }

  #sorted() {
    return [...this.#groups.values()].toSorted(
      ({ first: a }, { first: b }) => a.device - b.device || a.typeIndex - b.typeIndex,
    );
  }

  listed(): LiveBuffer[] {
    const small = this.#sorted().filter(({ count, held }) => count === held.length);
    return small.flatMap(({ held }) => held.toSorted((a, b) => (a.address < b.address ? -1 : 1)));
  }

  all(): LiveGroup[] {
    return this.#sorted().map(({ count, sizeBytes, first }) => ({
      device: first.device,
      memoryType: BUFFER_TYPE_NAMES[first.typeIndex] ?? "unknown",
      buffers: count,
      sizeBytes: jsonBytes(sizeBytes),
    }));
  }
}
