import type { Deed } from "../../fixtures/recording/recorded.ts";
import { fixtureRef } from "../../fixtures/run/scenario.ts";
import type { Keeper, Limits, Outcome, PeakLimits } from "../../src/core/model/event.ts";
import type { FixtureRef } from "../../src/core/model/measurement.ts";
import type { MemoryType } from "../../src/core/model/memory-type.ts";
import type { RecordDamage } from "./damage.ts";
import type { PlantedBuffer } from "./planted-device.ts";
import { type PlantedProcess, WatchedProcess } from "./watched-process.ts";

/** Numbers of devices that tests open themselves. */
const OWN_DEVICES = 1000;

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

/** What the tests of one pytest process do. */
export class Story implements Disposable {
  readonly #watched: WatchedProcess;
  #index = 0;

  constructor(process: PlantedProcess, damage: RecordDamage) {
    this.#watched = new WatchedProcess(process, damage);
  }

  /** What the engine hears of it. */
  get deeds(): readonly Deed[] {
    return this.#watched.deeds;
  }

  allocate(memoryType: MemoryType, bytesPerBank: number): PlantedBuffer {
    const buffer = this.#watched.device.allocate(memoryType, bytesPerBank);
    this.#watched.record("allocate", buffer);
    return buffer;
  }

  free(buffer: PlantedBuffer): void {
    this.#watched.device.free(buffer);
    this.#watched.record("free", buffer);
  }

  /** A process that a test started does something to its own device. */
  inChild(kind: "allocate" | "free", buffer: PlantedBuffer): void {
    this.#watched.inChild(kind, buffer);
  }

  /** One run of a test, watched as the plugin watches it. */
  test(name: string, options: TestOptions, deeds: Deeds): void {
    const { outcome = "passed", attempt = 1, largestFree, notChecked, ...told } = options;
    const { largestFree: usual } = this.#watched;
    this.#begin(name, { ...told, attempt });
    this.#run(deeds);
    this.#watched.largestFree = largestFree ?? usual;
    this.#cleanUp(deeds, outcome === "failed");
    this.#watched.largestFree = usual;
    deeds.told?.();
    if (notChecked !== undefined) this.#watched.scenario.notChecked(notChecked);
    this.#end(name, attempt, outcome);
  }

  /** What holds a buffer, where that is no leaving: told before the test's end. */
  keep({ memoryType, address }: PlantedBuffer, by: Keeper): void {
    this.#watched.scenario.keep(memoryType, address, by);
  }

  /** A buffer waits for garbage collection and a search that several tests share, until `search`. */
  wait({ memoryType, address }: PlantedBuffer): void {
    this.#watched.scenario.wait(memoryType, address);
  }

  search(): void {
    this.#watched.scenario.search();
  }

  /** A test that opens a device, leaves a buffer on it and closes it; `by`: what holds the buffer, null: something that lasts. */
  testOnOwnDevice(name: string, { memoryType, address, bytesPerBank }: PlantedBuffer, by: Keeper | null): void {
    const { process, scenario } = this.#watched;
    const device = OWN_DEVICES + this.#index;
    scenario.begin(name, { index: this.#index++ });
    scenario.look("open", {}, { device, fixture: fixtureRef("device", "function") });
    scenario.look("after", { [memoryType]: { [address]: bytesPerBank } }, { device });
    const kept = { process, deviceKey: device, memoryType, address: BigInt(address) };
    if (by !== null) this.#watched.also({ kind: "kept", ...kept, by });
    scenario.endDevice(device);
    this.#end(name);
  }

  endFixture(fixture: FixtureRef): void {
    this.#watched.scenario.endFixture(fixture);
    this.#watched.tell();
  }

  /** It ends as it should: in the teardown of its last test the device is closed, which frees what is live on it. */
  end(name: string): void {
    const { process, device } = this.#watched;
    this.#begin(name, {});
    this.#watched.enter("teardown");
    this.#watched.look("after-clear");
    this.#watched.look("close");
    for (const buffer of device.live) this.#watched.record("free", buffer);
    this.#watched.also({ kind: "device-end", process, deviceKey: 1 });
    this.#end(name);
    this.#watched.also({ kind: "process-end", process, exitStatus: 0, dropped: 0 });
  }

  /** It crashes in a test that had just allocated. */
  crash(name: string, memoryType: MemoryType, bytesPerBank: number): void {
    this.#begin(name, {});
    this.#watched.enter("call");
    this.allocate(memoryType, bytesPerBank);
    this.#watched.look("after-call");
    this.#watched.also({ kind: "process-lost", process: this.#watched.process, refusal: null });
  }

  [Symbol.dispose](): void {
    this.#watched[Symbol.dispose]();
  }

  #begin(name: string, options: Omit<TestOptions, "outcome" | "notChecked" | "largestFree">): void {
    this.#watched.scenario.begin(name, { ...options, index: this.#index++ });
    this.#watched.beginGroup();
    this.#watched.look("before");
  }

  #run({ fixture, setUp, call }: Deeds): void {
    if (fixture !== undefined) {
      this.#watched.enter("setup", fixture.is);
      fixture.setUp();
      this.#watched.look("fixture", fixture.is);
    }
    if (setUp !== undefined) {
      this.#watched.enter("setup");
      setUp();
      this.#watched.look("after-setup");
    }
    this.#watched.enter("call");
    call();
    if (setUp !== undefined) this.#watched.look("after-call");
    this.#watched.enter("teardown");
  }

  #cleanUp({ collected, released, cleared }: Deeds, hasFailed: boolean): void {
    this.#watched.look("after");
    collected?.();
    this.#watched.look("after-collect");
    if (hasFailed) {
      released?.();
      this.#watched.look("after-release");
    }
    cleared?.();
    this.#watched.look("after-clear");
  }

  #end(name: string, attempt = 1, outcome: Outcome = "passed"): void {
    const end = { ref: { test: name, attempt }, outcome, durationMs: 1, atNs: this.#watched.tick(), hostBytes: null };
    this.#watched.also({ kind: "test-end", process: this.#watched.process, ...end });
    this.#watched.beginGroup();
    this.#watched.enter(null);
  }
}
