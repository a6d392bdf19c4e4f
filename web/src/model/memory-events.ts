import type { AllocationColumns } from "../../../src/core/model/timeline.ts";

/** Births and deaths of a memory's buffers in the order of their times; what is freed at an instant comes before what is allocated at it. */
export interface MemoryEvents {
  /** Of each event; ns. */
  readonly atNs: Float64Array;
  /** Row of the table that was born, or `~row` of one that died. */
  readonly rows: Int32Array;
  /** What was held after each. */
  readonly heldBytes: Float64Array;
  /** What was held before the first. */
  readonly beforeBytes: number;
}

/** The events of a memory from one time to another, both included. */
export function memoryEvents(all: AllocationColumns, ofSeries: number, fromNs = 0, toNs = Infinity): MemoryEvents {
  const { rows, bornNs, diedNs, sizeBytes, series } = all;
  const births: number[] = [];
  const deaths: number[] = [];
  let beforeBytes = 0;
  for (let row = 0; row < rows; row++) {
    if (series[row] !== ofSeries) continue;
    const [born = 0, died = 0, bytes = 0] = [bornNs[row], diedNs[row], sizeBytes[row]];
    if (born < fromNs) beforeBytes += bytes;
    else if (born <= toNs) births.push(row);
    if (died < fromNs) beforeBytes -= bytes;
    else if (died <= toNs && died !== Infinity) deaths.push(row);
  }
  return merged(inOrder(births, bornNs), inOrder(deaths, diedNs), all, beforeBytes);
}

/** Births are in order as a rule, so it is worth a look. */
function inOrder(rows: readonly number[], atNs: Float64Array): Int32Array {
  const all = Int32Array.from(rows);
  for (let place = 1; place < all.length; place++) {
    if (timeOf(all, place, atNs) < timeOf(all, place - 1, atNs)) {
      return all.sort((a, b) => (atNs[a] ?? 0) - (atNs[b] ?? 0));
    }
  }
  return all;
}

/** Infinity where there is none at the place. */
function timeOf(rows: Int32Array, place: number, atNs: Float64Array): number {
  return place < rows.length ? (atNs[rows[place] ?? 0] ?? 0) : Infinity;
}

function merged(
  births: Int32Array,
  deaths: Int32Array,
  { bornNs, diedNs, sizeBytes }: AllocationColumns,
  beforeBytes: number,
): MemoryEvents {
  const length = births.length + deaths.length;
  const events = { atNs: new Float64Array(length), rows: new Int32Array(length), heldBytes: new Float64Array(length) };
  let [birth, death, held] = [0, 0, beforeBytes];
  for (let event = 0; event < length; event++) {
    const [bornAt, diedAt] = [timeOf(births, birth, bornNs), timeOf(deaths, death, diedNs)];
    const isDeath = diedAt <= bornAt;
    const row = (isDeath ? deaths[death++] : births[birth++]) ?? 0;
    held += isDeath ? -(sizeBytes[row] ?? 0) : (sizeBytes[row] ?? 0);
    events.atNs[event] = isDeath ? diedAt : bornAt;
    events.rows[event] = isDeath ? ~row : row;
    events.heldBytes[event] = held;
  }
  return { ...events, beforeBytes };
}

/** The events of each memory of a run, put in order when they are first asked for: that may take longer than a frame. */
export class EventsByMemory {
  readonly #allocations: AllocationColumns;
  readonly #known = new Map<number, MemoryEvents>();

  constructor(allocations: AllocationColumns) {
    this.#allocations = allocations;
  }

  of(series: number): MemoryEvents {
    const known = this.#known.get(series) ?? memoryEvents(this.#allocations, series);
    this.#known.set(series, known);
    return known;
  }
}
