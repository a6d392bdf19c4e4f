import type { LifeTable, NewLife } from "./life-table.ts";

/** One allocation that is over, or live at the end: numbers are those of its series and source. */
export interface EndedLife extends Omit<NewLife, "stack"> {
  /** From 1, in the order of births. */
  readonly number: number;
  readonly stack: number;
  readonly bornStep: number;
  /** Infinity: it is live. */
  readonly diedNs: number;
  readonly diedStep: number;
  /** 0: none. */
  readonly freedContext: number;
}

/** Who takes the reports. Births and deaths together are numbered from 1. */
export interface LifeListener {
  /** A series is at so many bytes after a step. */
  changed(series: number, atNs: number, bytes: number, step: number): void;
  lived(life: EndedLife): void;
}

interface OpenLife extends Omit<NewLife, "stack"> {
  readonly number: number;
  readonly bornStep: number;
  stack: number;
}

/** Keeps what is live, and reports each allocation when it died. */
export class LifeReporter implements LifeTable {
  readonly #listener: LifeListener;
  readonly #rows: (OpenLife | undefined)[] = [];
  /** Rows to be used again. */
  readonly #spare: number[] = [];
  /** Bytes in use, by series. */
  readonly #bytes: number[] = [];
  #steps = 0;
  #births = 0;

  constructor(listener: LifeListener) {
    this.#listener = listener;
  }

  /** Allocations so far. */
  get births(): number {
    return this.#births;
  }

  bear(birth: NewLife): number {
    const row = this.#spare.pop() ?? this.#rows.length;
    this.#births += 1;
    const step = this.#change(birth.series, birth.bornNs, birth.sizeBytes);
    this.#rows[row] = { ...birth, number: this.#births, bornStep: step };
    return row;
  }

  end(row: number, diedNs: number, freedContext: number): void {
    const life = this.#rows[row];
    if (life === undefined) throw new Error(`row ${row} has no life to end`);
    this.#rows[row] = undefined;
    this.#spare.push(row);
    const diedStep = this.#change(life.series, diedNs, -life.sizeBytes);
    this.#listener.lived({ ...life, diedNs, diedStep, freedContext });
  }

  name(row: number, stack: number): void {
    const life = this.#rows[row];
    if (life !== undefined) life.stack = stack;
  }

  /** Reports what is live, in the order of births. */
  reportLive(): void {
    const live = this.#rows.filter((life) => life !== undefined).sort((a, b) => a.number - b.number);
    const notDied = { diedNs: Number.POSITIVE_INFINITY, diedStep: Number.POSITIVE_INFINITY, freedContext: 0 };
    for (const life of live) this.#listener.lived({ ...life, ...notDied });
  }

  /** Gives the number of the step. */
  #change(series: number, atNs: number, bytes: number): number {
    this.#steps += 1;
    const used = (this.#bytes[series] ?? 0) + bytes;
    this.#bytes[series] = used;
    this.#listener.changed(series, atNs, used, this.#steps);
    return this.#steps;
  }
}
