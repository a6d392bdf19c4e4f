import { writeFileSync } from "node:fs";
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";

/** Grafana's width of a row. */
const ROW_SPAN = 24;
const PANEL_HEIGHT = 8;
const STAT_HEIGHT = 4;

const BYTES = "bytes";
const SOURCE = { type: "prometheus", uid: "$source" };
/** Of the machines that are chosen at the top. */
const CHOSEN = 'instance=~"$instance"';
const MEMORY = "{{instance}} device {{device}} {{memory_type}} {{worker}}";

interface Shown {
  readonly title: string;
  readonly description: string;
  readonly expr: string;
  readonly legend: string;
  readonly unit?: string;
}

const NUMBERS: readonly Shown[] = [
  {
    title: "Findings that fail",
    description: "Of the runs that go on, when they were judged last.",
    expr: `sum(tt_memwatch_failing_findings{${CHOSEN}} and on (instance) tt_memwatch_build_info{command="run"})`,
    legend: "",
  },
  {
    title: "Left by tests that have ended",
    description: "What servers know of, caches included.",
    expr: `sum(tt_memwatch_memory_left_bytes{${CHOSEN}})`,
    legend: "",
    unit: BYTES,
  },
  {
    title: "Tests that have ended",
    description: "Of the runs that go on.",
    expr: `sum(tt_memwatch_tests_done_total{${CHOSEN}})`,
    legend: "",
  },
  {
    title: "Machines that answer",
    description: "tt-memwatch runs there.",
    expr: `count(tt_memwatch_build_info{${CHOSEN}})`,
    legend: "",
  },
];

const MEMORIES: readonly Shown[] = [
  {
    title: "Device memory in use",
    description: "Over all banks of a chip.",
    expr: `tt_memwatch_memory_used_bytes{${CHOSEN}}`,
    legend: MEMORY,
    unit: BYTES,
  },
  {
    title: "Share of the memory that is in use",
    description: "Of what the allocator gives out at most.",
    expr: `tt_memwatch_memory_used_bytes{${CHOSEN}} / (tt_memwatch_memory_capacity_bytes{${CHOSEN}} > 0)`,
    legend: MEMORY,
    unit: "percentunit",
  },
  {
    title: "Largest free block",
    description: "What one more interleaved buffer can take.",
    expr: `tt_memwatch_memory_largest_free_bytes{${CHOSEN}}`,
    legend: MEMORY,
    unit: BYTES,
  },
  {
    title: "Live buffers",
    description: "Allocated and not freed.",
    expr: `tt_memwatch_memory_buffers{${CHOSEN}}`,
    legend: MEMORY,
  },
];

const FINDINGS: readonly Shown[] = [
  {
    title: "Findings by verdict",
    description: "When they were judged last. Those of a server are what tt-memwatch dump finds at that time.",
    expr: `sum by (instance, verdict) (tt_memwatch_findings{${CHOSEN}})`,
    legend: "{{instance}} {{verdict}}",
  },
  {
    title: "Memory of the findings by verdict",
    description: "When they were judged last.",
    expr: `sum by (instance, verdict) (tt_memwatch_findings_bytes{${CHOSEN}})`,
    legend: "{{instance}} {{verdict}}",
    unit: BYTES,
  },
];

const PROGRAMS: readonly Shown[] = [
  {
    title: "All programs on tt-metal, by their own count",
    description: "Also those that run without tt-memwatch. `ended`: killed ones, whose rows tt-metal leaves.",
    expr: `sum by (instance, chip, memory_type, program) (tt_memwatch_region_bytes{${CHOSEN}})`,
    legend: "{{instance}} {{chip}} {{memory_type}} {{program}}",
    unit: BYTES,
  },
  {
    title: "Records that were lost",
    description: "A second. Reports of these programs may be incomplete.",
    expr: `rate(tt_memwatch_lost_records_total{${CHOSEN}}[$__rate_interval])`,
    legend: "{{instance}}",
  },
];

/** The queries, for a check that they can be read. */
export const QUERIES: readonly string[] = [NUMBERS, MEMORIES, FINDINGS, PROGRAMS].flat().map(({ expr }) => expr);

/** Built by Grafana's own library, whose types are made from the schema of dashboards. */
export function dashboard(): Dashboard {
  const builder = new DashboardBuilder("Device memory (tt-memwatch)")
    .uid("tt-memwatch")
    .tags(["tenstorrent", "tt-memwatch"])
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .timezone("browser")
    .withVariable(new DatasourceVariableBuilder("source").label("Source").type("prometheus"))
    .withVariable(
      new QueryVariableBuilder("instance")
        .label("Machine")
        .datasource(SOURCE)
        .query("label_values(tt_memwatch_build_info, instance)")
        .multi(true)
        .includeAll(true),
    );
  for (const shown of NUMBERS) builder.withPanel(stat(shown));
  const rows = { "Memory of devices": MEMORIES, "What tests left": FINDINGS, "Beside the tests": PROGRAMS };
  for (const [title, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(title));
    for (const shown of panels) builder.withPanel(series(shown));
  }
  return builder.build();
}

function stat({ title, description, expr, legend, unit }: Shown): StatBuilder {
  const panel = new StatBuilder().title(title).description(description).datasource(SOURCE);
  panel.span(ROW_SPAN / NUMBERS.length).height(STAT_HEIGHT);
  return panel.unit(unit ?? "short").withTarget(query(expr, legend));
}

function series({ title, description, expr, legend, unit }: Shown): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder().title(title).description(description).datasource(SOURCE);
  panel
    .span(ROW_SPAN / 2)
    .height(PANEL_HEIGHT)
    .min(0);
  return panel.unit(unit ?? "short").withTarget(query(expr, legend));
}

function query(expr: string, legend: string): Builder<ReturnType<DataqueryBuilder["build"]>> {
  return new DataqueryBuilder().expr(expr).legendFormat(legend);
}

export function dashboardText(): string {
  return `${JSON.stringify(dashboard(), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(new URL("../docs/monitoring/dashboard.json", import.meta.url), dashboardText());
