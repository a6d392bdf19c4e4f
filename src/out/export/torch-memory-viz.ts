import {
  type ExportedLife,
  type ExportedMemory,
  type ExportedOrigin,
  type ExportedRun,
  type ExportedTest,
  type ExportFormat,
  type ExportWriter,
  isLiveAt,
  memoryName,
} from "../../core/model/exported-recording.ts";
import { type Pickled, pickle } from "./pickle.ts";

/**
 * The pickle of `torch.cuda.memory._dump_snapshot`, for pytorch.org/memory_viz and torch/cuda/_memory_viz.py: of each memory one device with
 * one segment, its blocks at the instant, and what came and went before it. ttnn lays a buffer out over all banks at one address, so a
 * block lies at its address times the banks, and blocks do not overlap.
 */
export const TORCH_MEMORY_VIZ: ExportFormat = {
  shows: "instant",
  open: (run, write) => new SnapshotWriter(run, write),
};

/** Births and deaths that are kept of the trace of a device, the latest: the viewer is a page, which holds and draws each of them. */
export const TRACE_ENTRIES_MAX = 100_000;

const NS_PER_US = 1_000;
const STREAM = 0;

/** A birth or a death. */
interface Entry {
  readonly step: number;
  readonly life: ExportedLife;
}

/** What is kept of a memory. */
interface KeptMemory {
  entries: Entry[];
  readonly live: ExportedLife[];
}

class SnapshotWriter implements ExportWriter {
  readonly #run: ExportedRun;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #kept: readonly KeptMemory[];
  readonly #frames = new Map<string, Pickled>();

  constructor(run: ExportedRun, write: (bytes: Uint8Array) => void) {
    this.#run = run;
    this.#write = write;
    this.#kept = run.memories.map(() => ({ entries: [], live: [] }));
  }

  lived(life: ExportedLife): void {
    const { step } = this.#run.instant;
    const kept = this.#kept[life.memory.index];
    if (kept === undefined || life.bornStep > step) return;
    kept.entries.push({ step: life.bornStep, life });
    if (isLiveAt(life, step)) kept.live.push(life);
    else kept.entries.push({ step: life.diedStep, life });
    if (kept.entries.length >= TRACE_ENTRIES_MAX * 2) kept.entries = latest(kept.entries);
  }

  end(): void {
    const traces = this.#kept.map(({ entries }) => latest(entries));
    const segments = this.#run.memories.flatMap((memory, index) => {
      return this.#segment(memory, this.#kept[index]?.live ?? [], traces[index] ?? []);
    });
    this.#write(
      pickle({ segments, device_traces: traces.map((entries) => entries.flatMap((each) => this.#told(each))) }),
    );
  }

  /** Reaches from the lowest to the highest address of what is shown; none where nothing is. */
  #segment(memory: ExportedMemory, live: readonly ExportedLife[], entries: readonly Entry[]): Pickled[] {
    let [from, to] = [Number.POSITIVE_INFINITY, 0];
    for (const life of [...live, ...entries.map((entry) => entry.life)]) {
      from = Math.min(from, placeOf(life));
      to = Math.max(to, placeOf(life) + life.sizeBytes);
    }
    if (to === 0) return [];
    const blocks = this.#blocks(live, from, to);
    const allocated = blocks.reduce((sum, { size, isActive }) => sum + (isActive ? size : 0), 0);
    const name = `${memoryName(memory)}, process ${memory.pid}`;
    return [
      {
        device: memory.index,
        address: from,
        total_size: to - from,
        stream: STREAM,
        segment_type: "large",
        allocated_size: allocated,
        active_size: allocated,
        requested_size: blocks.reduce((sum, { requested }) => sum + requested, 0),
        is_expandable: false,
        frames: [{ filename: "(memory)", line: 0, name }],
        blocks: blocks.map(({ address, size, requested, isActive, frames }) => ({
          address,
          size,
          requested_size: requested,
          state: isActive ? "active_allocated" : "inactive",
          frames,
        })),
      },
    ];
  }

  /** One after the other, without a gap: what is free is a block too. */
  #blocks(live: readonly ExportedLife[], from: number, to: number) {
    const sorted = live.toSorted((a, b) => placeOf(a) - placeOf(b));
    const blocks = [];
    const gap = (address: number, size: number) => ({ address, size, requested: 0, isActive: false, frames: [] });
    let at = from;
    for (const [index, life] of sorted.entries()) {
      const place = placeOf(life);
      if (place > at) blocks.push(gap(at, place - at));
      // Where the banks are not known a block is no longer than up to the next one.
      const next = sorted[index + 1];
      const size = Math.min(life.sizeBytes, (next === undefined ? to : placeOf(next)) - place);
      const requested = Math.min(life.requestedBytes ?? size, size);
      blocks.push({ address: place, size, requested, isActive: true, frames: this.#framesOf(life.origin, life.test) });
      at = place + size;
    }
    if (at < to) blocks.push(gap(at, to - at));
    return blocks;
  }

  /** A free is requested and completed at once. */
  #told({ step, life }: Entry): Pickled[] {
    const { sizeBytes: size, bornStep, bornNs, diedNs, origin, test, freedIn } = life;
    const about = { addr: placeOf(life), size, stream: STREAM };
    if (step === bornStep) {
      return [{ action: "alloc", ...about, time_us: this.#timeOf(bornNs), frames: this.#framesOf(origin, test) }];
    }
    const freed = { ...about, time_us: this.#timeOf(diedNs ?? bornNs), frames: this.#framesOf(null, freedIn) };
    return [
      { action: "free_requested", ...freed },
      { action: "free_completed", ...freed },
    ];
  }

  /** Since 1970. */
  #timeOf(ns: number): number {
    const { startedAt, beginNs } = this.#run;
    return Date.parse(startedAt) * 1_000 + Math.round((ns - beginNs) / NS_PER_US);
  }

  /** Innermost first: the operation, the lines, the test. */
  #framesOf(origin: ExportedOrigin | null, test: ExportedTest | null): Pickled {
    const key = `${origin?.index} ${test?.index}`;
    const known = this.#frames.get(key);
    if (known !== undefined) return known;
    const operation = origin?.operation ?? null;
    const frames = [
      ...(operation === null ? [] : [{ filename: "(ttnn)", line: 0, name: operation }]),
      ...(origin?.stack ?? []).map(({ file, line, function: name }) => ({ filename: file, line, name })),
      ...(test === null ? [] : [{ filename: "(test)", line: 0, name: test.test }]),
    ];
    this.#frames.set(key, frames);
    return frames;
  }
}

/** In their order; no more than are kept. */
function latest(entries: readonly Entry[]): Entry[] {
  return entries.toSorted((a, b) => a.step - b.step).slice(-TRACE_ENTRIES_MAX);
}

function placeOf({ address, banks }: ExportedLife): number {
  return address * Math.max(1, banks);
}
