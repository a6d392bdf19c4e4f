import type { Random } from "../../e2e/chaos/random.ts";
import { fixtureRef } from "../../fixtures/run/scenario.ts";
import type { Keeper } from "../../src/core/model/event.ts";
import type { Verdict } from "../../src/core/model/finding.ts";
import type { FixtureRef } from "../../src/core/model/measurement.ts";
import { MEMORY_TYPES, type MemoryType } from "../../src/core/model/memory-type.ts";
import type { PlantedBuffer } from "./planted-device.ts";
import type { Deeds, Story, TestOptions } from "./story.ts";

/** What a test is known to have done with one memory, because it was planted. */
export interface Truth {
  readonly plant: string;
  /** null: between tests. */
  readonly test: string | null;
  readonly attempt: number;
  readonly memoryType: MemoryType | null;
  readonly verdict: Verdict;
  /** The test by whose end nothing more becomes of it. */
  settledBy: string;
}

/** Bytes per bank on 12 banks: over 100 MB of DRAM. */
export const LARGE = 9 * 1024 * 1024;
/** Limits of sizes, in bytes per bank. */
const SIZE_MIN = 2048;
const SIZES = 1000;
const SIZE_STEP = 32;

/** Where one plant grows: tests of its own, sizes that no other plant has, and what is true of them. */
export class Plot {
  readonly story: Story;
  readonly random: Random;
  readonly truths: Truth[] = [];
  readonly file: string;
  readonly #plant: string;
  readonly #sizes: Set<number>;
  #lastTest = "";

  /** `sizes`: those that are taken. */
  constructor(plant: string, file: string, story: Story, random: Random, sizes: Set<number>) {
    this.#plant = plant;
    this.file = file;
    this.story = story;
    this.random = random;
    this.#sizes = sizes;
  }

  /** Bytes per bank. */
  size(): number {
    const size = SIZE_MIN + SIZE_STEP * this.random.below(SIZES);
    if (this.#sizes.has(size)) return this.size();
    this.#sizes.add(size);
    return size;
  }

  memoryType(): MemoryType {
    return this.random.of(MEMORY_TYPES);
  }

  buffer(memoryType = this.memoryType(), bytesPerBank = this.size()): PlantedBuffer {
    return this.story.allocate(memoryType, bytesPerBank);
  }

  fixture(name: string, scope: FixtureRef["scope"] = "module"): FixtureRef {
    return { ...fixtureRef(name, scope), baseId: this.file };
  }

  id(name: string): string {
    return `${this.file}::${name}`;
  }

  test(name: string, deeds: Deeds | (() => void), options: TestOptions = {}): void {
    this.#lastTest = this.id(name);
    this.story.test(this.#lastTest, options, typeof deeds === "function" ? { call: deeds } : deeds);
    for (const truth of this.truths) truth.settledBy = this.#lastTest;
  }

  /** A test that opens and closes a device of its own. */
  onOwnDevice(name: string, buffer: PlantedBuffer, by: Keeper | null): void {
    this.#lastTest = this.id(name);
    this.story.testOnOwnDevice(this.#lastTest, buffer, by);
    for (const truth of this.truths) truth.settledBy = this.#lastTest;
  }

  /** A test that leaves nothing: what went before it is seen to be gone. */
  close(): void {
    this.test("test_closes", () => {});
  }

  expect(name: string | null, verdict: Verdict, memoryType: MemoryType | null, attempt = 1): void {
    const test = name === null ? null : this.id(name);
    this.truths.push({ plant: this.#plant, test, attempt, memoryType, verdict, settledBy: this.#lastTest });
  }
}

/** Does something test by test; others' tests run in between. What it expects is what was planted, not what is judged. */
export type Plant = (plot: Plot) => Generator<void>;

/** By name. */
export type Plants = Readonly<Record<string, Plant>>;
