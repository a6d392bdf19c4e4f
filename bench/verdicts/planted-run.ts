import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Random } from "../../e2e/chaos/random.ts";
import type { Deed } from "../../fixtures/recording/recorded.ts";
import { type Damage, recordDamage } from "./damage.ts";
import { INNOCENTS } from "./plants/innocents.ts";
import { LEAKS } from "./plants/leaks.ts";
import { type Plant, Plot, type Truth } from "./plot.ts";
import { Story } from "./story.ts";

/** What the engine hears of a run, and what is true of it. */
export interface PlantedRun {
  readonly deeds: readonly Deed[];
  readonly truths: readonly Truth[];
}

const PLANTS = Object.entries({ ...LEAKS, ...INNOCENTS });
/** Each plant grows this often, in places and between others that the seed says. */
const TIMES_EACH = 2;
/** Enough for all between two looks; a small ring is overwritten before it is read. */
const RING_RECORDS = 4096;
const SMALL_RING_RECORDS = 8;

/** Two pytest processes, with every kind of plant in each, as the seed has them. */
export function plantRun(seed: number, damage: Damage): PlantedRun {
  const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-planted-"));
  try {
    const random = new Random(seed);
    const parts = [0, 1].map((process) => plantProcess(process, folder, damage, random));
    return { deeds: parts.flatMap(({ deeds }) => deeds), truths: parts.flatMap(({ truths }) => truths) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function plantProcess(process: number, folder: string, damage: Damage, random: Random): PlantedRun {
  const pid = damage === "pid-reused" ? 4711 : 4711 + process;
  const ringRecords = damage === "small-ring" ? SMALL_RING_RECORDS : RING_RECORDS;
  using story = new Story({ process, pid, folder, ringRecords }, recordDamage(damage, random));
  const sizes = new Set<number>();
  const plots = shuffled(Array.from({ length: TIMES_EACH }, () => PLANTS).flat(), random).map(([name, plant], index) =>
    growing(plant, new Plot(name, `tests/test_p${process}_${index}.py`, story, random, sizes)),
  );
  let steps = damage === "crash" ? random.below(PLANTS.length * TIMES_EACH) : Number.POSITIVE_INFINITY;
  const open = [...plots];
  for (; open.length > 0 && steps > 0; steps--) {
    const next = random.below(Math.min(open.length, 4));
    if (open[next]?.growth.next().done === true) open.splice(next, 1);
  }
  if (damage === "crash") story.crash(`tests/test_crash_${process}.py::test_crashes`, "DRAM", 4096);
  else story.end();
  return { deeds: story.deeds, truths: plots.flatMap(({ plot }) => plot.truths) };
}

function growing(plant: Plant, plot: Plot) {
  return { plot, growth: plant(plot) };
}

function shuffled<T>(all: readonly T[], random: Random): T[] {
  const rest = [...all];
  return all.flatMap(() => rest.splice(random.below(rest.length), 1));
}
