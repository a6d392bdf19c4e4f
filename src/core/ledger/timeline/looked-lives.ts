import { deviceId } from "../../model/device.ts";
import type { RunEvent } from "../../model/event.ts";
import type { Block, Measurement, Moment } from "../../model/measurement.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { TimelineOrigin } from "../../model/timeline.ts";
import type { LifeTable } from "./life-table.ts";
import type { SpanNs } from "./test-spans.ts";
import type { NumberedSeries, SeriesPlace, TimelineSeriesSet } from "./timeline-series.ts";

type Heard = Extract<RunEvent, { kind: "measurement" | "device-end" | "origin" }>;

interface Live {
  row: number;
  readonly series: NumberedSeries;
  readonly sizeBytes: number;
}

const AT_BEGIN: ReadonlySet<Moment> = new Set(["open", "fixture", "before"]);

/**
 * The lives of the blocks of one process that is not traced, from looks at its allocators. A look has no time of its own: it
 * counts as taken at the beginning or the end of its test.
 */
export class LookedLives {
  readonly #source: number;
  readonly #pid: number;
  readonly #series: TimelineSeriesSet;
  readonly #table: LifeTable;
  /** By device and memory type and address. */
  readonly #live = new Map<number, Map<string, Live>>();
  readonly #origins: TimelineOrigin[] = [];
  #waiting: Heard[] = [];

  /** `source`: the index by which the table knows it. */
  constructor(source: number, pid: number, series: TimelineSeriesSet, table: LifeTable) {
    this.#source = source;
    this.#pid = pid;
    this.#series = series;
    this.#table = table;
  }

  /** Waits until it is known when it was. */
  hear(event: Heard): void {
    this.#waiting.push(event);
  }

  /** What was heard last was of this test, and then; `test`: its index, -1 for none. */
  settle({ beginNs, endNs }: SpanNs, test: number): void {
    for (const event of this.#waiting) {
      if (event.kind === "measurement") {
        this.#look(event.measurement, AT_BEGIN.has(event.measurement.moment) ? beginNs : endNs, test + 1);
      } else if (event.kind === "device-end") this.#close(event.deviceKey, endNs, test + 1);
      else this.#note(event);
    }
    this.#waiting = [];
  }

  move(newRows: Int32Array): void {
    for (const blocks of this.#live.values()) {
      for (const live of blocks.values()) live.row = newRows[live.row] ?? -1;
    }
  }

  /** By the number that a row has as its stack. */
  originOf(number: number): TimelineOrigin | undefined {
    return this.#origins[number - 1];
  }

  #look({ device, usage, added, removed }: Measurement, atNs: number, context: number): void {
    const place = { pid: this.#pid, device: deviceId(device), openedAs: null };
    const blocks = this.#blocksOf(device.key);
    for (const block of removed) this.#bury(blocks, block, atNs, context);
    for (const block of added) {
      const banks = usage.find(({ memoryType }) => memoryType === block.memoryType)?.banks ?? 0;
      this.#bear(blocks, block, banks, { ...place, memoryType: block.memoryType }, { atNs, context });
    }
  }

  #bear(
    blocks: Map<string, Live>,
    { memoryType, address, bytesPerBank }: Block,
    banks: number,
    place: SeriesPlace,
    { atNs, context }: { readonly atNs: number; readonly context: number },
  ): void {
    const series = this.#series.of(place, "looks");
    if (series === null) return;
    const sizeBytes = bytesPerBank * banks;
    const about = { series: series.index, ring: this.#source, bornNs: atNs, context, stack: 0, operation: 0 };
    const size = { sizeBytes, requestedBytes: null, banks };
    const row = this.#table.bear({ ...about, ...size, address: Number(address) });
    series.memory.change(atNs, sizeBytes);
    blocks.set(keyOf(memoryType, address), { row, series, sizeBytes });
  }

  #bury(blocks: Map<string, Live>, { memoryType, address }: Block, atNs: number, context: number): void {
    const key = keyOf(memoryType, address);
    const live = blocks.get(key);
    if (live === undefined) return;
    live.series.memory.change(atNs, -live.sizeBytes);
    this.#table.end(live.row, atNs, context);
    blocks.delete(key);
  }

  #close(deviceKey: number, atNs: number, context: number): void {
    for (const live of this.#live.get(deviceKey)?.values() ?? []) {
      live.series.memory.change(atNs, -live.sizeBytes);
      this.#table.end(live.row, atNs, context);
    }
    this.#live.delete(deviceKey);
  }

  #note({ deviceKey, memoryType, address, birth }: Extract<Heard, { kind: "origin" }>): void {
    const live = this.#live.get(deviceKey)?.get(keyOf(memoryType, address));
    if (live !== undefined) this.#table.name(live.row, this.#origins.push(birth));
  }

  #blocksOf(deviceKey: number): Map<string, Live> {
    let blocks = this.#live.get(deviceKey);
    if (blocks === undefined) {
      blocks = new Map();
      this.#live.set(deviceKey, blocks);
    }
    return blocks;
  }
}

function keyOf(memoryType: MemoryType, address: bigint): string {
  return `${memoryType} ${address}`;
}
