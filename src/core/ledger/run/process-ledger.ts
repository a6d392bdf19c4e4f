import { assertNever } from "../../base/assert-never.ts";
import { formatBytes } from "../../base/bytes.ts";
import type { Outcome, ProcessInfo, RunEvent } from "../../model/event.ts";
import type { Measurement, Moment } from "../../model/measurement.ts";
import type {
  Allocation,
  DeviceLooks,
  Discrepancy,
  ProcessRecord,
  Sighting,
  TestRecord,
  TraceDiscrepancy,
} from "../../model/run-record.ts";
import type { OutOfMemory } from "../../model/traced.ts";
import { DeviceLedger } from "./device-ledger.ts";
import type { OtherProcess } from "./other-process.ts";
import { ProcessTrace } from "./process-trace.ts";

type TestBegin = Extract<RunEvent, { kind: "test-begin" }>;
type TestEnd = Extract<RunEvent, { kind: "test-end" }>;
type TensorSeen = Extract<RunEvent, { kind: "tensor" }>;

/** What a process can tell once it has begun. */
export type ProcessEvent = Exclude<RunEvent, { kind: "refused" | "process-begin" }>;

interface OpenTest {
  readonly begin: TestBegin;
  readonly session: number;
  readonly notChecked: string[];
  readonly otherPids: Set<number>;
  readonly devices: Map<number, { device: DeviceLooks["device"]; looks: DeviceLooks["looks"][number][] }>;
  outcome: Outcome | null;
  durationMs: number | null;
}

/** What one watched process told. */
export class ProcessLedger {
  readonly #id: number;
  /** Of each of its pytest sessions, in order. */
  readonly #sessions: [ProcessInfo, ...ProcessInfo[]];
  readonly #devices = new Map<number, DeviceLedger>();
  /** The last of each device. */
  readonly #measurements = new Map<number, Measurement>();
  readonly #tests: OpenTest[] = [];
  readonly trace: ProcessTrace;
  #running: OpenTest | null = null;
  #collected = 0;
  #end: ProcessRecord["end"] = "still-running";
  #exitStatus: number | null = null;
  #dropped = 0;

  constructor(id: number, info: ProcessInfo) {
    this.#id = id;
    this.#sessions = [info];
    this.trace = new ProcessTrace(id);
  }

  /** The process goes on with another pytest session. */
  beginSession(info: ProcessInfo): void {
    this.#sessions.push(info);
    this.#end = "still-running";
    this.#running = null;
  }

  apply(event: ProcessEvent): void {
    switch (event.kind) {
      case "collected":
        this.#collected += event.tests;
        break;
      case "test-begin":
        this.#beginTest(event);
        break;
      case "measurement":
        this.#measure(event.measurement);
        break;
      case "unchanged":
        this.#measureAgain(event.deviceKey, event.moment);
        break;
      case "context":
        this.trace.enter(event, this.#running?.begin.ref ?? null);
        break;
      case "tracing":
        this.trace.begin(event);
        break;
      case "fixture-end":
        for (const device of this.#devices.values()) device.endFixture(event.fixture);
        break;
      case "not-checked":
        this.#running?.notChecked.push(event.reason);
        break;
      case "tensor":
        this.#describe(event);
        break;
      case "holders":
        this.#devices.get(event.deviceKey)?.hold(event.memoryType, event.address, event.paths);
        break;
      case "waiting":
        this.#devices.get(event.deviceKey)?.wait(event.blocks);
        break;
      case "searched":
        this.#devices.get(event.deviceKey)?.endWait();
        break;
      case "kept":
        this.#devices.get(event.deviceKey)?.keep(event.memoryType, event.address, event.by);
        break;
      case "device-end":
        this.#devices.get(event.deviceKey)?.end(this.#running?.begin.ref ?? null);
        break;
      case "inside":
        this.#devices.get(event.deviceKey)?.explain(event.memoryType, event.address, event.functions);
        break;
      case "origin":
        this.#devices.get(event.deviceKey)?.note(event.memoryType, event.address, event.birth);
        break;
      case "test-end":
        this.#endTest(event);
        break;
      case "process-end":
        this.#end = "finished";
        this.#exitStatus ||= event.exitStatus;
        this.#dropped += event.dropped;
        break;
      case "process-lost":
        this.#end = "lost";
        break;
      default:
        assertNever(event);
    }
  }

  #beginTest(begin: TestBegin): void {
    const session = this.#sessions.length;
    this.#running = {
      begin,
      session,
      notChecked: [],
      otherPids: new Set(),
      devices: new Map(),
      outcome: null,
      durationMs: null,
    };
    this.#tests.push(this.#running);
  }

  #measure(measurement: Measurement): void {
    const ref = this.#running?.begin.ref ?? null;
    const sighting: Sighting = { ref, moment: measurement.moment, fixture: measurement.fixture };
    const device = this.#device(measurement);
    this.#measurements.set(measurement.device.key, measurement);
    const isKnown = this.trace.advance(measurement);
    device.look(measurement, sighting, (memoryType, block) =>
      isKnown ? this.trace.find(measurement.device.key, memoryType, block) : null,
    );
    if (isKnown) this.trace.compare(measurement, sighting, (memoryType) => device.listed(memoryType));
    if (this.#running !== null) addLook(this.#running, measurement);
  }

  #measureAgain(deviceKey: number, moment: Moment): void {
    const last = this.#measurements.get(deviceKey);
    if (last !== undefined) this.#measure({ ...last, moment, fixture: null, added: [], removed: [], trace: null });
  }

  #describe(seen: TensorSeen): void {
    this.#devices.get(seen.deviceKey)?.describe(seen.memoryType, seen.address, seen.tensor);
  }

  #endTest({ outcome, durationMs, atNs }: TestEnd): void {
    if (this.#running === null) return;
    if (atNs !== null) this.#noteUnmeasured(this.#running, atNs);
    this.#running.outcome = outcome;
    this.#running.durationMs = durationMs;
    for (const device of this.#devices.values()) device.forgetExplained();
    this.#running = null;
  }

  /** The running test is about to end: what it left in a process that this one started. */
  noteOther(other: OtherProcess, endNs: number): void {
    if (this.#running === null) return;
    const isUsed = other.endTest(this.#id, endNs, (timeNs) => this.trace.contextAt(timeNs));
    if (isUsed) this.#running.otherPids.add(other.pid);
  }

  /** A test that left memory on a device nobody looked at is not clean: nothing is known of it but that. */
  #noteUnmeasured({ begin, devices, notChecked }: OpenTest, endNs: number): void {
    if (notChecked.length > 0) return;
    const left = [...this.trace.leftBeside(new Set(devices.keys()), begin.ref, endNs)];
    if (left.length === 0) return;
    const bytes = left.reduce((sum, [, size]) => sum + size, 0);
    const ids = left.map(([device]) => device).join(", ");
    notChecked.push(
      `it left ${formatBytes(bytes)} on a device that was not measured (id ${ids}): only a device that is opened by ttnn's own functions in the test's process can be`,
    );
  }

  process(): ProcessRecord {
    return {
      process: this.#id,
      info: this.#sessions[0],
      sessions: [...this.#sessions],
      collected: this.#collected,
      end: this.#end,
      exitStatus: this.#exitStatus,
      dropped: this.#dropped,
      runningTest: this.#running?.begin.ref ?? null,
      trace: this.trace.summary(),
    };
  }

  tests(): TestRecord[] {
    return this.#tests.map((test) => ({
      process: this.#id,
      session: test.session,
      ref: test.begin.ref,
      base: test.begin.base,
      index: test.begin.index,
      repeat: test.begin.repeat,
      limits: test.begin.limits,
      limitReason: test.begin.reason,
      outcome: test.outcome,
      durationMs: test.durationMs,
      notChecked: [...test.notChecked],
      devices: [...test.devices.values()],
      otherPids: [...test.otherPids],
    }));
  }

  allocations(): Allocation[] {
    return [...this.#devices.values()].flatMap((device) => device.allocations((buffer) => this.trace.lifeOf(buffer)));
  }

  discrepancies(): Discrepancy[] {
    return [...this.#devices.values()].flatMap((device) => device.discrepancies());
  }

  traceDiscrepancies(): readonly TraceDiscrepancy[] {
    return this.trace.discrepancies();
  }

  outOfMemory(): OutOfMemory[] {
    return this.trace.outOfMemory();
  }

  /** `MeshDevice.id()` is unique for each opening, so a key never means two devices. */
  #device(measurement: Measurement): DeviceLedger {
    const { device } = measurement;
    let ledger = this.#devices.get(device.key);
    if (ledger === undefined) {
      ledger = new DeviceLedger(this.#id, device);
      this.#devices.set(device.key, ledger);
    }
    return ledger;
  }
}

function addLook(test: OpenTest, measurement: Measurement): void {
  const { device, moment, usage, liveBlocks, cacheEntries } = measurement;
  const looks = test.devices.get(device.key) ?? { device, looks: [] };
  looks.looks.push({ moment, usage, liveBlocks, cacheEntries });
  test.devices.set(device.key, looks);
}
