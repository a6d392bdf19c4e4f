import type { LiveSnapshot } from "../../model/live-snapshot.ts";
import type { RegionsSnapshot } from "../../model/memory-region.ts";
import type { Metric, MetricFamily } from "../../model/metric.ts";
import { ENGINE_METRICS, type EngineUse, engineFamilies } from "./engine-metrics.ts";
import { MEMORY_METRICS, memoryFamilies } from "./memory-metrics.ts";
import { REGION_METRICS, regionFamilies } from "./region-metrics.ts";
import { SOURCE_METRICS, sourceFamilies } from "./source-metrics.ts";

/** All there are, in the order of the table in docs/monitoring.md. */
export const METRICS: readonly Metric[] = [...MEMORY_METRICS, ...SOURCE_METRICS, ...REGION_METRICS, ...ENGINE_METRICS];

/** What is measured at an instant. */
export interface Sampled {
  readonly snapshot: LiveSnapshot;
  readonly regions: RegionsSnapshot;
  readonly engine: EngineUse;
}

/** What monitoring systems are told. No test, address or pid is a label: their number has no bound. */
export function metricFamilies({ snapshot, regions, engine }: Sampled): readonly MetricFamily[] {
  return [
    ...memoryFamilies(snapshot),
    ...sourceFamilies(snapshot),
    ...regionFamilies(regions),
    ...engineFamilies(engine),
  ];
}
