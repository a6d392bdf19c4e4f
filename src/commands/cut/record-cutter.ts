import type { TraceRecord } from "../../core/model/trace-record.ts";
import { LiveBirths } from "../../in/recording/live-births.ts";
import type { TestWindow } from "./test-windows.ts";

/**
 * Leaves of one ring's records those of a test, and frees of what it allocated. In the place of all that was before stand the
 * allocations of what was live when it began.
 */
export class RecordCutter {
  readonly #windows: readonly TestWindow[];
  readonly #emit: (record: TraceRecord) => void;
  readonly #live = new LiveBirths();
  /** By allocator and buffer, what was emitted and not freed. */
  readonly #told = new Set<string>();
  /** The window that runs or comes next. */
  #next = 0;
  #isBegun = false;

  /** `emit` is given a record that is valid while it is handed over. */
  constructor(windows: readonly TestWindow[], emit: (record: TraceRecord) => void) {
    this.#windows = windows;
    this.#emit = emit;
  }

  take(record: TraceRecord): void {
    const window = this.#windowAt(record.timeNs);
    if (window === null) this.#takeOutside(record);
    else this.#takeInside(record);
    this.#live.take(record);
  }

  /** The numbers of the contexts of what is live. */
  liveContexts(): ReadonlySet<number> {
    return new Set(this.#live.all().map(({ context }) => context));
  }

  /** null: the record is of no window. */
  #windowAt(timeNs: number): TestWindow | null {
    for (;;) {
      const window = this.#windows[this.#next];
      if (window === undefined || timeNs < window.beginNs) return null;
      if (timeNs <= window.endNs) return window;
      this.#next += 1;
      this.#isBegun = false;
    }
  }

  #takeInside(record: TraceRecord): void {
    if (!this.#isBegun) this.#reportLive();
    this.#isBegun = true;
    if (record.kind === "allocate") this.#told.add(keyOf(record));
    if (record.kind === "free") this.#told.delete(keyOf(record));
    this.#emit(record);
  }

  #takeOutside(record: TraceRecord): void {
    const isEnd = record.kind === "allocator-cleared" || record.kind === "allocator-destroyed";
    const isTold = record.kind === "free" && this.#told.delete(keyOf(record));
    if (isTold || (isEnd && this.#told.size > 0)) this.#emit(record);
  }

  #reportLive(): void {
    for (const birth of this.#live.all()) {
      if (this.#told.has(keyOf(birth))) continue;
      this.#told.add(keyOf(birth));
      this.#emit(birth);
    }
  }
}

function keyOf({ allocator, buffer }: Pick<TraceRecord, "allocator" | "buffer">): string {
  return `${allocator} ${buffer}`;
}
