import type { MemoryRegion, RegionMemory, RegionsSnapshot } from "../../model/memory-region.ts";
import type { Metric, MetricFamily, MetricSample } from "../../model/metric.ts";

const BYTES: Metric = {
  name: "tt_memwatch_region_bytes",
  help: "Memory of a chip as programs on tt-metal count it in shared memory, by what is known of those programs.",
  kind: "gauge",
  labels: ["chip", "memory_type", "program"],
  telemetry: {
    name: "tt_memwatch.region.memory",
    unit: "By",
    attributes: ["hw.id", "tt.memory.type", "tt_memwatch.program"],
    isSum: true,
  },
};

const PROGRAMS: Metric = {
  name: "tt_memwatch_region_programs",
  help: "Programs on tt-metal that count what they hold of a chip, by what is known of them.",
  kind: "gauge",
  labels: ["chip", "program"],
  telemetry: {
    name: "tt_memwatch.region.programs",
    unit: "{process}",
    attributes: ["hw.id", "tt_memwatch.program"],
    isSum: true,
  },
};

const UNREAD: Metric = {
  name: "tt_memwatch_regions_unread",
  help: "Files of a region's name that could not be read.",
  kind: "gauge",
  labels: [],
  telemetry: { name: "tt_memwatch.regions.unread", unit: "{file}", attributes: [], isSum: true },
};

export const REGION_METRICS: readonly Metric[] = [BYTES, PROGRAMS, UNREAD];

/** Chips whose figures are given; each has a few dozen. */
const CHIPS_MAX = 64;

/** What all programs on tt-metal hold by their own count, of this machine and not of a run. */
export function regionFamilies({ regions, unread, leftOut }: RegionsSnapshot): readonly MetricFamily[] {
  const told = regions.slice(0, CHIPS_MAX);
  return [
    { metric: BYTES, samples: told.flatMap(({ chip, memories }) => memories.flatMap((each) => bytesOf(chip, each))) },
    { metric: PROGRAMS, samples: told.flatMap(programsOf) },
    { metric: UNREAD, samples: [{ labels: [], value: unread.length + leftOut }] },
  ];
}

function bytesOf(chip: string, memory: RegionMemory): readonly MetricSample[] {
  const values = {
    running: memory.usedBytes,
    unverifiable: memory.unverifiableBytes,
    ended: memory.staleBytes,
    unattributed: memory.unattributedBytes,
  };
  return Object.entries(values).flatMap(([program, value]) => {
    return value === null ? [] : [{ labels: [chip, memory.memoryType, program], value }];
  });
}

function programsOf({ chip, processes }: MemoryRegion): readonly MetricSample[] {
  return (["running", "unverifiable", "ended"] as const).map((state) => {
    return { labels: [chip, state], value: processes.filter((each) => each.state === state).length };
  });
}
