/** Records of tests that allocate and free on one device, as an allocator that reuses its addresses gives them. */
import { TRACE_KINDS } from "../../src/core/model/trace-record.ts";
import { RECORD, RECORD_BYTES } from "../../src/in/regions/ring-layout.ts";
import { RingRecord } from "../../src/in/regions/ring-record.ts";

/** As a ring has it, and as often as the numbers of records need it. */
export const RING_RECORDS = 131_072;
export const RECORDS_OF_A_TEST = 600;
const CONTEXTS_OF_A_GROUP = 256;
const LIVE_MAX = 40;
const DEVICE_KEY = 1;
/** Different addresses of buffers on the host, which are used again. */
const BUFFERS = 4_096;
export const RECORDS_BETWEEN_MARKS = 300;
export const RING = "/dev/shm/1.1.ring";
export const BEGIN_NS = 9e14;
/** Longer than a ring's records take. */
const TURN_NS = RING_RECORDS * 5_000;

/** A small generator with a period far beyond what is used (Lehmer). */
function makeRandom(): (end: number) => number {
  let state = 42;
  return (end) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % end;
  };
}

/** Allocations and frees that follow one another, so that what is live at the end is what was live at the beginning. */
function makeRing(): Buffer {
  const bytes = Buffer.alloc(RING_RECORDS * RECORD_BYTES);
  const random = makeRandom();
  const live: { slot: number; tiles: number; buffer: number }[] = [];
  const free = Array.from({ length: LIVE_MAX + 1 }, (_, index) => LIVE_MAX - index);
  let timeNs = BEGIN_NS;
  for (let index = 0; index < RING_RECORDS; index += 1) {
    timeNs += 700 + random(4_000);
    if (index % RECORDS_BETWEEN_MARKS === 0) {
      writeMark(bytes, index, timeNs);
      continue;
    }
    const left = RING_RECORDS - index;
    const isFree = live.length > 0 && (live.length >= Math.min(LIVE_MAX, left) || random(2) === 0);
    const taken = isFree ? live.splice(random(live.length), 1)[0] : undefined;
    const one = taken ?? {
      slot: free.pop() ?? 0,
      tiles: 1 + random(16),
      buffer: 0x7f00_0000_0000 + random(BUFFERS) * 64,
    };
    if (taken === undefined) live.push(one);
    else free.push(taken.slot);
    write(bytes, index, { ...one, timeNs, isFree });
  }
  return bytes;
}

/** The plugin puts one in before each look at the allocator. */
function writeMark(bytes: Buffer, index: number, timeNs: number): void {
  const at = index * RECORD_BYTES;
  bytes.writeBigUInt64LE(BigInt(timeNs), at + RECORD.timeNs);
  bytes.writeBigUInt64LE(BigInt(index), at + RECORD.address);
  bytes.writeUInt32LE(contextAt(index), at + RECORD.context);
  bytes[at + RECORD.kind] = TRACE_KINDS.indexOf("mark") + 1;
}

interface Happening {
  readonly slot: number;
  readonly tiles: number;
  readonly buffer: number;
  readonly timeNs: number;
  readonly isFree: boolean;
}

function write(bytes: Buffer, index: number, { slot, tiles, buffer, timeNs, isFree }: Happening): void {
  const at = index * RECORD_BYTES;
  const long = (field: number, value: number) => bytes.writeBigUInt64LE(BigInt(value), at + field);
  long(RECORD.timeNs, timeNs);
  long(RECORD.address, 0x20_0000 + slot * 65_536);
  long(RECORD.sizeBytes, isFree ? 0 : tiles * 2048 * 12);
  long(RECORD.bytesPerBank, isFree ? 0 : tiles * 2048);
  long(RECORD.buffer, buffer);
  long(RECORD.allocator, 0x7f00_1234_0010);
  bytes.writeUInt32LE(4711, at + RECORD.thread);
  bytes.writeUInt32LE(contextAt(index), at + RECORD.context);
  bytes.writeUInt32LE(isFree ? 0 : 1 + (tiles % 7), at + RECORD.stack);
  bytes.writeUInt32LE(tiles % 3, at + RECORD.operation);
  bytes[at + RECORD.kind] = isFree ? 2 : 1;
  bytes.writeUInt32LE(DEVICE_KEY, at + RECORD.device);
  bytes.writeUInt16LE(isFree ? 0 : 1, at + RECORD.firstChip);
  bytes.writeUInt16LE(isFree ? 0 : 12, at + RECORD.banks);
  bytes.writeUInt16LE(isFree ? 0 : 32, at + RECORD.unitBytes);
}

/** Each test has a group of its own. */
function contextAt(index: number): number {
  return Math.floor(index / RECORDS_OF_A_TEST) * CONTEXTS_OF_A_GROUP;
}

/** One that comes round again and again, later each time. */
class TurningRecord extends RingRecord {
  shiftNs = 0;
  shiftContext = 0;

  override get timeNs(): number {
    return super.timeNs + this.shiftNs;
  }

  override get context(): number {
    return super.context + this.shiftContext;
  }
}

/** Hands over a ring's records so many times. */
export function recordsOf(turns: number): (take: (record: RingRecord, number: number) => void) => void {
  const ring = makeRing();
  return (take) => {
    const record = new TurningRecord(ring);
    for (let turn = 0; turn < turns; turn += 1) {
      record.shiftNs = turn * TURN_NS;
      record.shiftContext = turn * contextAt(RING_RECORDS);
      for (let index = 0; index < RING_RECORDS; index += 1) {
        record.offset = index * RECORD_BYTES;
        take(record, turn * RING_RECORDS + index);
      }
    }
  };
}

/** The time at which so much of all turns has gone by. */
export function timeAt(turns: number, part: number): number {
  return BEGIN_NS + turns * TURN_NS * part;
}
