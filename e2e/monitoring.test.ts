import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { z } from "zod";
import { dashboardText, QUERIES } from "../scripts/grafana-dashboard.ts";
import { METRICS } from "../src/core/report/metrics/metrics.ts";
import { NO_PROMETHEUS, promtoolRefusal } from "./prometheus.ts";
import { CLONE, LEAKING_TEST, makeSuite, NEWEST, programOf, run } from "./run-harness.ts";
import { serve } from "./serve-program.ts";

const MONITORING = join(CLONE, "docs", "monitoring");
const home = mkdtempSync(join(tmpdir(), "tt-memwatch-monitoring-"));
after(() => rmSync(home, { recursive: true }));

function shipped(name: string): string {
  return readFileSync(join(MONITORING, name), "utf8");
}

test("the alerts do what they say", { skip: NO_PROMETHEUS }, () => {
  assert.equal(promtoolRefusal(["check", "rules", join(MONITORING, "alerts.yml")]), null);
  assert.equal(promtoolRefusal(["test", "rules", join(MONITORING, "alerts.test.yml")]), null);
});

test("the dashboard is the one that is built, and its queries can be read", { skip: NO_PROMETHEUS }, () => {
  assert.equal(shipped("dashboard.json"), dashboardText(), "make it anew: node scripts/grafana-dashboard.ts");
  const rules = QUERIES.map((expr, index) => {
    return { record: `tt_memwatch:query_${index}`, expr: expr.replaceAll("$__rate_interval", "5m") };
  });
  const file = join(home, "queries.yml");
  writeFileSync(file, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
  assert.equal(promtoolRefusal(["check", "rules", file]), null);
});

test("alerts and dashboard ask for metrics that there are", () => {
  const known = new Set(METRICS.map(({ name }) => name));
  const asked = [shipped("alerts.yml"), ...QUERIES].flatMap((text) => text.match(/\btt_memwatch_\w+/g) ?? []);
  assert.deepEqual(
    asked.filter((name) => !known.has(name)),
    [],
  );
});

test("the table in docs/monitoring.md is that of the metrics", () => {
  const rows = METRICS.map(({ name, kind, labels, telemetry, help }) => {
    const labelled = labels.length === 0 ? "" : ` {${labels.join(", ")}}`;
    return `| \`${name}${labelled}\` | ${kind} | \`${telemetry.name}\` | ${help} |`;
  });
  const table = readFileSync(join(CLONE, "docs", "monitoring.md"), "utf8")
    .split("\n")
    .filter((line) => /^\| `(tt_memwatch|process)_/.test(line));
  assert.deepEqual(table, rows);
});

test("a server's metrics are as Prometheus wants them", { skip: NO_PROMETHEUS }, async () => {
  const serving = await serve(["--metrics=0"]);
  const [, address = ""] = await serving.sees(/metrics are at (http\S+)/);
  const client = await serving.connect();
  const response = await fetch(address);
  const text = await response.text();
  assert.match(text, /^tt_memwatch_build_info\{version="[^"]+",command="serve"\} 1$/m);
  assert.match(text, /^process_cpu_seconds_total \d/m);
  assert.equal(promtoolRefusal(["check", "metrics"], text), null);
  client.close();
  await serving.stop();
});

const Attribute = z.object({ key: z.string(), value: z.object({ stringValue: z.string() }) });
const Value = z.object({
  asDouble: z.number().optional(),
  asInt: z.number().optional(),
  attributes: z.array(Attribute),
});
const Pushed = z.object({
  resourceMetrics: z.array(
    z.object({
      resource: z.object({ attributes: z.array(Attribute) }),
      scopeMetrics: z.array(
        z.object({
          metrics: z.array(
            z.object({
              name: z.string(),
              sum: z.object({ dataPoints: z.array(Value) }).optional(),
              gauge: z.object({ dataPoints: z.array(Value) }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

test("a run pushes what it found, and is none the worse where nobody takes it", async () => {
  const heard: string[] = [];
  const collector = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    heard.push(body);
    response.setHeader("Content-Type", "application/json").end("{}");
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  const { port } = collector.address() as AddressInfo;
  const cwd = makeSuite({ "test_leak.py": LEAKING_TEST });
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_RESOURCE_ATTRIBUTES: "service.name=suite,rack=7",
    OTEL_SERVICE_NAME: "nightly",
  };
  const push = () => run(["--otlp"], [programOf(NEWEST, "pytest"), "-q"], { cwd, env });
  const taken = await push();
  collector.close();
  collector.closeAllConnections();
  const away = await push();
  assert.deepEqual([taken.exitCode, away.exitCode], [1, 1]);
  assert.doesNotMatch(taken.stderr, /not pushed/);
  assert.match(away.stderr, /metrics are not pushed: connect ECONNREFUSED .* Is a collector there\?/);
  const [pushed] = Pushed.parse(JSON.parse(heard.at(-1) ?? "")).resourceMetrics;
  const resource = Object.fromEntries(
    pushed?.resource.attributes.map(({ key, value }) => [key, value.stringValue]) ?? [],
  );
  assert.deepEqual([resource["service.name"], resource["host.name"], resource.rack], ["nightly", hostname(), "7"]);
  const metrics = pushed?.scopeMetrics[0]?.metrics ?? [];
  const valuesOf = (name: string) => {
    const points = metrics
      .filter((metric) => metric.name === name)
      .flatMap(({ sum, gauge }) => (sum ?? gauge)?.dataPoints ?? []);
    return points.map(({ asDouble, asInt, attributes }) => [
      asDouble ?? asInt,
      ...attributes.map(({ value }) => value.stringValue),
    ]);
  };
  assert.deepEqual(valuesOf("tt_memwatch.findings"), [[1, "suspect"]]);
  assert.deepEqual(valuesOf("tt_memwatch.tests_done"), [[1]]);
});
