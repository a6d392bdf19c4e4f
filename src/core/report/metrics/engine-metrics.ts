import type { Metric, MetricFamily } from "../../model/metric.ts";

/** What the engine's own process has used. */
export interface EngineUse {
  /** Of all its cores, since it started. */
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  /** Since 1970. */
  readonly startSeconds: number;
}

/** Named as every program names them that Prometheus scrapes. */
const CPU: Metric = {
  name: "process_cpu_seconds_total",
  help: "Processor time that tt-memwatch itself has used.",
  kind: "counter",
  labels: [],
  telemetry: { name: "process.cpu.time", unit: "s", attributes: [], isSum: true },
};

const RESIDENT: Metric = {
  name: "process_resident_memory_bytes",
  help: "Host memory that tt-memwatch itself takes.",
  kind: "gauge",
  labels: [],
  telemetry: { name: "process.memory.usage", unit: "By", attributes: [], isSum: true },
};

const START: Metric = {
  name: "process_start_time_seconds",
  help: "When tt-memwatch started, in seconds since 1970.",
  kind: "gauge",
  labels: [],
  telemetry: { name: "tt_memwatch.start_time", unit: "s", attributes: [], isSum: false },
};

export const ENGINE_METRICS: readonly Metric[] = [CPU, RESIDENT, START];

export function engineFamilies({ cpuSeconds, residentBytes, startSeconds }: EngineUse): readonly MetricFamily[] {
  return [
    { metric: CPU, samples: [{ labels: [], value: cpuSeconds }] },
    { metric: RESIDENT, samples: [{ labels: [], value: residentBytes }] },
    { metric: START, samples: [{ labels: [], value: startSeconds }] },
  ];
}
