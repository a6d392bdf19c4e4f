import { NumberMap } from "../../base/number-map.ts";
import type { MemoryType } from "../../model/memory-type.ts";
import type { TraceRecord, TraceSink } from "../../model/trace-record.ts";
import { banksOf, blockBytesPerBank, deviceNumberOf, sizeBytesOf } from "../traced-size.ts";
import type { LifeTable } from "./life-table.ts";
import type { NumberedSeries, TimelineSeriesSet } from "./timeline-series.ts";

/** What a free needs of what it frees. */
interface Live {
  row: number;
  readonly series: NumberedSeries;
  readonly sizeBytes: number;
}

/** What is added up where a buffer is. */
interface Place {
  readonly device: number;
  readonly chip: number | null;
  readonly memoryType: MemoryType;
  readonly series: NumberedSeries | null;
}

/** The lives of the buffers of one ring. */
export class TracedLives implements TraceSink {
  readonly #ring: number;
  readonly #pid: () => number;
  readonly #series: TimelineSeriesSet;
  readonly #table: LifeTable;
  /** By allocator and buffer. */
  readonly #live = new Map<number, NumberMap<Live>>();
  #last: Place | null = null;

  /** `ring`: its index. `pid`: whose memory it is, asked when a memory is first used. */
  constructor(ring: number, pid: () => number, series: TimelineSeriesSet, table: LifeTable) {
    this.#ring = ring;
    this.#pid = pid;
    this.#series = series;
    this.#table = table;
  }

  record(record: TraceRecord): void {
    switch (record.kind) {
      case "allocate":
        this.#bear(record);
        break;
      case "free":
        this.#free(record);
        break;
      case "allocator-cleared":
      case "allocator-destroyed":
        this.#clear(record);
        break;
      default:
        break;
    }
  }

  lost(records: number): void {
    this.#series.noteLoss(this.#pid(), records);
  }

  /** Rows of the table were left out; -1: that one was. */
  move(newRows: Int32Array): void {
    for (const buffers of this.#live.values()) {
      for (const live of buffers.values()) live.row = newRows[live.row] ?? -1;
    }
  }

  #bear(record: TraceRecord): void {
    const { memoryType, timeNs, address, context, stack, operation } = record;
    if (memoryType === null) return;
    const series = this.#seriesOf(record, memoryType);
    if (series === null) return;
    const [requestedBytes, banks] = [record.sizeBytes, banksOf(record)];
    const sizeBytes = sizeBytesOf({ requestedBytes, bytesPerBank: blockBytesPerBank(record), banks });
    const size = { sizeBytes, requestedBytes, banks };
    const about = { series: series.index, ring: this.#ring, bornNs: timeNs };
    const row = this.#table.bear({ ...about, ...size, address, context, stack, operation });
    series.memory.change(timeNs, sizeBytes);
    this.#ofAllocator(record.allocator).set(record.buffer, { row, series, sizeBytes });
  }

  #free({ allocator, buffer, timeNs, context }: TraceRecord): void {
    const buffers = this.#live.get(allocator);
    const live = buffers?.get(buffer);
    if (live === undefined) return;
    buffers?.delete(buffer);
    this.#end(live, timeNs, context);
  }

  /** All that the allocator had went with it. */
  #clear({ allocator, timeNs, context }: TraceRecord): void {
    for (const live of this.#live.get(allocator)?.values() ?? []) this.#end(live, timeNs, context);
    this.#live.delete(allocator);
  }

  #end({ row, series, sizeBytes }: Live, timeNs: number, context: number): void {
    series.memory.change(timeNs, -sizeBytes);
    this.#table.end(row, timeNs, context);
  }

  /** One device's allocations come one after the other mostly, so the last one's is asked first. */
  #seriesOf({ device, chip }: TraceRecord, memoryType: MemoryType): NumberedSeries | null {
    let last = this.#last;
    if (last?.device !== device || last.chip !== chip || last.memoryType !== memoryType) {
      const place = { pid: this.#pid(), ...deviceNumberOf({ device, chip }), memoryType };
      last = { device, chip, memoryType, series: this.#series.of(place, "events") };
      this.#last = last;
    }
    return last.series;
  }

  #ofAllocator(allocator: number): NumberMap<Live> {
    let buffers = this.#live.get(allocator);
    if (buffers === undefined) {
      buffers = new NumberMap();
      this.#live.set(allocator, buffers);
    }
    return buffers;
  }
}
