import { Counter, Gauge, Registry } from "prom-client";
import type { Metric, MetricFamily } from "../../core/model/metric.ts";

/** What a scrape gets: text of one instant. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Puts metrics into the text format that Prometheus scrapes. */
export class Prometheus {
  readonly #registry = new Registry();
  readonly #instruments: ReadonlyMap<string, Gauge | Counter>;

  /** `metrics`: all that will be reported. */
  constructor(metrics: readonly Metric[]) {
    this.#instruments = new Map(metrics.map((metric) => [metric.name, this.#instrumentOf(metric)]));
  }

  /** Before anything is known. */
  get nothing(): Exposition {
    return { contentType: this.#registry.contentType, text: "" };
  }

  async expose(families: readonly MetricFamily[]): Promise<Exposition> {
    for (const { metric, samples } of families) {
      const instrument = this.#instruments.get(metric.name);
      if (instrument === undefined) throw new Error(`${metric.name} was not declared`);
      // The library's counters count themselves: each begins anew, with what was counted elsewhere.
      instrument.reset();
      for (const { labels, value } of samples) instrument.inc(labelled(metric, labels), value);
      // What has no labels begins at 0 there, known or not.
      if (samples.length === 0 && metric.labels.length === 0) instrument.remove();
    }
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #instrumentOf({ name, help, kind, labels }: Metric): Gauge | Counter {
    const what = { name, help, labelNames: [...labels], registers: [this.#registry] };
    return kind === "counter" ? new Counter(what) : new Gauge(what);
  }
}

function labelled({ labels }: Metric, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((name, index) => [name, values[index] ?? ""]));
}
