import { trafficOf } from "../../core/ledger/run/allocation-traffic.ts";
import { OtherProcess } from "../../core/ledger/run/other-process.ts";
import { type OtherNow, otherNow } from "../../core/ledger/run/other-process-now.ts";
import type { RunLedger } from "../../core/ledger/run/run-ledger.ts";
import type { RunTimeline } from "../../core/ledger/timeline/run-timeline.ts";
import type { ProcessInfo, RunEvent } from "../../core/model/event.ts";
import type { LiveTraffic } from "../../core/model/live-snapshot.ts";
import type { TracedProcess } from "../../core/model/run-report.ts";
import type { StackFrame } from "../../core/model/stack.ts";
import type { LedgerSink, TraceSink } from "../../core/model/trace-record.ts";
import { makeRingFolder, pidOfRing } from "../../in/sources/ring-folder.ts";
import type { FollowedRing } from "../../in/sources/ring-follower.ts";
import type { CheckedProcess } from "../regions/region-check.ts";
import { LiveRings } from "./live-rings.ts";
import type { RingSource } from "./ring-source.ts";
import type { TracerOptions } from "./tracer-options.ts";
import type { RunRecording } from "./write-recording.ts";

/** A traced process that runs pytest. */
interface CheckedTrace extends CheckedProcess {
  readonly process: number;
}

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
  /** Gives the ledger the lines that processes have named so far. */
  nameStacks(ledger: RunLedger): void;
  /** The traced processes without pytest that have allocated anything, as they are now. `listedMax`: buffers of each memory that are listed. */
  othersNow(listedMax: number): readonly OtherNow[];
  /** What all that were followed allocated and freed; null: none was. */
  traffic(): LiveTraffic | null;
  /** Those that run pytest, to be held against what they count in regions. */
  checked(): readonly CheckedTrace[];
  /** All that were followed. */
  rings(): readonly FollowedRing[];
  /** The Python stacks that a ring's process has named so far, by number. */
  stacks(path: string): ReadonlyMap<number, readonly StackFrame[]>;
  readonly warnings: readonly string[];
}

/** Opens what `--tracer` asks for. That it cannot be had costs a warning, never the run. */
export function openRunTrace({ mode }: TracerOptions, recording: RunRecording, timeline: RunTimeline | null): RunTrace {
  if (mode === "off") return NO_TRACE;
  try {
    const folder = makeRingFolder();
    return new FollowedTrace(folder.path, timeline, (sinkOf) => new LiveRings(folder, recording, sinkOf));
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
  nameStacks: () => {},
  othersNow: () => [],
  traffic: () => null,
  checked: () => [],
  rings: () => [],
  stacks: () => new Map(),
  warnings: [],
  [Symbol.dispose]: () => {},
};

/** A ring, and the process that writes it. */
interface TracedRing {
  readonly traced: OtherProcess;
  /** Pids of the processes that it comes from, its parent first. */
  readonly ancestors: readonly number[];
}

/** Books what is traced, and says which process it is of. */
export class FollowedTrace implements RunTrace {
  readonly folder: string | null;
  readonly #source: RingSource;
  /** The ring of each process that runs pytest. */
  readonly #attached = new Map<number, string>();
  /** Of those, the ones that have not ended. */
  readonly #goingOn = new Map<number, string>();
  /** Children that were forked for a test: there may be one for each. */
  readonly #forks = new Set<number>();
  /** Processes that run tests, by pid. */
  readonly #testing = new Map<number, number>();
  readonly #rings = new Map<string, TracedRing>();
  /** Of those, the ones of processes that run pytest, and the others. */
  readonly #ours = new Set<string>();
  readonly #others = new Map<string, TracedRing>();

  /** `open` gets where the records of a ring go, as soon as the ring is seen; a `timeline` gets them as well. */
  constructor(
    folder: string | null,
    timeline: RunTimeline | null,
    open: (sinkOf: (path: string) => LedgerSink) => RingSource,
  ) {
    this.folder = folder;
    this.#source = open((path) => {
      const { memory } = this.#ringOf(path).traced;
      return timeline === null ? memory : both(memory, timeline.ring(path, pidOfRing(path)));
    });
  }

  get warnings(): readonly string[] {
    return this.#source.warnings();
  }

  before(event: RunEvent, ledger: RunLedger): void {
    switch (event.kind) {
      case "process-begin":
        this.#begin(event.process, event.info);
        break;
      case "tracing":
        if (event.ring !== null) this.#attach(event.process, event.ring, ledger);
        break;
      case "measurement":
        if (event.measurement.trace !== null) this.#read(event.process);
        break;
      case "memory-error":
        if (event.mark !== null) this.#read(event.process);
        break;
      case "test-end":
        this.#endTest(event, ledger);
        break;
      case "process-end":
      case "process-lost":
        this.#release(event.process);
        break;
      default:
        break;
    }
  }

  finish(ledger: RunLedger): void {
    this.#source.finish();
    this.nameStacks(ledger);
  }

  nameStacks(ledger: RunLedger): void {
    for (const [process, path] of this.#attached) ledger.traceOf(process).names.setStacks(this.#source.stacks(path));
    for (const [path, { traced }] of this.#rings) traced.names.setStacks(this.#source.stacks(path));
  }

  othersNow(listedMax: number): readonly OtherNow[] {
    const used = [...this.#others].filter(
      ([
        ,
        {
          traced: { memory },
        },
      ]) => memory.allocated + memory.lostRecords > 0,
    );
    return used.map(([path, { traced }]) => {
      return otherNow(traced.pid, traced.memory, this.#source.stacks(path), listedMax);
    });
  }

  traffic(): LiveTraffic | null {
    return trafficOf([...this.#rings.values()].map(({ traced }) => traced.memory));
  }

  checked(): readonly CheckedTrace[] {
    return [...this.#goingOn].map(([process, path]) => {
      const { memory } = this.#ringOf(path).traced;
      return { process, pid: pidOfRing(path), memory, read: () => this.#source.read(path) };
    });
  }

  rings(): readonly FollowedRing[] {
    return this.#source.rings();
  }

  stacks(path: string): ReadonlyMap<number, readonly StackFrame[]> {
    return this.#source.stacks(path);
  }

  others(): readonly TracedProcess[] {
    return this.rings()
      .filter(({ path, records }) => !this.#ours.has(path) && records > 0)
      .map(({ pid, records, lost, path }) => {
        const { memory, isChecked } = this.#ringOf(path).traced;
        return { pid, records, lost, allocated: memory.allocated, live: [...memory.live()].length, isChecked };
      });
  }

  [Symbol.dispose](): void {
    this.#rings.clear();
    this.#others.clear();
    this.#source[Symbol.dispose]();
  }

  #begin(process: number, { pid, role }: ProcessInfo): void {
    if (role === "fork") this.#forks.add(process);
    if (role !== "controller") this.#testing.set(pid, process);
  }

  #attach(process: number, path: string, ledger: RunLedger): void {
    this.#attached.set(process, path);
    this.#goingOn.set(process, path);
    this.#others.delete(path);
    this.#ours.add(path);
    ledger.traceOf(process).follow(this.#ringOf(path).traced.memory);
  }

  #read(process: number): void {
    const path = this.#attached.get(process);
    if (path !== undefined) this.#source.read(path);
  }

  /** What the test left is known up to here: in its own process, and in those that came from it. */
  #endTest({ process, atNs }: Extract<RunEvent, { kind: "test-end" }>, ledger: RunLedger): void {
    this.#source.readAll();
    if (atNs === null) return;
    for (const ring of this.#others.values()) {
      if (this.#startedBy(ring) === process) ledger.noteOther(process, ring.traced, atNs);
    }
  }

  /** The nearest ancestor that runs tests; where the ancestors are not known, the only process that does. */
  #startedBy({ ancestors: known }: TracedRing): number | null {
    const pid = known.find((ancestor) => this.#testing.has(ancestor));
    if (pid !== undefined) return this.#testing.get(pid) ?? null;
    const [only, another] = this.#testing.values();
    return another === undefined ? (only ?? null) : null;
  }

  #release(process: number): void {
    this.#goingOn.delete(process);
    const path = this.#attached.get(process);
    if (path !== undefined && this.#forks.has(process)) this.#source.release(path);
  }

  /** Known from the moment its ring is seen, when the processes that it comes from are still there. */
  #ringOf(path: string): TracedRing {
    let ring = this.#rings.get(path);
    if (ring === undefined) {
      const pid = pidOfRing(path);
      ring = { traced: new OtherProcess(pid), ancestors: this.#source.ancestors(path) };
      this.#rings.set(path, ring);
      if (!this.#ours.has(path)) this.#others.set(path, ring);
    }
    return ring;
  }
}

function both(first: LedgerSink, second: TraceSink): LedgerSink {
  return {
    births: () => first.births(),
    record: (record) => {
      first.record(record);
      second.record(record);
    },
    lost: (records) => {
      first.lost(records);
      second.lost(records);
    },
  };
}
