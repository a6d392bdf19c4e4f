import { NumberMap } from "../../base/number-map.ts";
import type { RunEvent } from "../../model/event.ts";
import type { TestSpan } from "../../model/timeline.ts";

type EventOf<Kind extends RunEvent["kind"]> = Extract<RunEvent, { kind: Kind }>;

type OpenSpan = { -readonly [Key in keyof TestSpan]: TestSpan[Key] };

const NS_PER_MS = 1e6;

/** When something of a test happened, as far as it is known. */
export interface SpanNs {
  readonly beginNs: number;
  readonly endNs: number;
}

/** The tests of all processes: when each began and ended. */
export class TestSpans {
  readonly #all: OpenSpan[] = [];

  all(): TestSpan[] {
    return this.#all;
  }

  open(span: OpenSpan): number {
    return this.#all.push(span) - 1;
  }

  at(index: number): OpenSpan | undefined {
    return this.#all[index];
  }
}

/** The tests of one process, and which of its contexts belong to which of them. */
export class ProcessSpans {
  readonly #spans: TestSpans;
  readonly #pid: number;
  readonly #tests = new NumberMap<number>();
  #running = -1;
  #lastNs: number;

  /** `atNs`: what is known of when the process began. */
  constructor(spans: TestSpans, pid: number, atNs: number) {
    this.#spans = spans;
    this.#pid = pid;
    this.#lastNs = atNs;
  }

  /** The last time that is known of the process. */
  get lastNs(): number {
    return this.#lastNs;
  }

  /** Index of the test that runs; -1: none. */
  get running(): number {
    return this.#running;
  }

  /** Index of the test that a context belongs to; -1: none, or not known. */
  testOf(context: number): number {
    return this.#tests.get(context) ?? -1;
  }

  begin({ ref, repeat }: EventOf<"test-begin">): void {
    const about = { ...ref, repeat, pid: this.#pid };
    const open = { beginNs: this.#lastNs, endNs: null, outcome: null, phases: [] };
    this.#running = this.#spans.open({ ...about, ...open });
  }

  enter({ number, phase, atNs }: EventOf<"context">): void {
    if (this.#running >= 0) this.#tests.set(number, this.#running);
    if (atNs === null) return;
    this.#lastNs = atNs;
    const test = this.#spans.at(this.#running);
    if (test === undefined || phase === null || phase === "fixture") return;
    if (test.phases.length === 0) test.beginNs = atNs;
    if (test.phases.at(-1)?.phase !== phase) test.phases = test.phases.concat({ phase, beginNs: atNs });
  }

  /** Gives when the test began and ended. */
  end({ outcome, durationMs, atNs }: EventOf<"test-end">): SpanNs {
    const test = this.#spans.at(this.#running);
    this.#running = -1;
    const endNs = atNs ?? this.#lastNs + durationMs * NS_PER_MS;
    this.#lastNs = endNs;
    if (test === undefined) return { beginNs: endNs, endNs };
    if (test.phases.length === 0) test.beginNs = endNs - durationMs * NS_PER_MS;
    test.endNs = endNs;
    test.outcome = outcome;
    return { beginNs: test.beginNs, endNs };
  }
}
