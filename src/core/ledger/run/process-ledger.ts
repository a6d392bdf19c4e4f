import { assertNever } from "../../base/assert-never.ts";
import { formatBytes } from "../../base/bytes.ts";
import type { ProcessInfo, RunEvent } from "../../model/event.ts";
import type { FixtureRef, Measurement, Moment } from "../../model/measurement.ts";
import type { TestPeaks } from "../../model/peak.ts";
import type { ProcessRecord, RegionDiscrepancy, RunRecord, Sighting } from "../../model/run-record.ts";
import { DeviceLedger } from "./device-ledger.ts";
import { LookedMemories } from "./looked-memories.ts";
import { MemoryErrors } from "./memory-errors.ts";
import { OpenTest, type TestBegin, type TestEnd } from "./open-test.ts";
import type { OtherProcess } from "./other-process.ts";
import { memoriesNow, type ProcessNow } from "./process-now.ts";
import { ProcessTrace } from "./process-trace.ts";
import { PytestProcess } from "./pytest-process.ts";

type TensorSeen = Extract<RunEvent, { kind: "tensor" }>;

const NO_PEAKS: TestPeaks = { memories: [], together: [] };

/** What a process can report once it has begun. */
export type ProcessEvent = Exclude<RunEvent, { kind: "refused" | "process-begin" }>;

/** What was seen of one process: its part of the run's record. */
export interface ProcessSeen extends Omit<RunRecord, "processes" | "otherAllocations" | "refused"> {
  readonly process: ProcessRecord;
}

/** What one watched process reported. */
export class ProcessLedger {
  readonly #process: PytestProcess;
  readonly #devices = new Map<number, DeviceLedger>();
  /** Those of which something was recorded inside of operations of the running test. */
  readonly #explained = new Set<DeviceLedger>();
  /** Wider fixtures, in the order they ended. */
  readonly #fixturesEnded: FixtureRef[] = [];
  readonly #tests: OpenTest[] = [];
  readonly #bases = new Map<string, string>();
  readonly #memoryErrors = new MemoryErrors();
  readonly trace: ProcessTrace;
  readonly #regionDiscrepancies: RegionDiscrepancy[] = [];
  #running: OpenTest | null = null;

  constructor(id: number, info: ProcessInfo) {
    this.#process = new PytestProcess(id, info);
    this.trace = new ProcessTrace(id);
  }

  /** The process goes on with another pytest session. */
  beginSession(info: ProcessInfo): void {
    this.#process.beginSession(info);
    this.#running = null;
  }

  apply(event: ProcessEvent): void {
    switch (event.kind) {
      case "collected":
        this.#process.collect(event);
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
        this.trace.names.enter(event, this.#running?.begin.ref ?? null);
        if (event.group !== null) this.#running?.noteGroup(event.group);
        break;
      case "tracing":
        this.trace.begin(event);
        break;
      case "fixture-end":
        this.#fixturesEnded.push(event.fixture);
        break;
      case "not-checked":
        this.#running?.noteNotChecked(event.reason, event.mark);
        break;
      case "not-warmed-up":
        this.#running?.noteNotWarmedUp(event.reason);
        break;
      case "not-repeated":
        this.#running?.noteNotRepeated(event.reason);
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
        this.trace.view.endDevice(event.deviceKey);
        break;
      case "inside":
        this.#explain(event);
        break;
      case "origin":
        this.#devices.get(event.deviceKey)?.note(event.memoryType, event.address, event.birth);
        break;
      case "memory-error":
        this.#noteMemoryError(event);
        break;
      case "region-difference":
        this.#regionDiscrepancies.push({
          process: this.#process.id,
          ...event.difference,
          ref: this.#running?.begin.ref ?? null,
        });
        break;
      case "test-end":
        this.#endTest(event);
        break;
      case "process-end":
        this.#process.finish(event);
        break;
      case "process-lost":
        this.#process.lose(event);
        break;
      default:
        assertNever(event);
    }
  }

  #beginTest(event: TestBegin): void {
    // Tests of the same code have the same base: kept once.
    const base = this.#bases.get(event.base) ?? event.base;
    this.#bases.set(base, base);
    this.#running = new OpenTest({ ...event, base }, this.#process.session);
    this.#tests.push(this.#running);
  }

  #measure(measurement: Measurement): void {
    const ref = this.#running?.begin.ref ?? null;
    const sighting: Sighting = { ref, moment: measurement.moment, fixture: measurement.fixture };
    const device = this.#device(measurement);
    const view = this.trace.viewAt(measurement);
    const look = device.look(measurement, sighting, view);
    if (view !== null) this.trace.compare(measurement, sighting, device);
    this.#running?.addLook(device.device, look);
  }

  #explain({ deviceKey, memoryType, address, functions }: Extract<RunEvent, { kind: "inside" }>): void {
    const device = this.#devices.get(deviceKey);
    if (device === undefined) return;
    device.explain(memoryType, address, functions);
    this.#explained.add(device);
  }

  #measureAgain(deviceKey: number, moment: Moment): void {
    const again = this.#devices.get(deviceKey)?.unchanged(moment) ?? null;
    if (again !== null) this.#measure(again);
  }

  #describe(seen: TensorSeen): void {
    this.#devices.get(seen.deviceKey)?.describe(seen.memoryType, seen.address, seen.tensor);
  }

  #noteMemoryError({ error, stack, mark, atNs }: Extract<RunEvent, { kind: "memory-error" }>): void {
    const told = { error, stack, atNs, ref: this.#running?.begin.ref ?? null };
    if (mark !== null && this.trace.view.advance(mark)) this.#memoryErrors.note(told, this.trace);
    else this.#memoryErrors.note(told, new LookedMemories(this.#openDevices(), this.trace.names));
  }

  #openDevices(): DeviceLedger[] {
    return [...this.#devices.values()].filter(({ isOpen }) => isOpen);
  }

  #endTest(end: TestEnd): void {
    if (this.#running === null) return;
    if (end.atNs !== null) this.#noteUnmeasured(this.#running, end.atNs);
    this.#running.end(end);
    for (const device of this.#explained) device.forgetExplained();
    this.#explained.clear();
    this.#running = null;
  }

  /** The running test is about to end: what it left in a process that this one started. */
  noteOther(other: OtherProcess, endNs: number): void {
    if (this.#running === null) return;
    const isUsed = other.endTest(this.#process.id, endNs, this.trace.names);
    if (isUsed) this.#running.noteOther(other.pid);
  }

  /** A test that left memory on a device nobody looked at is not clean: nothing is known of it but that. */
  #noteUnmeasured(test: OpenTest, endNs: number): void {
    if (!test.isChecked) return;
    const measured = new Set(test.devices.map(({ device }) => device.key));
    const left = [...this.trace.leftBeside(measured, test.begin.ref, endNs)];
    if (left.length === 0) return;
    const bytes = left.reduce((sum, [, size]) => sum + size, 0);
    const ids = left.map(([device]) => device).join(", ");
    test.noteNotChecked(
      `it left ${formatBytes(bytes)} on a device that was not measured (id ${ids}): open it with ttnn's own functions, in the process that runs the test`,
    );
  }

  /** Up to the last record and event; nothing is changed by asking. `listedMax`: buffers of each memory that are listed. */
  now(listedMax: number): ProcessNow {
    const { id, info, end } = this.#process;
    const { memory, names } = this.trace;
    const memories = memoriesNow(this.trace, this.#openDevices(), listedMax);
    return {
      process: id,
      info,
      end,
      context: names.context,
      memories,
      peaks: memory.peaks(),
      lostRecords: memory.lostRecords,
      changedNs: memory.changedNs,
    };
  }

  record(): ProcessSeen {
    const { id } = this.#process;
    return {
      ...this.#seen(),
      process: { ...this.#record(), trace: this.trace.summary() },
      tests: this.#tests.map((test) => test.record(id, this.trace.peaksOf(test.groups()))),
      outOfMemory: this.#memoryErrors.outOfMemory(id, this.trace.outOfMemory()),
      clashes: this.#memoryErrors.clashes(id),
      exposedToReplay: this.trace.exposedToReplay(),
    };
  }

  /** Tests that have ended, without their peaks: to ask for those, or for what a replay may overwrite, ends what is being measured. */
  recordSoFar(): ProcessSeen {
    const ended = this.#tests.filter((test) => test !== this.#running);
    return {
      ...this.#seen(),
      process: this.#record(),
      tests: ended.map((test) => test.record(this.#process.id, NO_PEAKS)),
      outOfMemory: [],
      clashes: [],
      exposedToReplay: [],
    };
  }

  #seen(): Pick<ProcessSeen, "allocations" | "discrepancies" | "traceDiscrepancies" | "regionDiscrepancies"> {
    const devices = [...this.#devices.values()];
    return {
      allocations: devices.flatMap((device) => device.allocations(this.trace.names)),
      discrepancies: devices.flatMap((device) => device.discrepancies()),
      traceDiscrepancies: this.trace.discrepancies(),
      regionDiscrepancies: [...this.#regionDiscrepancies],
    };
  }

  #record(): ProcessRecord {
    return {
      ...this.#process.record(),
      runningTest: this.#running?.begin.ref ?? null,
      trace: this.trace.summarySoFar(),
      moreMemoryErrors: this.#memoryErrors.more,
    };
  }

  /** `MeshDevice.id()` is unique for each opening, so a key never means two devices. */
  #device(measurement: Measurement): DeviceLedger {
    const { device } = measurement;
    let ledger = this.#devices.get(device.key);
    if (ledger === undefined) {
      ledger = new DeviceLedger(this.#process.id, device, this.#fixturesEnded);
      this.#devices.set(device.key, ledger);
    }
    return ledger;
  }
}
