import { fromHalves } from "../../model/buffer-message.ts";
import {
  BUFFER_TYPE_NAMES,
  type BufferHistory,
  type DoubleFreed,
  type KernelsView,
  type LiveBuffer,
  type RemainingBuffer,
  type RemainingGroup,
  type RemainingView,
} from "../../model/server-view.ts";
import { deviceOf, ENTRY_WORDS, Field, Kind, kindOf, toNumber, typeOf } from "./buffer-entry.ts";
import type { Snapshot } from "./entry-store.ts";
import { columnOf, type OwnerCounters } from "./owner-counters.ts";

/** Double-freed buffers that a view names. */
const DOUBLE_FREED_MAX = 1000;

/** What is live at one instant. */
export interface LiveScan {
  readonly snapshot: Snapshot;
  readonly extent: number;
  readonly isPresent: readonly boolean[];
  readonly pidOf: (owner: number) => number;
}

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

interface Group {
  readonly device: number;
  readonly typeIndex: number;
  readonly count: number;
  readonly totalBytes: bigint;
  readonly isListed: boolean;
  readonly buffers: RemainingBuffer[];
}

/** See `ServerBooks.remainingSteps`. */
export function* remainingSteps(
  scan: LiveScan,
  owners: Iterable<OwnerCounters>,
  listedMax: number,
  hasHistories: boolean,
  historyOf: (entry: number, words: Int32Array, at: number) => BufferHistory,
): Generator<void, RemainingView, void> {
  const groups = groupsOf([...owners], listedMax);
  const byKey = new Map(groups.map((group) => [groupKey(group.device, group.typeIndex), group]));
  const doubleFreed: DoubleFreed[] = [];
  try {
    yield* entries(scan, (words, at, entry) => {
      const place = words[at + Field.place] as number;
      if (kindOf(place) !== Kind.buffer) return;
      const device = deviceOf(place);
      if ((words[at + Field.frees] as number) > (words[at + Field.allocs] as number)) {
        if (doubleFreed.length < DOUBLE_FREED_MAX) {
          doubleFreed.push({ device, address: addressOf(words, at), history: historyOf(entry, words, at) });
        }
      }
      if (words[at + Field.refCount] === 0) return;
      const group = byKey.get(groupKey(device, typeOf(place)));
      if (!group?.isListed) return;
      const history = hasHistories ? historyOf(entry, words, at) : null;
      group.buffers.push({ ...bufferOf(words, at, scan), history });
    });
  } finally {
    scan.snapshot.release();
  }
  for (const { buffers } of groups) buffers.sort(byAddress);
  return {
    total: groups.reduce((sum, { count }) => sum + count, 0),
    groups: groups satisfies RemainingGroup[],
    doubleFreed,
  };
}

function groupsOf(owners: readonly OwnerCounters[], listedMax: number): Group[] {
  const groups: Group[] = [];
  const devices = Math.max(0, ...owners.map((owner) => owner.devices));
  for (let device = 0; device < devices; device += 1) {
    for (let typeIndex = 0; typeIndex < BUFFER_TYPE_NAMES.length; typeIndex += 1) {
      const column = columnOf(Kind.buffer, typeIndex);
      const count = owners.reduce((sum, owner) => sum + owner.count(device, column), 0);
      if (count === 0) continue;
      const totalBytes = BigInt(owners.reduce((sum, owner) => sum + owner.bytes(device, column), 0));
      groups.push({ device, typeIndex, count, totalBytes, isListed: count <= listedMax, buffers: [] });
    }
  }
  return groups;
}

function groupKey(device: number, typeIndex: number): number {
  return device * BUFFER_TYPE_NAMES.length + typeIndex;
}

function addressOf(words: Int32Array, at: number): bigint {
  return fromHalves(words[at + Field.idLow] as number, words[at + Field.idHigh] as number);
}

function bufferOf(words: Int32Array, at: number, { pidOf }: LiveScan): Omit<RemainingBuffer, "history"> {
  return {
    address: addressOf(words, at),
    sizeBytes: fromHalves(words[at + Field.sizeLow] as number, words[at + Field.sizeHigh] as number),
    pid: pidOf(words[at + Field.owner] as number),
    refCount: words[at + Field.refCount] as number,
  };
}

function byAddress(a: RemainingBuffer, b: RemainingBuffer): number {
  return a.address < b.address ? -1 : Number(a.address > b.address);
}

/** Live buffers born after `since`, in portions of at most 512, in no order. Releases the snapshot at its end. */
export function* liveBuffers(scan: LiveScan, since: number): Generator<readonly LiveBuffer[], void, void> {
  let portion: LiveBuffer[] = [];
  try {
    for (const _ of entries(scan, (words, at) => {
      const place = words[at + Field.place] as number;
      if (kindOf(place) !== Kind.buffer || words[at + Field.refCount] === 0) return;
      const birth = toNumber(words[at + Field.birthLow] as number, words[at + Field.birthHigh] as number);
      if (birth <= since) return;
      const device = deviceOf(place);
      portion.push({
        ...bufferOf(words, at, scan),
        device,
        typeIndex: typeOf(place),
        birth,
        allocs: words[at + Field.allocs] as number,
        frees: words[at + Field.frees] as number,
      });
    })) {
      yield portion;
      portion = [];
    }
  } finally {
    scan.snapshot.release();
  }
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
