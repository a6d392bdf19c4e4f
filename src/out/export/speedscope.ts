import {
  type ExportedLife,
  type ExportedMemory,
  type ExportedOrigin,
  type ExportedRun,
  type ExportFormat,
  type ExportWriter,
  isLiveAt,
  memoryName,
} from "../../core/model/exported-recording.ts";

/** Of each memory a profile of what was live at the instant, and one of what was live when it held the most. */
export const SPEEDSCOPE: ExportFormat = { shows: "instant", open: (run, write) => new SpeedscopeWriter(run, write) };

const SCHEMA = "https://www.speedscope.app/file-format-schema.json";

/** Where no frame is known. */
const NO_FRAME = { name: "from an unknown line" };

/** Bytes that were live, by origin. */
type Weights = Map<ExportedOrigin, number>;

class SpeedscopeWriter implements ExportWriter {
  readonly #run: ExportedRun;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #live = new Map<ExportedMemory, Weights>();
  readonly #peaks = new Map<ExportedMemory, Weights>();
  readonly #frames: object[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(run: ExportedRun, write: (bytes: Uint8Array) => void) {
    this.#run = run;
    this.#write = write;
  }

  lived(life: ExportedLife): void {
    if (isLiveAt(life, this.#run.instant.step)) add(this.#live, life);
    if (isLiveAt(life, life.memory.peak.step)) add(this.#peaks, life);
  }

  end(): void {
    const { command, engine, instant, memories } = this.#run;
    const profiles = memories.flatMap((memory) => {
      const name = `${memoryName(memory)}, process ${memory.pid}`;
      return [
        ...this.#profile(`${name}: live ${instant.text}`, this.#live.get(memory)),
        ...this.#profile(`${name}: live at its peak`, this.#peaks.get(memory)),
      ];
    });
    const file = {
      $schema: SCHEMA,
      name: command.join(" "),
      exporter: `tt-memwatch ${engine}`,
      activeProfileIndex: 0,
      shared: { frames: this.#frames },
      profiles,
    };
    this.#write(Buffer.from(`${JSON.stringify(file)}\n`));
  }

  #profile(name: string, weights: Weights | undefined): object[] {
    if (weights === undefined) return [];
    const rows = [...weights].toSorted(([, a], [, b]) => b - a);
    const total = rows.reduce((sum, [, bytes]) => sum + bytes, 0);
    const samples = rows.map(([origin]) => this.#stackOf(origin));
    const about = { type: "sampled", name, unit: "bytes", startValue: 0, endValue: total };
    return [{ ...about, samples, weights: rows.map(([, bytes]) => bytes) }];
  }

  /** Outermost first, the operation last. */
  #stackOf({ stack, operation }: ExportedOrigin): number[] {
    const frames = stack.map(({ file, line, function: name }) => this.#frame({ name, file, line }));
    const own = operation === null ? [] : [this.#frame({ name: operation })];
    const all = [...own, ...frames].reverse();
    return all.length === 0 ? [this.#frame(NO_FRAME)] : all;
  }

  #frame(frame: object): number {
    const key = JSON.stringify(frame);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#frames.push(frame) - 1;
    this.#numbers.set(key, number);
    return number;
  }
}

function add(sums: Map<ExportedMemory, Weights>, { memory, origin, sizeBytes }: ExportedLife): void {
  const weights = sums.get(memory) ?? new Map<ExportedOrigin, number>();
  sums.set(memory, weights);
  weights.set(origin, (weights.get(origin) ?? 0) + sizeBytes);
}
