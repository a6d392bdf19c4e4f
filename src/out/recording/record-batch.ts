import { MEMORY_TYPES, type MemoryType } from "../../core/model/memory-type.ts";
import {
  BATCH_RECORDS_MAX,
  DIFFERENCE_COLUMNS,
  RECORD_COLUMNS,
  type RecordColumn,
} from "../../core/model/recording.ts";
import { TRACE_KINDS, type TraceKind, type TraceRecord } from "../../core/model/trace-record.ts";
import { columnsMessage } from "./columns-message.ts";

type Columns = Readonly<Record<RecordColumn, Float64Array>>;

/** No clock says more than this; the difference of two such times fits a column. */
const TIME_NS_END = 2 ** 62;

/** Records that a batch has room for at first: many rings have a few. */
const FIRST_ROOM = 64;

const KIND_NUMBERS: Readonly<Record<TraceKind, number>> = Object.fromEntries(
  TRACE_KINDS.map((kind, index) => [kind, index + 1]),
) as Record<TraceKind, number>;

const TYPE_NUMBERS: Readonly<Record<MemoryType, number>> = Object.fromEntries(
  MEMORY_TYPES.map((memoryType, index) => [memoryType, index + 1]),
) as Record<MemoryType, number>;

/** Records of one ring, by columns, until they are written. */
export class RecordBatch {
  #columns = makeColumns(FIRST_ROOM);
  #room = FIRST_ROOM;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length === BATCH_RECORDS_MAX;
  }

  /** Not to be called of a full one. */
  add(record: TraceRecord): void {
    if (this.#length === this.#room) this.#grow();
    const columns = this.#columns;
    const at = this.#length;
    columns.timeNs[at] = record.timeNs < TIME_NS_END ? record.timeNs : 0;
    columns.address[at] = record.address;
    columns.sizeBytes[at] = record.sizeBytes;
    columns.bytesPerBank[at] = record.bytesPerBank;
    columns.buffer[at] = record.buffer;
    columns.allocator[at] = record.allocator;
    columns.thread[at] = record.thread;
    columns.context[at] = record.context;
    columns.stack[at] = record.stack;
    columns.operation[at] = record.operation;
    columns.device[at] = record.device + 1;
    columns.chip[at] = record.chip === null ? 0 : record.chip + 1;
    columns.banks[at] = record.banks;
    columns.unitBytes[at] = record.unitBytes;
    columns.kind[at] = KIND_NUMBERS[record.kind];
    columns.memoryType[at] = record.memoryType === null ? 0 : TYPE_NUMBERS[record.memoryType];
    columns.isInBuffer[at] = record.isInBuffer ? 1 : 0;
    this.#length = at + 1;
  }

  /** The message that has them, as docs/formats.md describes it; the batch is empty then. */
  take(ring: number): Uint8Array {
    const count = this.#length;
    this.#length = 0;
    return columnsMessage(ring, count, this.#columns, RECORD_COLUMNS, DIFFERENCE_COLUMNS);
  }

  /** Of its records. */
  latestNs(): number {
    const { timeNs } = this.#columns;
    let latest = 0;
    for (let at = 0; at < this.#length; at++) latest = Math.max(latest, timeNs[at] ?? 0);
    return latest;
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(): void {
    this.#room = Math.min(this.#room * 4, BATCH_RECORDS_MAX);
    const grown = makeColumns(this.#room);
    for (const column of RECORD_COLUMNS) grown[column].set(this.#columns[column]);
    this.#columns = grown;
  }
}

function makeColumns(room: number): Columns {
  return Object.fromEntries(RECORD_COLUMNS.map((column) => [column, new Float64Array(room)])) as Record<
    RecordColumn,
    Float64Array
  >;
}
