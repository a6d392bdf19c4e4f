import { fromHalves } from "../../model/buffer-message.ts";
import { bufferTypeName } from "../../model/buffer-type.ts";
import { GroupSums } from "../../model/server-group.ts";
import type {
  BookedBuffer,
  BookedOrigin,
  BufferHistory,
  DoubleFreed,
  KernelsView,
  RemainingBuffer,
  RemainingView,
} from "../../model/server-view.ts";
import { addressHighOf } from "../traced-id.ts";
import { deviceOf, ENTRY_WORDS, Field, Kind, kindOf, toNumber, typeOf } from "./buffer-entry.ts";
import type { Snapshot } from "./entry-store.ts";

/** Double-freed buffers that a view names. */
const DOUBLE_FREED_MAX = 1000;

/** What is live at one instant. */
export interface LiveScan {
  readonly snapshot: Snapshot;
  readonly extent: number;
  readonly isPresent: readonly boolean[];
  readonly pidOf: (owner: number) => number;
  /** By process: whether its ring is followed. */
  readonly isTraced: readonly boolean[];
  readonly originOf: OriginOf;
  /** The history of an entry, as far as `words` say. */
  readonly historyOf: (entry: number, words: Int32Array, at: number) => BufferHistory;
}

/** What the numbers of a traced buffer stand for. */
export type OriginOf = (owner: number, site: number, context: number) => Omit<BookedOrigin, "requestedBytes">;

/** Entries that one step looks at: some 0.5 ms where each becomes an object. */
const STEP_ENTRIES = 512;

/** Visits every entry in use of processes that are present, freed ones too, in steps. */
function* entries(scan: LiveScan, visit: (words: Int32Array, at: number, entry: number) => void): Generator<void> {
  let entry = 0;
  for (const words of scan.snapshot.chunks) {
    for (let at = 0; at < words.length && entry < scan.extent; at += ENTRY_WORDS, entry += 1) {
      const isInUse = (words[at + Field.place] as number) >= 0;
      if (isInUse && scan.isPresent[words[at + Field.owner] as number]) visit(words, at, entry);
      if (entry % STEP_ENTRIES === STEP_ENTRIES - 1) yield;
    }
  }
  yield;
}

/** What of all that is live is asked for. */
export interface DumpRequest {
  /** Buffers that were allocated after the allocation of this number; 0 for all. */
  readonly since: number;
  /** Largest group whose buffers are listed with it. */
  readonly listedMax: number;
  /** Whether the steps give each buffer, or only counts and lists. */
  readonly isEach: boolean;
  /** Whether listed buffers have their history. */
  readonly hasHistories: boolean;
  /** `frames`: only messages of processes that are not traced. */
  readonly sources: "all" | "frames";
}

/**
 * What is live at the instant of the first step, in steps of about half a millisecond whatever is booked in between.
 * Each step gives the buffers that it met, at most 512 in no order, where each is asked for.
 */
export function* dumpSteps(
  books: { scan(): LiveScan },
  { since, listedMax, isEach, hasHistories, sources }: DumpRequest,
): Generator<readonly BookedBuffer[], RemainingView, void> {
  const scan = books.scan();
  const { historyOf } = scan;
  const sums = new GroupSums<RemainingBuffer[]>(() => []);
  const doubleFreed: DoubleFreed[] = [];
  let portion: BookedBuffer[] = [];
  try {
    for (const _ of entries(scan, (words, at, entry) => {
      const place = words[at + Field.place] as number;
      if (kindOf(place) !== Kind.buffer) return;
      if (sources === "frames" && scan.isTraced[words[at + Field.owner] as number]) return;
      const device = deviceOf(place);
      if ((words[at + Field.frees] as number) > (words[at + Field.allocs] as number)) {
        if (doubleFreed.length < DOUBLE_FREED_MAX) {
          doubleFreed.push({ device, address: addressOf(words, at, scan), history: historyOf(entry, words, at) });
        }
      }
      if (words[at + Field.refCount] === 0 || birthOf(words, at) <= since) return;
      const { buffers, kept: listed } = sums.add(device, bufferTypeName(typeOf(place)), sizeOf(words, at), 1);
      if (buffers <= listedMax) {
        listed.push({ ...bufferOf(words, at, scan), history: hasHistories ? historyOf(entry, words, at) : null });
      } else {
        listed.length = 0;
      }
      if (isEach) portion.push(liveBufferOf(words, at, scan));
    })) {
      yield portion;
      portion = [];
    }
  } finally {
    scan.snapshot.release();
  }
  const groups = sums.groups().map(({ kept, ...group }) => ({ ...group, listed: kept.toSorted(byAddress) }));
  return { total: groups.reduce((sum, { buffers }) => sum + buffers, 0), groups, doubleFreed };
}

function addressOf(words: Int32Array, at: number, { isTraced }: LiveScan): bigint {
  const idHigh = words[at + Field.idHigh] as number;
  const high = isTraced[words[at + Field.owner] as number] ? addressHighOf(idHigh) : idHigh;
  return fromHalves(words[at + Field.idLow] as number, high);
}

function bufferOf(words: Int32Array, at: number, scan: LiveScan): Omit<RemainingBuffer, "history"> {
  return {
    address: addressOf(words, at, scan),
    sizeBytes: fromHalves(words[at + Field.sizeLow] as number, words[at + Field.sizeHigh] as number),
    pid: scan.pidOf(words[at + Field.owner] as number),
    refCount: words[at + Field.refCount] as number,
    origin: originOf(words, at, scan),
  };
}

function originOf(words: Int32Array, at: number, scan: LiveScan): BookedOrigin | null {
  const owner = words[at + Field.owner] as number;
  if (!scan.isTraced[owner]) return null;
  return {
    requestedBytes: fromHalves(words[at + Field.requestedLow] as number, words[at + Field.requestedHigh] as number),
    ...scan.originOf(owner, (words[at + Field.site] as number) >>> 0, (words[at + Field.context] as number) >>> 0),
  };
}

function liveBufferOf(words: Int32Array, at: number, scan: LiveScan): BookedBuffer {
  const place = words[at + Field.place] as number;
  return {
    ...bufferOf(words, at, scan),
    device: deviceOf(place),
    memoryType: bufferTypeName(typeOf(place)),
    birth: birthOf(words, at),
    allocs: words[at + Field.allocs] as number,
    frees: words[at + Field.frees] as number,
  };
}

/** Of what the books believe; exact. */
function sizeOf(words: Int32Array, at: number): number {
  return toNumber(words[at + Field.sizeLow] as number, words[at + Field.sizeHigh] as number);
}

function birthOf(words: Int32Array, at: number): number {
  return toNumber(words[at + Field.birthLow] as number, words[at + Field.birthHigh] as number);
}

function byAddress(a: RemainingBuffer, b: RemainingBuffer): number {
  return a.address < b.address ? -1 : Number(a.address > b.address);
}

/** Live kernels by device, then id. */
export function kernelsOf(scan: LiveScan, atMs: number): KernelsView["kernels"] {
  const kernels: KernelsView["kernels"][number][] = [];
  for (const _ of entries(scan, (words, at) => {
    if (kindOf(words[at + Field.place] as number) !== Kind.kernel || words[at + Field.refCount] === 0) return;
    const { address: id, sizeBytes, pid } = bufferOf(words, at, scan);
    const bornMs = toNumber(words[at + Field.bornMsLow] as number, words[at + Field.bornMsHigh] as number);
    const ageSeconds = Math.floor((atMs - bornMs) / 1000);
    kernels.push({ device: deviceOf(words[at + Field.place] as number), id, sizeBytes, pid, ageSeconds });
  }));
  scan.snapshot.release();
  return kernels.sort((a, b) => a.device - b.device || (a.id < b.id ? -1 : 1));
}
