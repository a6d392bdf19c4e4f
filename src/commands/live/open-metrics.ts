import { hostname } from "node:os";
import { UsageError } from "../../core/base/usage-error.ts";
import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { MetricFamily } from "../../core/model/metric.ts";
import { METRICS, metricFamilies } from "../../core/report/metrics/metrics.ts";
import { engineVersion } from "../engine-version.ts";
import type { Io } from "../io.ts";
import type { MetricsOptions, MetricsPlace } from "../metrics-options.ts";
import { readNamedFile } from "../named-file.ts";
import { RegionSource } from "../regions/region-source.ts";
import { MetricsSampler } from "./sample-metrics.ts";

const COLLECTOR_REMEDY = "Is a collector there? --otlp=URL or OTEL_EXPORTER_OTLP_ENDPOINT says where";
const TOKEN_FILE = {
  ...{ what: "the token in", remedy: "write one word of letters and digits into it, such as: openssl rand -hex 32" },
  sizeBytesMax: 4_096,
};
/** What RFC 6750 lets a bearer token be. */
const TOKEN = /^[\w.~+/-]+=*$/;
/** Time between two pushes. */
const PUSH_EVERY_MS = 10_000;

/** Tells monitoring systems what is known until it is disposed of, and then a last time. */
export type OpenMetrics = AsyncDisposable;

/**
 * Opens what `--metrics` and `--otlp` ask for. Samples are taken by a clock of ours: neither a scrape nor a push makes work.
 *
 * @throws UsageError where the port cannot be had, or the token not be read
 */
export async function openMetrics(
  command: string,
  { place, tokenFile, otlp }: MetricsOptions,
  io: Io,
  snapshot: () => LiveSnapshot,
): Promise<OpenMetrics> {
  await using opened = new AsyncDisposableStack();
  if (place === null && otlp === undefined) return opened.move();
  const regions = new RegionSource();
  const sampler = new MetricsSampler(io.faults, () => {
    return metricFamilies({ snapshot: snapshot(), regions: regions.readIfAny(), engine: engineUse() });
  });
  if (place !== null) {
    const token = tokenFile === null ? null : readToken(tokenFile, io);
    opened.use(await openScraped(command, place, token, sampler, io));
  }
  if (otlp !== undefined) opened.use(await openPushed(otlp, sampler, io));
  opened.use(sampler.start());
  return opened.move();
}

async function openScraped(
  command: string,
  place: MetricsPlace,
  token: string | null,
  sampler: MetricsSampler,
  io: Io,
): Promise<AsyncDisposable> {
  const { Prometheus } = await import("../../out/metrics/prometheus.ts");
  const { openMetricsServer } = await import("../../out/page-server/metrics-server.ts");
  const prometheus = new Prometheus(METRICS);
  let scraped = prometheus.nothing;
  sampler.onSample(async (families) => {
    scraped = await prometheus.expose(families);
  });
  try {
    const server = await openMetricsServer(() => scraped, { ...place, token });
    const shown = place.address.includes(":") ? `[${place.address}]` : place.address;
    io.stderr.write(`tt-memwatch: metrics are at http://${shown}:${server.port}/metrics\n`);
    return server;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    const reason = error.code === "EADDRINUSE" ? "another program has it" : error.message;
    throw new UsageError(
      `${command}: --metrics cannot have ${place.address}, port ${place.port}: ${reason}; choose another, or --metrics=0 for one that is free`,
    );
  }
}

async function openPushed(url: string | null, sampler: MetricsSampler, io: Io): Promise<AsyncDisposable> {
  const { Telemetry } = await import("../../out/metrics/telemetry.ts");
  const telemetry = new Telemetry(METRICS, {
    ...{ url, everyMs: PUSH_EVERY_MS, version: engineVersion(), host: hostname() },
    onFailure: (reason) => io.stderr.write(`tt-memwatch: metrics are not pushed: ${reason}. ${COLLECTOR_REMEDY}\n`),
  });
  sampler.onSample((families: readonly MetricFamily[]) => telemetry.set(families));
  return { [Symbol.asyncDispose]: () => telemetry.end() };
}

function readToken(file: string, io: Io): string {
  const token = readNamedFile(file, TOKEN_FILE, io).trim();
  if (TOKEN.test(token)) return token;
  throw new UsageError(`${TOKEN_FILE.what} ${file} is none: ${TOKEN_FILE.remedy}`);
}

function engineUse(): { cpuSeconds: number; residentBytes: number; startSeconds: number } {
  const { user, system } = process.cpuUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    startSeconds: Math.round(performance.timeOrigin) / 1000,
  };
}
