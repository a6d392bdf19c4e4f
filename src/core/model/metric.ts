/** What is counted of one thing: its labels, in the order of the metric's names for them, and a value. */
export interface MetricSample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** `gauge`: goes up and down. `counter`: only up, until the program starts anew. */
export type MetricKind = "gauge" | "counter";

/** A metric as monitoring systems take it, by the names that each of them gives such things. */
export interface Metric {
  /** By Prometheus' rules: with its base unit, and `_total` where it counts. */
  readonly name: string;
  readonly help: string;
  readonly kind: MetricKind;
  readonly labels: readonly string[];
  /** As OpenTelemetry knows it. */
  readonly telemetry: TelemetryNames;
}

interface TelemetryNames {
  /** A semantic convention's, where one fits. */
  readonly name: string;
  /** By UCUM: `By` are bytes, `{test}` are tests. */
  readonly unit: string;
  /** One for each label, in their order. */
  readonly attributes: readonly string[];
  /** Whether values of several things may be added: of such a gauge an up-down counter is made. */
  readonly isSum: boolean;
}

/** All that is known of a metric at an instant. */
export interface MetricFamily {
  readonly metric: Metric;
  /** No two of the same labels. */
  readonly samples: readonly MetricSample[];
}
