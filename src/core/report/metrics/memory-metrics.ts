import type { LiveDevice, LiveMemory, LiveSnapshot } from "../../model/live-snapshot.ts";
import type { Metric, MetricFamily, MetricSample } from "../../model/metric.ts";

/** A device that is known by an opening only: each has another number, and no system bears a label for each. */
const UNKNOWN_CHIP = "unknown";

const LABELS = ["device", "memory_type", "worker"] as const;
const ATTRIBUTES = ["hw.id", "tt.memory.type", "pytest.worker"] as const;

interface MemoryMetric {
  readonly metric: Metric;
  /** null: not known. */
  readonly valueIn: (memory: LiveMemory) => number | null;
  /** Of several processes that have the same labels. */
  readonly join: (values: readonly number[]) => number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const most = (values: readonly number[]): number => Math.max(...values);
const least = (values: readonly number[]): number => Math.min(...values);

const METRICS: readonly MemoryMetric[] = [
  {
    metric: memoryMetric(
      "used_bytes",
      "Memory of a device that is allocated, over all banks.",
      "hw.gpu.memory.usage",
      true,
    ),
    valueIn: ({ usedBytes }) => usedBytes,
    join: sum,
  },
  {
    metric: memoryMetric(
      "capacity_bytes",
      "Memory that the allocator of a device gives out at most, over all banks.",
      "hw.gpu.memory.limit",
      true,
    ),
    valueIn: ({ capacityBytes }) => capacityBytes,
    join: most,
  },
  {
    metric: memoryMetric(
      "largest_free_bytes",
      "The largest free piece of each bank, times the banks: what one more interleaved buffer can take.",
      "tt_memwatch.memory.largest_free",
      false,
    ),
    valueIn: ({ largestFreeBytes }) => largestFreeBytes,
    join: least,
  },
  {
    metric: memoryMetric("peak_bytes", "The most that was allocated at once so far.", "tt_memwatch.memory.peak", false),
    valueIn: ({ peakBytes }) => peakBytes,
    join: most,
  },
  {
    metric: {
      ...memoryMetric("buffers", "Buffers that are allocated.", "tt_memwatch.memory.buffers", true),
      telemetry: { name: "tt_memwatch.memory.buffers", unit: "{buffer}", attributes: ATTRIBUTES, isSum: true },
    },
    valueIn: ({ buffers }) => buffers,
    join: sum,
  },
  {
    metric: memoryMetric(
      "left_bytes",
      "Memory that tests allocated which have ended, in processes that go on; an allocation server knows it.",
      "tt_memwatch.memory.left",
      true,
    ),
    valueIn: ({ leftBytes }) => leftBytes,
    join: sum,
  },
];

export const MEMORY_METRICS: readonly Metric[] = METRICS.map(({ metric }) => metric);

function memoryMetric(suffix: string, help: string, telemetryName: string, isSum: boolean): Metric {
  return {
    name: `tt_memwatch_memory_${suffix}`,
    help,
    kind: "gauge",
    labels: LABELS,
    telemetry: { name: telemetryName, unit: "By", attributes: ATTRIBUTES, isSum },
  };
}

/** By device, memory type and worker of pytest-xdist; processes that have ended hold nothing. */
export function memoryFamilies({ devices, processes }: LiveSnapshot): readonly MetricFamily[] {
  const running = new Map(processes.filter(({ state }) => state === "running").map((each) => [each.pid, each]));
  const memories = devices
    .filter(({ pid }) => pid === null || running.has(pid))
    .flatMap((device) => {
      const worker = device.pid === null ? "" : (running.get(device.pid)?.worker ?? "");
      return device.memories.map((memory) => ({ labels: [chipOf(device), memory.memoryType, worker], memory }));
    });
  const groups = [...Map.groupBy(memories, ({ labels }) => labels.join("\0")).values()];
  return METRICS.map(({ metric, valueIn, join }) => {
    const samples = groups.flatMap((alike): MetricSample[] => {
      const values = alike.map(({ memory }) => valueIn(memory)).filter((value) => value !== null);
      const labels = alike[0]?.labels;
      return labels === undefined || values.length === 0 ? [] : [{ labels, value: join(values) }];
    });
    return { metric, samples };
  });
}

function chipOf({ device, openedAs }: LiveDevice): string {
  return openedAs === null ? String(device) : UNKNOWN_CHIP;
}
