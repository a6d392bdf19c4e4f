import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../../e2e/chaos/random.ts";
import type { Deed } from "../../fixtures/recording/recorded.ts";
import { type Damage, recordDamage } from "./damage.ts";
import { INNOCENTS } from "./plants/innocents.ts";
import { LEAKS } from "./plants/leaks.ts";
import { MIXED } from "./plants/mixed.ts";
import { TRACED } from "./plants/traced.ts";
import { type Plant, type Plants, Plot, type Truth } from "./plot.ts";
import { Story } from "./story.ts";

/** What the engine hears of a run, and what is true of it. */
export interface PlantedRun {
  readonly deeds: readonly Deed[];
  readonly truths: readonly Truth[];
}

/** What the tracer has no part in, and with what only it sees. */
const UNTRACED: Plants = { ...LEAKS, ...INNOCENTS, ...MIXED };
const ALL: Plants = { ...UNTRACED, ...TRACED };
/** One process of so many is not traced. */
const UNTRACED_EVERY = 4;
/** Each plant grows this often, in places and between others that the seed says. */
const TIMES_EACH = 2;
/** Enough for all between two looks; a small ring is overwritten before it is read. */
const RING_RECORDS = 4096;
/** Of the same code in both processes; no plant has that size. */
const SHARED_BYTES_PER_BANK = 99_328;
const SMALL_RING_RECORDS = 8;

/** Two pytest processes, with every kind of plant in each, as the seed has them. */
export function plantRun(seed: number, damage: Damage): PlantedRun {
  const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-planted-"));
  try {
    const random = new Random(seed);
    const parts = [0, 1].map((process) => plantProcess(process, folder, damage, random));
    const deeds = merged(
      parts.map((part) => part.deeds),
      random,
    );
    return {
      deeds: damage === "pid-reused" ? parts.flatMap((part) => part.deeds) : deeds,
      truths: parts.flatMap(({ truths }) => truths),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function plantProcess(process: number, folder: string, damage: Damage, random: Random): PlantedRun {
  const pid = damage === "pid-reused" ? 4711 : 4711 + process;
  const ringRecords = damage === "small-ring" ? SMALL_RING_RECORDS : RING_RECORDS;
  const isTraced = random.below(UNTRACED_EVERY) > 0;
  using story = new Story({ process, pid, folder, ringRecords, isTraced }, recordDamage(damage, random));
  const sizes = new Set<number>();
  const plants = Object.entries(isTraced ? ALL : UNTRACED);
  const plots = shuffled(Array.from({ length: TIMES_EACH }, () => plants).flat(), random).map(([name, plant], index) =>
    growing(plant, new Plot(name, `tests/test_p${process}_${index}.py`, story, random, sizes)),
  );
  let steps = damage === "crash" ? random.below(plants.length * TIMES_EACH) : Number.POSITIVE_INFINITY;
  const open = [...plots];
  for (; open.length > 0 && steps > 0; steps--) {
    const next = random.below(Math.min(open.length, 4));
    if (open[next]?.growth.next().done === true) open.splice(next, 1);
  }
  const shared = new Plot("left in both processes", "tests/test_shared.py", story, random, sizes);
  shared.test(`test_adds[${process}]`, () => shared.buffer("DRAM", SHARED_BYTES_PER_BANK));
  shared.expect(`test_adds[${process}]`, "leak", "DRAM");
  if (damage === "crash") story.crash(`tests/test_crash_${process}.py::test_crashes`, "DRAM", 4096);
  else story.end(`tests/test_last_${process}.py::test_last`);
  return { deeds: story.deeds, truths: [...plots.map(({ plot }) => plot), shared].flatMap(({ truths }) => truths) };
}

/** Two processes at the same time: what each says is heard in its order. */
function merged(parts: readonly (readonly Deed[])[], random: Random): Deed[] {
  const rest = parts.map((deeds) => [...deeds]);
  const all: Deed[] = [];
  while (rest.some(({ length }) => length > 0)) all.push(...random.of(rest).splice(0, 1 + random.below(50)));
  return all;
}

function growing(plant: Plant, plot: Plot) {
  return { plot, growth: plant(plot) };
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  const rest = [...all];
  return all.flatMap(() => rest.splice(random.below(rest.length), 1));
}
