import { LIVE_STATES, type LiveProcess, type LiveSnapshot } from "../../model/live-snapshot.ts";
import type { Metric, MetricFamily, MetricKind, MetricSample } from "../../model/metric.ts";

interface SourceMetric {
  readonly metric: Metric;
  readonly samplesOf: (snapshot: LiveSnapshot) => readonly MetricSample[];
}

interface Words {
  readonly kind?: MetricKind;
  readonly unit?: string;
  readonly labels?: readonly string[];
}

function metric(name: string, help: string, { kind = "gauge", unit = "1", labels = [] }: Words = {}): Metric {
  const telemetryName = `tt_memwatch.${name.replace(/_total$/, "").replace(/_bytes$/, ".size")}`;
  const attributes = labels.map((label) => `tt_memwatch.${label}`);
  return {
    ...{ name: `tt_memwatch_${name}`, help, kind, labels },
    telemetry: { name: telemetryName, unit, attributes, isSum: unit !== "1" },
  };
}

const one = (value: number | null | undefined): readonly MetricSample[] => {
  return value === null || value === undefined ? [] : [{ labels: [], value }];
};

const PROCESS_STATES: readonly LiveProcess["state"][] = ["running", "ended", "lost"];

/** What there is one of in each program, with few labels or none. */
const METRICS: readonly SourceMetric[] = [
  {
    metric: metric("build_info", "Always 1; the labels say which program this is.", { labels: ["version", "command"] }),
    samplesOf: ({ source }) => [{ labels: [source.engine, source.command], value: 1 }],
  },
  {
    metric: metric("state", "1 for the state that the run or server is in.", { labels: ["state"] }),
    samplesOf: ({ state }) => LIVE_STATES.map((each) => ({ labels: [each], value: each === state ? 1 : 0 })),
  },
  {
    metric: metric("tests", "Tests that were collected.", { unit: "{test}" }),
    samplesOf: ({ tests }) => one(tests?.total),
  },
  {
    metric: metric("tests_done_total", "Tests that have ended.", { kind: "counter", unit: "{test}" }),
    samplesOf: ({ tests }) => one(tests?.done),
  },
  {
    metric: metric("tests_failed_total", "Tests that failed or had an error.", { kind: "counter", unit: "{test}" }),
    samplesOf: ({ tests }) => one(tests?.failed),
  },
  {
    metric: metric("allocations_total", "Buffers that were allocated.", { kind: "counter", unit: "{buffer}" }),
    samplesOf: ({ traffic }) => one(traffic?.allocations),
  },
  {
    metric: metric("frees_total", "Buffers that were freed, or went with their allocator.", {
      kind: "counter",
      unit: "{buffer}",
    }),
    samplesOf: ({ traffic }) => one(traffic?.frees),
  },
  {
    metric: metric("processes", "Processes that were heard from, by what became of them.", {
      unit: "{process}",
      labels: ["state"],
    }),
    samplesOf: ({ processes }) =>
      PROCESS_STATES.map((state) => {
        return { labels: [state], value: processes.filter((each) => each.state === state).length };
      }),
  },
  {
    metric: metric("findings", "Findings when they were judged last, by verdict.", {
      unit: "{finding}",
      labels: ["verdict"],
    }),
    samplesOf: ({ causes }) => causes.verdicts.map(({ verdict, findings }) => ({ labels: [verdict], value: findings })),
  },
  {
    metric: metric("findings_bytes", "Memory of the findings when they were judged last, by verdict.", {
      unit: "By",
      labels: ["verdict"],
    }),
    samplesOf: ({ causes }) =>
      causes.verdicts.map(({ verdict, sizeBytes }) => ({ labels: [verdict], value: sizeBytes })),
  },
  {
    metric: metric("failing_findings", "Findings that fail the run, when they were judged last.", {
      unit: "{finding}",
    }),
    samplesOf: ({ causes }) => (causes.judgedAtMs === null ? [] : one(causes.failing)),
  },
  {
    metric: metric("lost_records_total", "Traced records that were overwritten before they were read.", {
      kind: "counter",
      unit: "{record}",
    }),
    samplesOf: ({ lost }) => one(lost.records),
  },
  {
    metric: metric(
      "dropped_messages_total",
      "Messages of plugins that were dropped, because nobody read them in time.",
      {
        kind: "counter",
        unit: "{message}",
      },
    ),
    samplesOf: ({ lost }) => one(lost.messages),
  },
  {
    metric: metric("refused_connections_total", "Connections that could not be understood, or were too many.", {
      kind: "counter",
      unit: "{connection}",
    }),
    samplesOf: ({ lost }) => one(lost.refused),
  },
];

export const SOURCE_METRICS: readonly Metric[] = METRICS.map(({ metric: each }) => each);

export function sourceFamilies(snapshot: LiveSnapshot): readonly MetricFamily[] {
  return METRICS.map(({ metric: each, samplesOf }) => ({ metric: each, samples: samplesOf(snapshot) }));
}
