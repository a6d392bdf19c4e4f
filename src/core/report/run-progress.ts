import type { Device } from "../model/device.ts";
import type { Outcome, RunEvent } from "../model/event.ts";
import type { Measurement, TypeUsage } from "../model/measurement.ts";
import type { MemoryType } from "../model/memory-type.ts";
import type { RunStatus } from "../model/run-status.ts";

interface OpenDevice {
  readonly device: Device;
  /** As the running test found it; null between tests. */
  found: readonly TypeUsage[] | null;
  now: readonly TypeUsage[];
}

interface Progress {
  readonly isWorker: boolean;
  readonly devices: Map<number, OpenDevice>;
  collected: number;
  /** The running test is a repeat, which counts for nothing. */
  isRepeat: boolean;
}

interface RunTotals {
  /** `total`: null: not collected yet. */
  readonly tests: { readonly done: number; readonly failed: number; readonly total: number | null };
  readonly droppedMessages: number;
}

const FAILED: ReadonlySet<Outcome> = new Set(["failed", "error"]);

/**
 * What the status line shows, counted event by event at a cost that does not grow with the run.
 */
export class RunProgress {
  readonly #processes = new Map<number, Progress>();
  #testsDone = 0;
  #testsFailed = 0;
  #droppedMessages = 0;
  #growths = 0;
  #running: string | null = null;

  note(event: RunEvent): void {
    switch (event.kind) {
      case "process-begin":
        if (this.#processes.has(event.process)) break;
        this.#processes.set(event.process, {
          isWorker: event.info.role === "worker",
          devices: new Map(),
          collected: 0,
          isRepeat: false,
        });
        break;
      case "collected":
        this.#change(event.process, (progress) => {
          progress.collected += event.tests;
        });
        break;
      case "test-begin":
        this.#running = event.ref.test;
        this.#change(event.process, (progress) => {
          progress.isRepeat = event.repeat > 0;
          forgetFound(progress);
        });
        break;
      case "measurement":
        this.#change(event.process, (progress) => measure(progress, event.measurement));
        break;
      case "test-end":
        this.#change(event.process, (progress) => {
          if (!progress.isRepeat) {
            this.#testsDone += 1;
            this.#testsFailed += FAILED.has(event.outcome) ? 1 : 0;
            this.#growths += growthsOf(progress);
          }
          forgetFound(progress);
        });
        break;
      case "process-end":
        this.#droppedMessages += event.dropped;
        this.#change(event.process, (progress) => progress.devices.clear());
        break;
      case "process-lost":
        this.#change(event.process, (progress) => progress.devices.clear());
        break;
      default:
        break;
    }
  }

  /** Tests that ended, and messages that processes dropped which have ended. */
  totals(): RunTotals {
    const tests = { done: this.#testsDone, failed: this.#testsFailed, total: this.#testsTotal() };
    return { tests, droppedMessages: this.#droppedMessages };
  }

  status(): RunStatus {
    return {
      testsDone: this.#testsDone,
      testsTotal: this.#testsTotal(),
      heldBytes: this.#heldBytes(),
      growths: this.#growths,
      running: this.#running,
    };
  }

  #change(process: number, change: (progress: Progress) => void): void {
    const progress = this.#processes.get(process);
    if (progress !== undefined) change(progress);
  }

  /** Every worker of pytest-xdist collects all the tests that they share. */
  #testsTotal(): number | null {
    const processes = [...this.#processes.values()];
    const alone = processes.filter(({ isWorker }) => !isWorker).reduce((sum, { collected }) => sum + collected, 0);
    const shared = Math.max(0, ...processes.filter(({ isWorker }) => isWorker).map(({ collected }) => collected));
    return alone + shared === 0 ? null : alone + shared;
  }

  #heldBytes(): RunStatus["heldBytes"] {
    const held: Partial<Record<MemoryType, number>> = {};
    for (const { devices } of this.#processes.values()) {
      for (const { now } of devices.values()) {
        for (const { memoryType, banks, allocatedBytesPerBank } of now) {
          held[memoryType] = (held[memoryType] ?? 0) + banks * allocatedBytesPerBank;
        }
      }
    }
    return held;
  }
}

function measure({ devices }: Progress, { device, moment, usage }: Measurement): void {
  if (moment === "open") forgetClosed(devices, device);
  const known = devices.get(device.key);
  if (moment === "close") devices.delete(device.key);
  else devices.set(device.key, { device, found: known?.found ?? usage, now: usage });
}

/** No event says that a device was closed; one that opens on its chips shows that it was. */
function forgetClosed(devices: Map<number, OpenDevice>, opened: Device): void {
  if (opened.parent !== null) return;
  for (const { device } of devices.values()) {
    if (device.chips.some((chip) => opened.chips.includes(chip))) devices.delete(device.key);
  }
}

function forgetFound({ devices }: Progress): void {
  for (const open of devices.values()) open.found = null;
}

function growthsOf({ devices }: Progress): number {
  const open = [...devices.values()];
  return open.reduce(
    (sum, { found, now }) => sum + (found === null ? 0 : now.filter((type) => isGrown(type, found)).length),
    0,
  );
}

function isGrown(now: TypeUsage, found: readonly TypeUsage[]): boolean {
  const before = found.find(({ memoryType }) => memoryType === now.memoryType);
  return now.allocatedBytesPerBank > (before?.allocatedBytesPerBank ?? 0);
}
