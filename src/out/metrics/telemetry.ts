import type { Observable } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import type { Metric, MetricFamily } from "../../core/model/metric.ts";

/** Time that one push may take, and the last one of all. */
const PUSH_WITHIN_MS = 3_000;
/** OTEL_RESOURCE_ATTRIBUTES, and OTEL_SERVICE_NAME, which takes precedence. */
const STANDARD_VARIABLES = [resourceAttributesEnvDetector, serviceNameEnvDetector];
/** The SDK has no code for it in its interface: 0 is success. */
const SUCCESS = 0;

export interface TelemetryOptions {
  /** Where to push, such as `http://localhost:4318/v1/metrics`; null: where the standard variables say. */
  readonly url: string | null;
  readonly everyMs: number;
  /** Which program pushes. */
  readonly version: string;
  readonly host: string;
  /** A push has failed, once in a row of such. */
  readonly onFailure: (reason: string) => void;
}

/** Pushes metrics by OTLP over HTTP. Whatever becomes of a push costs nothing but its figures. */
export class Telemetry {
  readonly #provider: MeterProvider;
  #families = new Map<string, MetricFamily>();

  constructor(metrics: readonly Metric[], options: TelemetryOptions) {
    const exporter = new OTLPMetricExporter({
      timeoutMillis: PUSH_WITHIN_MS,
      ...(options.url && { url: options.url }),
    });
    const reader = new PeriodicExportingMetricReader({
      exporter: telling(exporter, options.onFailure),
      exportIntervalMillis: options.everyMs,
      exportTimeoutMillis: Math.min(PUSH_WITHIN_MS, options.everyMs),
    });
    const own = { "service.name": "tt-memwatch", "service.version": options.version, "host.name": options.host };
    // What the standard variables say takes precedence.
    const resource = resourceFromAttributes(own).merge(detectResources({ detectors: STANDARD_VARIABLES }));
    this.#provider = new MeterProvider({ resource, readers: [reader] });
    for (const metric of metrics) this.#observe(metric);
  }

  /** What is pushed from here on. */
  set(families: readonly MetricFamily[]): void {
    this.#families = new Map(families.map((family) => [family.metric.name, family]));
  }

  /** Pushes what was set last, and no more. */
  async end(): Promise<void> {
    try {
      await this.#provider.shutdown({ timeoutMillis: PUSH_WITHIN_MS });
    } catch {
      // Was reported by the exporter, or took too long.
    }
  }

  #observe({ name, help, kind, telemetry }: Metric): void {
    const meter = this.#provider.getMeter("tt-memwatch");
    const what = { description: help, unit: telemetry.unit };
    const instrument: Observable =
      kind === "counter"
        ? meter.createObservableCounter(telemetry.name, what)
        : telemetry.isSum
          ? meter.createObservableUpDownCounter(telemetry.name, what)
          : meter.createObservableGauge(telemetry.name, what);
    instrument.addCallback((result) => {
      for (const { labels, value } of this.#families.get(name)?.samples ?? []) {
        result.observe(value, attributesOf(telemetry.attributes, labels));
      }
    });
  }
}

/** Hardware's semantic conventions want a type; that of an accelerator is a GPU's. */
function attributesOf(names: readonly string[], labels: readonly string[]): Record<string, string> {
  const given = Object.fromEntries(names.map((name, index) => [name, labels[index] ?? ""]));
  return names.includes("hw.id") ? { ...given, "hw.type": "gpu", "hw.vendor": "Tenstorrent" } : given;
}

/** The same exporter, which says when pushing begins to fail. */
function telling(exporter: OTLPMetricExporter, onFailure: (reason: string) => void): PushMetricExporter {
  let isFailing = false;
  const push = exporter.export.bind(exporter);
  exporter.export = (metrics: ResourceMetrics, done: Parameters<typeof push>[1]): void => {
    push(metrics, (result) => {
      const hasFailed = result.code !== SUCCESS;
      if (hasFailed && !isFailing) onFailure(result.error?.message ?? "the push failed");
      isFailing = hasFailed;
      // The SDK writes what fails to standard error, which is the suite's.
      done({ code: SUCCESS });
    });
  };
  return exporter;
}
