import { RegionWitness } from "../../core/ledger/region-witness.ts";
import { requestedNow } from "../../core/ledger/run/requested-now.ts";
import type { TracedMemory } from "../../core/ledger/run/traced-memory.ts";
import type { RegionDifference } from "../../core/model/memory-region.ts";
import type { CountedBytes } from "./counted-bytes.ts";

/** Regions are read so often; more rarely where a look takes long: at most 0.5 % of the time. */
const LOOK_EVERY_MS = 100;
const PAUSE_TIMES = 200;

/** A traced process whose memory is held against its region. */
export interface CheckedProcess {
  /** Here. */
  readonly pid: number;
  readonly memory: TracedMemory;
  /** Reads what it has recorded up to now. */
  read(): void;
}

export interface RegionCheckOptions<Process extends CheckedProcess> {
  readonly counted: CountedBytes;
  processes(): readonly Process[];
  onDifference(process: Process, difference: RegionDifference): void;
}

/**
 * A third source beside the tracer and the allocator: what traced processes count in regions. It is read from outside, at moments at
 * which a process records nothing, and costs the process nothing.
 */
export class RegionCheck<Process extends CheckedProcess> {
  readonly #options: RegionCheckOptions<Process>;
  readonly #witnesses = new WeakMap<TracedMemory, RegionWitness>();

  constructor(options: RegionCheckOptions<Process>) {
    this.#options = options;
  }

  /** Looks now and then until it is disposed of. `guard`: runs a look; a fault in it costs that look. */
  begin(guard: (look: () => void) => void): Disposable {
    let timer: NodeJS.Timeout;
    const lookIn = (ms: number): void => {
      timer = setTimeout(() => {
        const startMs = performance.now();
        guard(() => this.look());
        lookIn(Math.max(LOOK_EVERY_MS, PAUSE_TIMES * (performance.now() - startMs)));
      }, ms).unref();
    };
    lookIn(LOOK_EVERY_MS);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }

  look(): void {
    const processes = this.#options.processes();
    if (processes.length === 0) return;
    const before = processes.map(recordsOf);
    const countedBy = this.#options.counted.now();
    for (const [index, process] of processes.entries()) {
      // What it recorded meanwhile may be in its region or not.
      if (recordsOf(process) !== before[index]) continue;
      const traced = requestedNow(process.memory);
      const counted = traced === null ? null : countedBy(process.pid, traced.chip);
      if (traced === null || counted === null) continue;
      const witness = this.#witnesses.get(process.memory) ?? new RegionWitness();
      this.#witnesses.set(process.memory, witness);
      const differences = witness.compare(process.memory.records, traced, counted);
      for (const difference of differences) this.#options.onDifference(process, difference);
    }
  }
}

function recordsOf({ memory, read }: CheckedProcess): number {
  read();
  return memory.records;
}
