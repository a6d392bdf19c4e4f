import type { StackFrame } from "../../model/stack.ts";
import type { AllocationColumns, TimelineOrigin } from "../../model/timeline.ts";
import type { AllocationTable } from "./allocation-table.ts";

/** What the numbers of a row are of. */
export type TimelineSource =
  | {
      readonly kind: "ring";
      readonly path: string;
      /** Index of the test that a context belongs to; -1: none, or not known. */
      readonly testOf: (context: number) => number;
    }
  /** A context is the index of the test plus 1, and a stack is the number of an origin. */
  | { readonly kind: "looks"; readonly originOf: (stack: number) => TimelineOrigin | undefined };

type StacksOf = (path: string) => ReadonlyMap<number, readonly StackFrame[]>;

const NOT_KNOWN: TimelineOrigin = { operation: null, stack: [] };

/** The rows of the table with the tests and origins that their numbers stand for. */
export function allocationColumns(table: AllocationTable, sources: readonly TimelineSource[], stacksOf: StacksOf) {
  const { rows, omitted, omittedBelowNs } = table;
  const { ring, context, freedContext, stack, operation } = table.columns;
  const origins = new NumberedOrigins(sources, stacksOf);
  const [origin, test, freedIn] = [new Uint32Array(rows), new Int32Array(rows), new Int32Array(rows)];
  for (let row = 0; row < rows; row++) {
    const source = ring[row] ?? 0;
    origin[row] = origins.numberOf(source, stack[row] ?? 0, operation[row] ?? 0);
    test[row] = testOf(sources[source], context[row] ?? 0);
    freedIn[row] = testOf(sources[source], freedContext[row] ?? 0);
  }
  const columns: AllocationColumns = {
    rows,
    bornNs: table.columns.bornNs.slice(0, rows),
    diedNs: table.columns.diedNs.slice(0, rows),
    address: table.columns.address.slice(0, rows),
    sizeBytes: table.columns.sizeBytes.slice(0, rows),
    series: table.columns.series.slice(0, rows),
    origin,
    test,
    freedIn,
    omitted,
    omittedBelowNs,
  };
  return { columns, origins: origins.all };
}

/** Index of the test that a context of a source belongs to; -1: none, or not known. */
export function testOf(source: TimelineSource | undefined, context: number): number {
  return source?.kind === "ring" ? source.testOf(context) : context - 1;
}

/** Each origin once. */
export class NumberedOrigins {
  readonly #sources: readonly TimelineSource[];
  readonly #stacksOf: StacksOf;
  readonly #bySource = new Map<number, Map<string, number>>();
  readonly #byText = new Map<string, number>();
  readonly all: TimelineOrigin[] = [];

  constructor(sources: readonly TimelineSource[], stacksOf: StacksOf) {
    this.#sources = sources;
    this.#stacksOf = stacksOf;
  }

  numberOf(source: number, stack: number, operation: number): number {
    let known = this.#bySource.get(source);
    if (known === undefined) {
      known = new Map();
      this.#bySource.set(source, known);
    }
    const key = `${stack} ${operation}`;
    let number = known.get(key);
    if (number === undefined) {
      number = this.#add(this.#originOf(this.#sources[source], stack, operation));
      known.set(key, number);
    }
    return number;
  }

  #originOf(source: TimelineSource | undefined, stack: number, operation: number): TimelineOrigin {
    if (source === undefined) return NOT_KNOWN;
    if (source.kind === "looks") return source.originOf(stack) ?? NOT_KNOWN;
    const stacks = this.#stacksOf(source.path);
    return { operation: stacks.get(operation)?.[0]?.function ?? null, stack: stacks.get(stack) ?? [] };
  }

  /** Processes that ran the same code have the same origins. */
  #add(origin: TimelineOrigin): number {
    const text = JSON.stringify(origin);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const number = this.all.push(origin) - 1;
    this.#byText.set(text, number);
    return number;
  }
}
