import { join } from "node:path";
import type { Deed } from "../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../fixtures/ring/ring-writer.ts";
import { BANKS, fixtureRef, type Live, Scenario } from "../../fixtures/run/scenario.ts";
import type { Keeper, Limits, Outcome, PeakLimits, RunEvent } from "../../src/core/model/event.ts";
import type { FixtureRef, Moment } from "../../src/core/model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../../src/core/model/memory-type.ts";
import type { Phase } from "../../src/core/model/phase.ts";
import type { TraceRecord } from "../../src/core/model/traced.ts";
import type { RecordDamage } from "./damage.ts";
import { type PlantedBuffer, PlantedDevice } from "./planted-device.ts";
import { PlantedRing } from "./ring.ts";

/** As the plugin numbers them. */
const CONTEXTS_OF_A_GROUP = 256;
const ALLOCATOR = 0x10;
const CHILD_ALLOCATOR = 0x20;
const ALWAYS_ASKED: ReadonlySet<Moment> = new Set(["open", "fixture", "close"]);
/** Of looks at which nothing moved. */
const ASKED_EVERY = 7;
/** Where nothing is said of it, in bytes per bank. */
const LARGEST_FREE = 1_000_000;
/** Numbers of devices that tests open themselves. */
const OWN_DEVICES = 1000;
/** The child opens a device of its own. */
const CHILD_DEVICE = 2;

export interface TestOptions {
  readonly base?: string;
  readonly attempt?: number;
  readonly repeat?: number;
  readonly warmUp?: number;
  readonly limits?: Limits;
  readonly peaks?: PeakLimits;
  readonly outcome?: Outcome;
  /** Why it cannot be measured. */
  readonly notChecked?: string;
  /** Largest free block at its end, in bytes per bank. */
  readonly largestFree?: number;
}

/** What is done in a test, and what then goes at each step of the cleaning. */
export interface Deeds {
  /** Wider fixtures that it is the first to ask for. */
  readonly fixture?: { readonly is: FixtureRef; readonly setUp: () => void };
  /** A fixture of the test's own: then looks are taken after its setup and after the call, too. */
  readonly setUp?: () => void;
  readonly call: () => void;
  readonly collected?: () => void;
  readonly released?: () => void;
  readonly cleared?: () => void;
  /** At its end, before the engine hears of it. */
  readonly told?: () => void;
}

interface Process {
  /** Number of the pytest process in its run. */
  readonly process: number;
  readonly pid: number;
  readonly folder: string;
  readonly ringRecords: number;
  readonly isTraced: boolean;
}

/** What one pytest process of a planted run does and what is heard of it, in the order in which the engine hears it. */
export class Story implements Disposable {
  readonly deeds: Deed[] = [];
  readonly device = new PlantedDevice();
  readonly #process: number;
  readonly #pid: number;
  readonly #scenario: Scenario;
  readonly #isTraced: boolean;
  readonly #rings: { readonly own: PlantedRing; readonly child: PlantedRing };
  #told = 0;
  #context = 0;
  #marks = 0;
  #nowNs = 1_000_000;
  #index = 0;
  #looks = 0;
  /** What there was at the last look. */
  #found = "";
  #largestFree = LARGEST_FREE;

  constructor({ process, pid, folder, ringRecords, isTraced }: Process, damage: RecordDamage) {
    this.#process = process;
    this.#isTraced = isTraced;
    this.#pid = pid;
    this.#scenario = new Scenario(process);
    const [own, child] = [2 * process, 2 * process + 1];
    const childPid = 9000 + process;
    const paths = [join(folder, `${pid}.${process + 1}.ring`), join(folder, `${childPid}.1.ring`)] as const;
    this.#rings = {
      own: new PlantedRing(paths[0], own, { pid, capacity: ringRecords }, damage),
      child: new PlantedRing(paths[1], child, { pid: childPid, capacity: ringRecords }, damage),
    };
    if (isTraced) {
      this.deeds.push({ kind: "ring", ring: { ring: own, path: paths[0], pid, ancestors: [1] } });
      this.#also({ kind: "tracing", process, state: "live", reason: "", ring: paths[0] });
      this.deeds.push({ kind: "ring", ring: { ring: child, path: paths[1], pid: childPid, ancestors: [pid, 1] } });
    } else this.#also({ kind: "tracing", process, state: "unavailable", reason: "it was planted so", ring: null });
    this.#look("open", fixtureRef("device"));
  }

  allocate(memoryType: MemoryType, bytesPerBank: number): PlantedBuffer {
    const buffer = this.device.allocate(memoryType, bytesPerBank);
    this.#record("allocate", buffer);
    return buffer;
  }

  free(buffer: PlantedBuffer): void {
    this.device.free(buffer);
    this.#record("free", buffer);
  }

  /** A process that a test started does something to its own device. */
  inChild(kind: "allocate" | "free", { memoryType, address, bytesPerBank }: PlantedBuffer): void {
    const place = { device: CHILD_DEVICE, allocator: CHILD_ALLOCATOR, buffer: address, chip: 0, banks: BANKS };
    const size = { memoryType, address, bytesPerBank, sizeBytes: bytesPerBank * BANKS };
    this.#rings.child.write(traceRecord({ kind, ...place, ...size, context: 0, timeNs: this.#tick() }));
  }

  /** One run of a test, watched as the plugin watches it. */
  test(name: string, options: TestOptions, deeds: Deeds): void {
    const { outcome = "passed", attempt = 1, largestFree, notChecked, ...told } = options;
    this.#scenario.begin(name, { ...told, attempt, index: this.#index++ });
    this.#beginGroup();
    this.#look("before");
    if (deeds.fixture !== undefined) {
      this.#enter("setup", deeds.fixture.is);
      deeds.fixture.setUp();
      this.#look("fixture", deeds.fixture.is);
    }
    if (deeds.setUp !== undefined) {
      this.#enter("setup");
      deeds.setUp();
      this.#look("after-setup");
    }
    this.#enter("call");
    deeds.call();
    if (deeds.setUp !== undefined) this.#look("after-call");
    this.#enter("teardown");
    this.#largestFree = largestFree ?? LARGEST_FREE;
    this.#look("after");
    deeds.collected?.();
    this.#look("after-collect");
    if (outcome === "failed") {
      deeds.released?.();
      this.#look("after-release");
    }
    deeds.cleared?.();
    this.#look("after-clear");
    this.#largestFree = LARGEST_FREE;
    deeds.told?.();
    if (notChecked !== undefined) this.#scenario.notChecked(notChecked);
    const ref = { test: name, attempt };
    const end = { ref, outcome, durationMs: 1, atNs: this.#tick(), hostBytes: null };
    this.#also({ kind: "test-end", process: this.#process, ...end });
    this.#beginGroup();
    this.#enter(null);
  }

  /** What holds a buffer, where that is no leaving: told before the test's end. */
  keep({ memoryType, address }: PlantedBuffer, by: Keeper): void {
    this.#scenario.keep(memoryType, address, by);
  }

  /** A buffer waits for garbage collection and a search that several tests share, until `search`. */
  wait({ memoryType, address }: PlantedBuffer): void {
    this.#scenario.wait(memoryType, address);
  }

  search(): void {
    this.#scenario.search();
  }

  /** A test that opens a device, leaves a buffer on it and closes it; `by`: what holds the buffer, null: something that lasts. */
  testOnOwnDevice(name: string, { memoryType, address, bytesPerBank }: PlantedBuffer, by: Keeper | null): void {
    const device = OWN_DEVICES + this.#index;
    this.#scenario.begin(name, { index: this.#index++ });
    this.#scenario.look("open", {}, { device, fixture: fixtureRef("device", "function") });
    this.#scenario.look("after", { [memoryType]: { [address]: bytesPerBank } }, { device });
    if (by !== null) {
      const kept = { process: this.#process, deviceKey: device, memoryType, address: BigInt(address), by };
      this.#also({ kind: "kept", ...kept });
    }
    this.#scenario.endDevice(device);
    this.#also({ kind: "test-end", process: this.#process, ...passed(name, this.#tick()) });
  }

  endFixture(fixture: FixtureRef): void {
    this.#scenario.endFixture(fixture);
    this.#tell();
  }

  /** It ends as it should: in the teardown of its last test the device is closed, which frees what is live on it. */
  end(name: string): void {
    this.#scenario.begin(name, { index: this.#index++ });
    this.#beginGroup();
    this.#look("before");
    this.#enter("teardown");
    this.#look("after-clear");
    this.#look("close");
    for (const buffer of this.device.live) this.#record("free", buffer);
    this.#also({ kind: "device-end", process: this.#process, deviceKey: 1 });
    this.#also({ kind: "test-end", process: this.#process, ...passed(name, this.#tick()) });
    this.#also({ kind: "process-end", process: this.#process, exitStatus: 0, dropped: 0 });
  }

  /** It crashes in a test that had just allocated. */
  crash(name: string, memoryType: MemoryType, bytesPerBank: number): void {
    this.#scenario.begin(name, { index: this.#index++ });
    this.#beginGroup();
    this.#look("before");
    this.#enter("call");
    this.allocate(memoryType, bytesPerBank);
    this.#look("after-call");
    this.#also({ kind: "process-lost", process: this.#process, refusal: null });
  }

  [Symbol.dispose](): void {
    this.#rings.own[Symbol.dispose]();
    this.#rings.child[Symbol.dispose]();
  }

  #record(kind: "allocate" | "free", { memoryType, address, bytesPerBank }: PlantedBuffer): void {
    const size = { bytesPerBank, sizeBytes: bytesPerBank * BANKS, banks: BANKS, chip: 0, unitBytes: 32 };
    this.#write({ kind, memoryType, address, buffer: bufferNumber(memoryType, address), ...size });
  }

  #write(change: Partial<TraceRecord>): void {
    const place = { device: 1, allocator: ALLOCATOR, context: this.#context, timeNs: this.#tick() };
    this.#rings.own.write(traceRecord({ ...place, ...change }));
  }

  /** The plugin asks the allocator where the records say that something moved, and otherwise now and then. */
  #look(moment: Moment, fixture?: FixtureRef): void {
    const found = JSON.stringify([this.#live(), this.#largestFree]);
    const isAsked = found !== this.#found || ALWAYS_ASKED.has(moment);
    this.#looks += 1;
    this.#found = found;
    if (isAsked || this.#looks % ASKED_EVERY === 0) this.#ask(moment, fixture);
    else this.#also({ kind: "unchanged", process: this.#process, deviceKey: 1, moment });
  }

  #ask(moment: Moment, fixture?: FixtureRef): void {
    this.#marks += 1;
    this.#write({ kind: "mark", address: this.#marks });
    const trace = this.#isTraced ? { mark: this.#marks, isStill: true, listed: MEMORY_TYPES } : null;
    const options = { ...(trace && { trace }), largestFree: this.#largestFree, ...(fixture && { fixture }) };
    this.#scenario.look(moment, this.#live(), options);
    this.#tell();
  }

  #live(): Live {
    const live: Partial<Record<MemoryType, Record<number, number>>> = {};
    for (const { memoryType, address, bytesPerBank } of this.device.live) {
      live[memoryType] = { ...live[memoryType], [address]: bytesPerBank };
    }
    return live;
  }

  #enter(phase: Phase | null, fixture: FixtureRef | null = null): void {
    this.#context += 2;
    const group = Math.floor(this.#context / CONTEXTS_OF_A_GROUP);
    const context = { number: this.#context, group, phase, fixture, subtest: null, atNs: this.#tick() };
    this.#also({ kind: "context", process: this.#process, ...context });
  }

  #beginGroup(): void {
    this.#context += CONTEXTS_OF_A_GROUP - (this.#context % CONTEXTS_OF_A_GROUP) - 2;
  }

  #also(event: RunEvent): void {
    this.#scenario.also(event);
    this.#tell();
  }

  /** The engine hears what was said, and has read the rings before. */
  #tell(): void {
    const events = this.#scenario.events();
    for (const event of events.slice(this.#told)) {
      if (event.kind === "measurement" || event.kind === "test-end" || event.kind === "process-lost") this.#read();
      this.deeds.push({ kind: "event", event: this.#named(event) });
    }
    this.#told = events.length;
  }

  #read(): void {
    if (this.#isTraced) this.deeds.push(...this.#rings.own.take(), ...this.#rings.child.take());
  }

  #named(event: RunEvent): RunEvent {
    return event.kind === "process-begin" ? { ...event, info: { ...event.info, pid: this.#pid } } : event;
  }

  #tick(): number {
    this.#nowNs += 1000;
    return this.#nowNs;
  }
}

function passed(test: string, atNs: number) {
  return { ref: { test, attempt: 1 }, outcome: "passed", durationMs: 1, atNs, hostBytes: null } as const;
}

/** Unique among the live buffers of the allocator, and given again with the address. */
function bufferNumber(memoryType: MemoryType, address: number): number {
  return address * MEMORY_TYPES.length + MEMORY_TYPES.indexOf(memoryType);
}
