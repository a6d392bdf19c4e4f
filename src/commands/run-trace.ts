import type { RunLedger } from "../core/ledger/run-ledger.ts";
import { TracedMemory } from "../core/ledger/traced-memory.ts";
import type { RunEvent } from "../core/model/event.ts";
import type { TracedProcess } from "../core/model/run-report.ts";
import { makeRingFolder, type RingFolder } from "../in/sources/ring-folder.ts";
import { RingFollower } from "../in/sources/ring-follower.ts";
import type { TraceOptions } from "./trace-options.ts";

/** The part of a run that follows traced allocations. */
export interface RunTrace extends Disposable {
  /** Where the traced processes put their rings; null: nothing is traced. */
  readonly folder: string | null;
  /** To be told of every event before the ledger is: what was traced up to a measurement comes before it. */
  before(event: RunEvent, ledger: RunLedger): void;
  /** Reads what is left. To be called when the command has ended, before the ledger is asked for its record. */
  finish(ledger: RunLedger): void;
  /** Processes that were traced and ran no pytest. */
  others(): readonly TracedProcess[];
  readonly warnings: readonly string[];
}

/** Opens what `--trace` asks for. That it cannot be had costs a warning, never the run. */
export function openRunTrace({ mode }: TraceOptions): RunTrace {
  if (mode === "off") return NO_TRACE;
  try {
    return new FollowedTrace(makeRingFolder());
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    return { ...NO_TRACE, warnings: [`live events not available: ${reason}`] };
  }
}

const NO_TRACE: RunTrace = {
  folder: null,
  before: () => {},
  finish: () => {},
  others: () => [],
  warnings: [],
  [Symbol.dispose]: () => {},
};

class FollowedTrace implements RunTrace {
  readonly #folder: RingFolder;
  readonly #follower: RingFollower;
  /** The ring of each process that runs pytest. */
  readonly #rings = new Map<number, string>();
  readonly #memories = new Map<string, TracedMemory>();

  constructor(folder: RingFolder) {
    this.#folder = folder;
    this.#follower = new RingFollower(folder, (path) => this.#memoryOf(path));
  }

  get folder(): string {
    return this.#folder.path;
  }

  get warnings(): readonly string[] {
    return this.#follower.warnings();
  }

  before(event: RunEvent, ledger: RunLedger): void {
    if (event.kind === "tracing" && event.ring !== null) this.#attach(event.process, event.ring, ledger);
    if (event.kind !== "measurement" || event.measurement.trace === null) return;
    const path = this.#rings.get(event.process);
    if (path !== undefined) this.#follower.read(path);
  }

  finish(ledger: RunLedger): void {
    this.#follower.finish();
    for (const [process, path] of this.#rings) ledger.traceOf(process).setStacks(this.#follower.stacks(path));
  }

  others(): readonly TracedProcess[] {
    const ours = new Set(this.#rings.values());
    return this.#follower
      .rings()
      .filter(({ path, records }) => !ours.has(path) && records > 0)
      .map(({ pid, records, lost, path }) => ({ pid, records, lost, live: [...this.#memoryOf(path).live()].length }));
  }

  [Symbol.dispose](): void {
    this.#follower[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }

  #attach(process: number, path: string, ledger: RunLedger): void {
    this.#rings.set(process, path);
    ledger.traceOf(process).follow(this.#memoryOf(path));
  }

  #memoryOf(path: string): TracedMemory {
    let memory = this.#memories.get(path);
    if (memory === undefined) {
      memory = new TracedMemory();
      this.#memories.set(path, memory);
    }
    return memory;
  }
}
