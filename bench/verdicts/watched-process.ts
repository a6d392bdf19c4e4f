import { join } from "node:path";
import type { Deed } from "../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../fixtures/ring/ring-writer.ts";
import { BANKS, fixtureRef, type Live, Scenario } from "../../fixtures/run/scenario.ts";
import type { RunEvent } from "../../src/core/model/event.ts";
import type { FixtureRef, Moment } from "../../src/core/model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../../src/core/model/memory-type.ts";
import type { Phase } from "../../src/core/model/phase.ts";
import type { TraceRecord } from "../../src/core/model/trace-record.ts";
import type { RecordDamage } from "./damage.ts";
import { type PlantedBuffer, PlantedDevice } from "./planted-device.ts";
import { PlantedRing } from "./ring.ts";

/** As the plugin numbers them. */
const CONTEXTS_OF_A_GROUP = 256;
const ALLOCATOR = 0x10;
const CHILD_ALLOCATOR = 0x20;
/** The child opens a device of its own. */
const CHILD_DEVICE = 2;
const ALWAYS_ASKED: ReadonlySet<Moment> = new Set(["open", "fixture", "close"]);
/** Of looks at which nothing moved. */
const ASKED_EVERY = 7;
/** Where nothing is said of it, in bytes per bank. */
const LARGEST_FREE = 1_000_000;

export interface PlantedProcess {
  /** Number of the pytest process in its run. */
  readonly process: number;
  readonly pid: number;
  readonly folder: string;
  readonly ringRecords: number;
  readonly isTraced: boolean;
}

/** What the plugin says and the tracer records of one pytest process and its child, in the order in which the engine hears it. */
export class WatchedProcess implements Disposable {
  readonly process: number;
  readonly scenario: Scenario;
  readonly device = new PlantedDevice();
  readonly deeds: Deed[] = [];
  /** Of the device, in bytes per bank. */
  largestFree = LARGEST_FREE;
  readonly #pid: number;
  readonly #isTraced: boolean;
  readonly #rings: { readonly own: PlantedRing; readonly child: PlantedRing };
  #told = 0;
  #context = 0;
  #marks = 0;
  #nowNs = 1_000_000;
  #looks = 0;
  /** What there was at the last look. */
  #found = "";

  constructor({ process, pid, folder, ringRecords, isTraced }: PlantedProcess, damage: RecordDamage) {
    this.process = process;
    this.#isTraced = isTraced;
    this.#pid = pid;
    this.scenario = new Scenario(process);
    const [own, child] = [2 * process, 2 * process + 1];
    const childPid = 9000 + process;
    const paths = [join(folder, `${pid}.${process + 1}.ring`), join(folder, `${childPid}.1.ring`)] as const;
    this.#rings = {
      own: new PlantedRing(paths[0], own, { pid, capacity: ringRecords }, damage),
      child: new PlantedRing(paths[1], child, { pid: childPid, capacity: ringRecords }, damage),
    };
    if (isTraced) {
      this.deeds.push({ kind: "ring", ring: { ring: own, path: paths[0], pid, ancestors: [1] } });
      this.also({ kind: "tracing", process, state: "live", reason: "", ring: paths[0] });
      this.deeds.push({ kind: "ring", ring: { ring: child, path: paths[1], pid: childPid, ancestors: [pid, 1] } });
    } else this.also({ kind: "tracing", process, state: "unavailable", reason: "it was planted so", ring: null });
    this.look("open", fixtureRef("device"));
  }

  record(kind: "allocate" | "free", { memoryType, address, bytesPerBank }: PlantedBuffer): void {
    const size = { bytesPerBank, sizeBytes: bytesPerBank * BANKS, banks: BANKS, chip: 0, unitBytes: 32 };
    this.#write({ kind, memoryType, address, buffer: bufferNumber(memoryType, address), ...size });
  }

  /** A process that a test started does something to its own device. */
  inChild(kind: "allocate" | "free", { memoryType, address, bytesPerBank }: PlantedBuffer): void {
    const place = { device: CHILD_DEVICE, allocator: CHILD_ALLOCATOR, buffer: address, chip: 0, banks: BANKS };
    const size = { memoryType, address, bytesPerBank, sizeBytes: bytesPerBank * BANKS };
    this.#rings.child.write(traceRecord({ kind, ...place, ...size, context: 0, timeNs: this.tick() }));
  }

  /** The plugin asks the allocator where the records say that something moved, and otherwise now and then. */
  look(moment: Moment, fixture?: FixtureRef): void {
    const found = JSON.stringify([this.#live(), this.largestFree]);
    const isAsked = found !== this.#found || ALWAYS_ASKED.has(moment);
    this.#looks += 1;
    this.#found = found;
    if (isAsked || this.#looks % ASKED_EVERY === 0) this.#ask(moment, fixture);
    else this.also({ kind: "unchanged", process: this.process, deviceKey: 1, moment });
  }

  enter(phase: Phase | null, fixture: FixtureRef | null = null): void {
    this.#context += 2;
    const group = Math.floor(this.#context / CONTEXTS_OF_A_GROUP);
    const context = { number: this.#context, group, phase, fixture, subtest: null, atNs: this.tick() };
    this.also({ kind: "context", process: this.process, ...context });
  }

  /** The contexts of a test, and those until the next one, have numbers of their own. */
  beginGroup(): void {
    this.#context += CONTEXTS_OF_A_GROUP - (this.#context % CONTEXTS_OF_A_GROUP) - 2;
  }

  also(event: RunEvent): void {
    this.scenario.also(event);
    this.tell();
  }

  /** The engine hears what the scenario has since, and has read the rings before. */
  tell(): void {
    const events = this.scenario.events();
    for (const event of events.slice(this.#told)) {
      if (event.kind === "measurement" || event.kind === "test-end" || event.kind === "process-lost") this.#read();
      this.deeds.push({ kind: "event", event: this.#named(event) });
    }
    this.#told = events.length;
  }

  /** CLOCK_MONOTONIC. */
  tick(): number {
    this.#nowNs += 1000;
    return this.#nowNs;
  }

  [Symbol.dispose](): void {
    this.#rings.own[Symbol.dispose]();
    this.#rings.child[Symbol.dispose]();
  }

  #write(change: Partial<TraceRecord>): void {
    const place = { device: 1, allocator: ALLOCATOR, context: this.#context, timeNs: this.tick() };
    this.#rings.own.write(traceRecord({ ...place, ...change }));
  }

  #ask(moment: Moment, fixture?: FixtureRef): void {
    this.#marks += 1;
    this.#write({ kind: "mark", address: this.#marks });
    const trace = this.#isTraced ? { mark: this.#marks, isStill: true, listed: MEMORY_TYPES } : null;
    const options = { ...(trace && { trace }), largestFree: this.largestFree, ...(fixture && { fixture }) };
    this.scenario.look(moment, this.#live(), options);
    this.tell();
  }

  #live(): Live {
    const live: Partial<Record<MemoryType, Record<number, number>>> = {};
    for (const { memoryType, address, bytesPerBank } of this.device.live) {
      live[memoryType] = { ...live[memoryType], [address]: bytesPerBank };
    }
    return live;
  }

  #read(): void {
    if (this.#isTraced) this.deeds.push(...this.#rings.own.take(), ...this.#rings.child.take());
  }

  #named(event: RunEvent): RunEvent {
    return event.kind === "process-begin" ? { ...event, info: { ...event.info, pid: this.#pid } } : event;
  }
}

/** Unique among the live buffers of the allocator, and given again with the address. */
function bufferNumber(memoryType: MemoryType, address: number): number {
  return address * MEMORY_TYPES.length + MEMORY_TYPES.indexOf(memoryType);
}
