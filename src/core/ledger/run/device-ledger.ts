import type { Device } from "../../model/device.ts";
import type { Keeper, TensorDescription, TestRef } from "../../model/event.ts";
import type { Block, FixtureRef, Measurement, TypeUsage } from "../../model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../../model/memory-type.ts";
import type { Allocation, Discrepancy, Sighting } from "../../model/run-record.ts";
import type { NotedBirth } from "../../model/stack.ts";
import type { TracedLife } from "../../model/traced.ts";
import type { TracedBuffer } from "./traced-memory.ts";
import type { ListedBlock } from "./traced-view.ts";

/** What was traced of a block that has just been listed; null: nothing. */
export type FindTraced = (memoryType: MemoryType, block: ListedBlock) => TracedBuffer | null;

/** A traced buffer's numbers, resolved. */
export type LifeOf = (buffer: TracedBuffer) => TracedLife;

interface OpenAllocation {
  readonly block: Block;
  readonly banks: number;
  readonly birth: Sighting;
  death: Sighting | null;
  endedWithDevice: { readonly ref: TestRef | null } | null;
  keptBy: Keeper | null;
  fixturesEnded: readonly FixtureRef[];
  outlivedFixture: boolean;
  tensor: TensorDescription | null;
  holders: readonly string[];
  inside: readonly string[];
  noted: NotedBirth | null;
  readonly traced: TracedBuffer | null;
}

/** The lives of all blocks of one opened device, from what came and went between looks at its allocator. */
export class DeviceLedger {
  readonly #process: number;
  readonly #device: Device;
  readonly #all: OpenAllocation[] = [];
  readonly #live = new Map<string, OpenAllocation>();
  /** What the live blocks add up to, in bytes per bank. */
  readonly #listed = new Map<MemoryType, number>();
  /** What was recorded inside of operations of the running test, also of blocks that no look has shown yet. */
  readonly #explained = new Map<string, readonly string[]>();
  /** The first of each memory type: later ones follow from it. */
  readonly #discrepancies: Discrepancy[] = [];
  /** Wider fixtures that ended since the last look. */
  #fixturesEnded: FixtureRef[] = [];
  /** Those that ended between the last look and the one before. */
  #fixturesEndedBefore: readonly FixtureRef[] = [];

  constructor(process: number, device: Device) {
    this.#process = process;
    this.#device = device;
  }

  look(measurement: Measurement, sighting: Sighting, findTraced: FindTraced): void {
    for (const block of measurement.removed) this.#bury(block, sighting);
    for (const block of measurement.added) {
      const traced = findTraced(block.memoryType, { address: block.address, bytesPerBank: block.bytesPerBank });
      this.#bear(block, banksOf(measurement, block.memoryType), sighting, traced);
    }
    this.#noteOutlived();
    if (measurement.moment === "before") this.#noteLasting();
    [this.#fixturesEndedBefore, this.#fixturesEnded] = [this.#fixturesEnded, []];
    for (const usage of measurement.usage) this.#compare(usage, sighting);
  }

  endFixture(fixture: FixtureRef): void {
    this.#fixturesEnded.push(fixture);
  }

  describe(memoryType: MemoryType, address: bigint, tensor: TensorDescription): void {
    const allocation = this.#live.get(key(memoryType, address));
    if (allocation !== undefined) allocation.tensor = tensor;
  }

  hold(memoryType: MemoryType, address: bigint, paths: readonly string[]): void {
    const allocation = this.#live.get(key(memoryType, address));
    if (allocation !== undefined) allocation.holders = paths;
  }

  keep(memoryType: MemoryType, address: bigint, by: Keeper): void {
    const allocation = this.#live.get(key(memoryType, address));
    if (allocation === undefined) return;
    allocation.keptBy = by;
    if (by === "pytest") allocation.fixturesEnded = this.#fixturesEndedBefore;
  }

  /** The device was closed: what was live ended with it. `ref` is the test that ran. */
  end(ref: TestRef | null): void {
    for (const allocation of this.#live.values()) allocation.endedWithDevice = { ref };
    this.#live.clear();
    this.#listed.clear();
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
  listed(memoryType: MemoryType): ListedBlock[] {
    return [...this.#live.values()].flatMap(({ block }) =>
      block.memoryType === memoryType ? [{ address: block.address, bytesPerBank: block.bytesPerBank }] : [],
    );
  }

  allocations(lifeOf: LifeOf): Allocation[] {
    return this.#all.map(({ block, fixturesEnded, traced, ...allocation }) => ({
      ...allocation,
      process: this.#process,
      device: this.#device,
      memoryType: block.memoryType,
      address: block.address,
      bytesPerBank: block.bytesPerBank,
      fixturesEndedBeforeDeath: fixturesEnded,
      traced: traced === null ? null : lifeOf(traced),
    }));
  }

  discrepancies(): readonly Discrepancy[] {
    return this.#discrepancies;
  }

  #bear(block: Block, banks: number, birth: Sighting, traced: TracedBuffer | null): void {
    const allocation: OpenAllocation = {
      block,
      banks,
      birth,
      death: null,
      endedWithDevice: null,
      keptBy: null,
      fixturesEnded: [],
      outlivedFixture: false,
      tensor: null,
      holders: [],
      noted: null,
      inside: this.#explained.get(key(inGraph(block.memoryType), block.address)) ?? [],
      traced,
    };
    this.#all.push(allocation);
    this.#count(block.memoryType, block.bytesPerBank);
    this.#live.set(key(block.memoryType, block.address), allocation);
  }

  #bury(block: Block, death: Sighting): void {
    const at = key(block.memoryType, block.address);
    const allocation = this.#live.get(at);
    if (allocation === undefined) return;
    allocation.death = death;
    allocation.fixturesEnded = this.#fixturesEnded;
    this.#live.delete(at);
    this.#count(block.memoryType, -allocation.block.bytesPerBank);
  }

  /** What pytest keeps of a test is gone when the next one begins: what is not is held by something else as well. */
  #noteLasting(): void {
    for (const allocation of this.#live.values()) {
      if (allocation.keptBy === "pytest") [allocation.keptBy, allocation.fixturesEnded] = [null, []];
    }
  }

  #noteOutlived(): void {
    if (this.#fixturesEnded.length === 0) return;
    for (const allocation of this.#live.values()) {
      const { fixture } = allocation.birth;
      if (fixture !== null && this.#fixturesEnded.some((ended) => isSame(ended, fixture)))
        allocation.outlivedFixture = true;
    }
  }

  #count(memoryType: MemoryType, bytesPerBank: number): void {
    this.#listed.set(memoryType, (this.#listed.get(memoryType) ?? 0) + bytesPerBank);
  }

  #compare({ memoryType, banks, allocatedBytesPerBank }: TypeUsage, at: Sighting): void {
    const listedBytesPerBank = this.#listed.get(memoryType) ?? 0;
    if (listedBytesPerBank === allocatedBytesPerBank) return;
    if (this.#discrepancies.some((known) => known.memoryType === memoryType)) return;
    const found = { memoryType, banks, listedBytesPerBank, allocatedBytesPerBank, at };
    this.#discrepancies.push({ process: this.#process, device: this.#device, ...found });
  }
}

function key(memoryType: MemoryType, address: bigint): string {
  return `${memoryType} ${address}`;
}

/** ttnn's graph calls L1_SMALL L1, and TRACE DRAM. */
function inGraph(memoryType: MemoryType): MemoryType {
  if (memoryType === "L1_SMALL") return "L1";
  return memoryType === "TRACE" ? "DRAM" : memoryType;
}

function isSame(a: FixtureRef, b: FixtureRef): boolean {
  return a.name === b.name && a.baseId === b.baseId;
}

function banksOf(measurement: Measurement, memoryType: MemoryType): number {
  return measurement.usage.find((usage) => usage.memoryType === memoryType)?.banks ?? 0;
}
