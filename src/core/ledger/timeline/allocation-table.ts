import type { LifeTable, NewLife } from "./life-table.ts";

/** Rows that are kept of buffers that have died; all that are live are kept. */
const DEAD_ROWS_MAX = 1_000_000;

const FIRST_ROOM = 1024;

const makeColumns = (room: number) => ({
  bornNs: new Float64Array(room),
  diedNs: new Float64Array(room),
  address: new Float64Array(room),
  sizeBytes: new Float64Array(room),
  series: new Uint16Array(room),
  ring: new Uint32Array(room),
  context: new Uint32Array(room),
  freedContext: new Uint32Array(room),
  stack: new Uint32Array(room),
  operation: new Uint32Array(room),
});

type Columns = ReturnType<typeof makeColumns>;

/**
 * The lives of allocations, a row each, in columns. Where more than `deadMax` of them have died, those that lived shortest are
 * left out, half of them at a time: so what is missing can be said in one sentence.
 */
export class AllocationTable implements LifeTable {
  readonly #deadMax: number;
  readonly #onMoved: (newRows: Int32Array) => void;
  #columns = makeColumns(FIRST_ROOM);
  #rows = 0;
  #dead = 0;
  #omitted = 0;
  #omittedBelowNs = 0;

  /** `onMoved` is told the new row of each row when rows were left out; -1 of those. */
  constructor(onMoved: (newRows: Int32Array) => void, deadMax = DEAD_ROWS_MAX) {
    this.#onMoved = onMoved;
    this.#deadMax = deadMax;
  }

  get rows(): number {
    return this.#rows;
  }

  /** The first `rows` values of each column count. */
  get columns(): Columns {
    return this.#columns;
  }

  get omitted(): number {
    return this.#omitted;
  }

  /** What was left out lived shorter than this. */
  get omittedBelowNs(): number {
    return this.#omittedBelowNs;
  }

  bear(birth: NewLife): number {
    const row = this.#rows;
    const columns = this.#columns;
    if (row === columns.bornNs.length) {
      this.#move(row * 2, null);
      return this.bear(birth);
    }
    columns.bornNs[row] = birth.bornNs;
    columns.diedNs[row] = Number.POSITIVE_INFINITY;
    columns.address[row] = birth.address;
    columns.sizeBytes[row] = birth.sizeBytes;
    columns.series[row] = birth.series;
    columns.ring[row] = birth.ring;
    columns.context[row] = birth.context;
    columns.freedContext[row] = 0;
    columns.stack[row] = birth.stack;
    columns.operation[row] = birth.operation;
    this.#rows = row + 1;
    return row;
  }

  /** The row may be another one, or none, after this. */
  end(row: number, diedNs: number, context: number): void {
    this.#columns.diedNs[row] = diedNs;
    this.#columns.freedContext[row] = context;
    this.#dead += 1;
    if (this.#dead > this.#deadMax) this.#leaveOut();
  }

  name(row: number, stack: number): void {
    if (row >= 0) this.#columns.stack[row] = stack;
  }

  #leaveOut(): void {
    const { bornNs, diedNs } = this.#columns;
    const lives = new Float64Array(this.#dead);
    let dead = 0;
    for (let row = 0; row < this.#rows; row++) {
      const diedAt = diedNs[row] ?? 0;
      if (diedAt !== Number.POSITIVE_INFINITY) lives[dead++] = diedAt - (bornNs[row] ?? 0);
    }
    this.#omittedBelowNs = Math.max(this.#omittedBelowNs, (lives.sort()[dead >> 1] ?? 0) + 1);
    const newRows = new Int32Array(this.#rows);
    let kept = 0;
    for (let row = 0; row < this.#rows; row++) {
      const isShort = (diedNs[row] ?? 0) - (bornNs[row] ?? 0) < this.#omittedBelowNs;
      newRows[row] = isShort ? -1 : kept++;
    }
    const left = this.#rows - kept;
    this.#omitted += left;
    this.#dead -= left;
    this.#move(this.#columns.bornNs.length, newRows);
    this.#rows = kept;
    this.#onMoved(newRows);
  }

  /** To columns of that room; null: every row stays where it is. */
  #move(room: number, newRows: Int32Array | null): void {
    const from = this.#columns;
    const to = makeColumns(room);
    for (const name of Object.keys(to) as (keyof Columns)[]) {
      if (newRows === null) to[name].set(from[name]);
      else moveRows(from[name], to[name], newRows);
    }
    this.#columns = to;
  }
}

function moveRows(from: Columns[keyof Columns], to: Columns[keyof Columns], newRows: Int32Array): void {
  for (let row = 0; row < newRows.length; row++) {
    const newRow = newRows[row] ?? -1;
    if (newRow >= 0) to[newRow] = from[row] ?? 0;
  }
}
