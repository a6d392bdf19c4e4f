import type { Device } from "../../model/device.ts";
import type { Keeper, TensorDescription, TestRef } from "../../model/event.ts";
import type { Block, FixtureRef, Measurement, Moment, TypeUsage } from "../../model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../../model/memory-type.ts";
import type { Allocation, Discrepancy, Look, Sighting } from "../../model/run-record.ts";
import type { NotedBirth } from "../../model/stack.ts";
import { type LookedBlock, lookedBlock, type OpenAllocation } from "./open-allocation.ts";
import { shareLook, shareUsage } from "./reuse-equal-usage.ts";
import { type SeenAddresses, withBuffer } from "./seen-addresses.ts";
import type { TracedBuffer } from "./traced-buffer.ts";
import type { TracedNames } from "./traced-names.ts";
import type { ListedMemory, TracedView } from "./traced-view.ts";

/** The lives of all blocks of one opened device, from what came and went between looks at its allocator. */
export class DeviceLedger {
  readonly #process: number;
  readonly device: Device;
  readonly #all: OpenAllocation[] = [];
  readonly #live = new Map<string, OpenAllocation>();
  readonly #waiting = new Set<OpenAllocation>();
  /** Of the live ones, those that only pytest's own books kept at the last look. */
  readonly #keptByPytest = new Set<OpenAllocation>();
  /** Of the live ones, those that a wider fixture allocated that has not ended yet. */
  readonly #ofFixtures = new Map<string, Set<OpenAllocation>>();
  /** What the live blocks add up to, in bytes per bank. */
  readonly #listed = new Map<MemoryType, number>();
  /** What was recorded inside of operations of the running test, also of blocks that no look has shown yet. */
  readonly #explained = new Map<string, readonly string[]>();
  readonly #seen = new Map<MemoryType, SeenAddresses>();
  /** The first of each memory type: later ones follow from it. */
  readonly #discrepancies: Discrepancy[] = [];
  /** Wider fixtures of the process, in the order they ended; it grows. */
  readonly #allFixturesEnded: readonly FixtureRef[];
  /** How many of them had ended at the last look. */
  #fixturesSeen: number;
  #usage: readonly TypeUsage[] = [];
  /** null: the device was closed after it, or there was none. */
  #lastLook: Look | null = null;
  /** The last one of each moment. */
  readonly #looks = new Map<Moment, Look>();
  /** Those that ended since the last look. */
  #fixturesEnded: readonly FixtureRef[] = [];

  /** `fixturesEnded`: the wider fixtures of the process that have ended; whoever owns it adds to it. */
  constructor(process: number, device: Device, fixturesEnded: readonly FixtureRef[]) {
    this.#process = process;
    this.device = device;
    this.#allFixturesEnded = fixturesEnded;
    this.#fixturesSeen = fixturesEnded.length;
  }

  /** What the last look found. */
  get usage(): readonly TypeUsage[] {
    return this.#usage;
  }

  get isOpen(): boolean {
    return this.#lastLook !== null;
  }

  /** A measurement at which all was as at the last one; null: the device is not open. */
  unchanged(moment: Moment): Measurement | null {
    if (this.#lastLook === null) return null;
    return { ...this.#lastLook, device: this.device, moment, fixture: null, added: [], removed: [], trace: null };
  }

  /** Gives the look as it is kept. `view`: what was traced up to the measurement; null: nothing that is known. */
  look(measurement: Measurement, sighting: Sighting, view: TracedView | null): Look {
    this.#fixturesEnded = this.#allFixturesEnded.slice(this.#fixturesSeen);
    this.#fixturesSeen = this.#allFixturesEnded.length;
    for (const block of measurement.removed) this.#bury(block, sighting);
    for (const block of measurement.added) {
      const traced = view?.find(this.device.key, block) ?? null;
      this.#bear(block, banksOf(measurement, block.memoryType), sighting, traced);
    }
    this.#usage = shareUsage(this.#usage, measurement.usage);
    this.#noteOutlived();
    if (measurement.moment === "before") this.#noteLasting();
    for (const usage of measurement.usage) this.#compare(usage, sighting);
    return this.#keepLook(measurement);
  }

  describe(memoryType: MemoryType, address: bigint, tensor: TensorDescription): void {
    const allocation = this.#live.get(key(memoryType, address));
    if (allocation !== undefined) allocation.tensor = tensor;
  }

  hold(memoryType: MemoryType, address: bigint, paths: readonly string[]): void {
    const allocation = this.#live.get(key(memoryType, address));
    if (allocation !== undefined) allocation.holders = paths;
  }

  wait(blocks: readonly Pick<Block, "memoryType" | "address">[]): void {
    for (const { memoryType, address } of blocks) {
      const allocation = this.#live.get(key(memoryType, address));
      if (allocation === undefined) continue;
      allocation.isWaiting = true;
      this.#waiting.add(allocation);
    }
  }

  endWait(): void {
    for (const allocation of this.#waiting) allocation.isWaiting = false;
    this.#waiting.clear();
  }

  keep(memoryType: MemoryType, address: bigint, by: Keeper): void {
    const allocation = this.#live.get(key(memoryType, address));
    if (allocation === undefined) return;
    allocation.keptBy = by;
    if (by !== "pytest") {
      this.#keptByPytest.delete(allocation);
      return;
    }
    this.#keptByPytest.add(allocation);
    allocation.fixturesEndedBeforeDeath = this.#fixturesEnded;
  }

  /** The device was closed: what was live ended with it. `ref` is the test that ran. */
  end(ref: TestRef | null): void {
    for (const allocation of this.#live.values()) allocation.endedWithDevice = { ref };
    this.#live.clear();
    this.#keptByPytest.clear();
    this.#ofFixtures.clear();
    this.#listed.clear();
    this.#lastLook = null;
  }

  note(memoryType: MemoryType, address: bigint, birth: NotedBirth): void {
    const allocation = this.#live.get(key(memoryType, address));
    if (allocation !== undefined) allocation.noted = birth;
  }

  /** `memoryType` as ttnn's graph has it. */
  explain(memoryType: MemoryType, address: bigint, functions: readonly string[]): void {
    this.#explained.set(key(memoryType, address), functions);
    for (const each of MEMORY_TYPES) {
      const allocation = inGraph(each) === memoryType ? this.#live.get(key(each, address)) : undefined;
      if (allocation !== undefined) allocation.inside = functions;
    }
  }

  /** Addresses are used again: what is known of one test's says nothing about the next one's. */
  forgetExplained(): void {
    this.#explained.clear();
  }

  /** The blocks of one memory type that were live at the last look. */
  listed(memoryType: MemoryType): ListedMemory {
    return {
      addresses: () => {
        const listed = [...this.#live.values()].filter((allocation) => allocation.memoryType === memoryType);
        return listed.map(({ address }) => Number(address));
      },
      bytesPerBankAt: (address) => this.#live.get(key(memoryType, address))?.bytesPerBank,
    };
  }

  /** The blocks of one memory type that were live at the last look. */
  live(memoryType: MemoryType): LookedBlock[] {
    const allocations = [...this.#live.values()].filter((each) => each.memoryType === memoryType);
    return allocations.map(lookedBlock);
  }

  /** What referred to a traced buffer on the host when its test was over; empty: nothing that is known. */
  holdersOf(buffer: TracedBuffer): readonly string[] {
    const allocation = this.#live.get(key(buffer.memoryType, buffer.address));
    return allocation?.traced === buffer ? allocation.holders : [];
  }

  /** Between which addresses blocks of a memory have been seen. */
  seen(memoryType: MemoryType): SeenAddresses | undefined {
    return this.#seen.get(memoryType);
  }

  allocations(names: TracedNames): Allocation[] {
    return this.#all.map(({ traced, ...allocation }) => ({
      ...allocation,
      traced: traced === null ? null : names.lifeOf(traced),
    }));
  }

  discrepancies(): readonly Discrepancy[] {
    return this.#discrepancies;
  }

  #keepLook({ moment, liveBlocks, cacheEntries }: Measurement): Look {
    const kept = shareLook(this.#looks.get(moment), { moment, usage: this.#usage, liveBlocks, cacheEntries });
    this.#looks.set(moment, kept);
    this.#lastLook = kept;
    return kept;
  }

  #bear(
    { memoryType, address, bytesPerBank }: Block,
    banks: number,
    birth: Sighting,
    traced: TracedBuffer | null,
  ): void {
    const at = key(memoryType, address);
    const allocation: OpenAllocation = {
      process: this.#process,
      device: this.device,
      memoryType,
      address,
      bytesPerBank,
      banks,
      birth,
      death: null,
      endedWithDevice: null,
      keptBy: null,
      isWaiting: false,
      fixturesEndedBeforeDeath: [],
      outlivedFixture: false,
      tensor: null,
      holders: [],
      noted: null,
      inside: this.#explained.get(key(inGraph(memoryType), address)) ?? [],
      traced,
    };
    this.#all.push(allocation);
    const place = { address: Number(address), bytesPerBank };
    this.#seen.set(memoryType, withBuffer(this.#seen.get(memoryType), place));
    if (birth.fixture !== null) this.#noteOfFixture(birth.fixture, allocation);
    this.#count(memoryType, bytesPerBank);
    const before = this.#live.get(at);
    if (before !== undefined) this.#forget(at, before);
    this.#live.set(at, allocation);
  }

  #bury(block: Block, death: Sighting): void {
    const at = key(block.memoryType, block.address);
    const allocation = this.#live.get(at);
    if (allocation === undefined) return;
    allocation.death = death;
    allocation.fixturesEndedBeforeDeath = this.#fixturesEnded;
    this.#forget(at, allocation);
    this.#count(block.memoryType, -allocation.bytesPerBank);
  }

  /** It is not live any more. */
  #forget(at: string, allocation: OpenAllocation): void {
    const { fixture } = allocation.birth;
    this.#live.delete(at);
    this.#keptByPytest.delete(allocation);
    this.#waiting.delete(allocation);
    if (fixture !== null) this.#ofFixtures.get(nameOf(fixture))?.delete(allocation);
  }

  /** What pytest keeps of a test is gone when the next one begins: what is not is held by something else as well. */
  #noteLasting(): void {
    for (const allocation of this.#keptByPytest) [allocation.keptBy, allocation.fixturesEndedBeforeDeath] = [null, []];
    this.#keptByPytest.clear();
  }

  #noteOutlived(): void {
    for (const ended of this.#fixturesEnded) {
      for (const allocation of this.#ofFixtures.get(nameOf(ended)) ?? []) allocation.outlivedFixture = true;
      this.#ofFixtures.delete(nameOf(ended));
    }
  }

  #noteOfFixture(fixture: FixtureRef, allocation: OpenAllocation): void {
    const name = nameOf(fixture);
    const all = this.#ofFixtures.get(name) ?? new Set();
    this.#ofFixtures.set(name, all.add(allocation));
  }

  #count(memoryType: MemoryType, bytesPerBank: number): void {
    this.#listed.set(memoryType, (this.#listed.get(memoryType) ?? 0) + bytesPerBank);
  }

  #compare({ memoryType, banks, allocatedBytesPerBank }: TypeUsage, at: Sighting): void {
    const listedBytesPerBank = this.#listed.get(memoryType) ?? 0;
    if (listedBytesPerBank === allocatedBytesPerBank) return;
    if (this.#discrepancies.some((known) => known.memoryType === memoryType)) return;
    const found = { memoryType, banks, listedBytesPerBank, allocatedBytesPerBank, at };
    this.#discrepancies.push({ process: this.#process, device: this.device, ...found });
  }
}

function key(memoryType: MemoryType, address: bigint | number): string {
  return `${memoryType} ${address}`;
}

/** ttnn's graph calls L1_SMALL L1, and TRACE DRAM. */
function inGraph(memoryType: MemoryType): MemoryType {
  if (memoryType === "L1_SMALL") return "L1";
  return memoryType === "TRACE" ? "DRAM" : memoryType;
}

/** What two fixtures share that are the same. */
function nameOf({ name, baseId }: FixtureRef): string {
  return JSON.stringify([baseId, name]);
}

function banksOf(measurement: Measurement, memoryType: MemoryType): number {
  return measurement.usage.find((usage) => usage.memoryType === memoryType)?.banks ?? 0;
}
