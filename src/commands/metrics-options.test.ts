import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { declareMetricsFlags, MetricsFlags, type MetricsOptions, metricsOptions } from "./metrics-options.ts";

function parse(...words: string[]): MetricsOptions {
  return parseIn({}, ...words);
}

function parseIn(env: NodeJS.ProcessEnv, ...words: string[]): MetricsOptions {
  const command = declareMetricsFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return metricsOptions(MetricsFlags.parse(command.parse(words, { from: "user" }).opts()), env);
}

test("metrics are asked for with a port, an address and a port, or neither", () => {
  const at = (address: string, port: number) => ({ place: { address, port }, tokenFile: null, otlp: undefined });
  assert.deepEqual(parse(), { place: null, tokenFile: null, otlp: undefined });
  assert.deepEqual(parse("--metrics"), at("127.0.0.1", 9464));
  assert.deepEqual(parse("--metrics=0"), at("127.0.0.1", 0));
  assert.deepEqual(parse("--metrics=localhost:9000"), at("127.0.0.1", 9000));
  assert.deepEqual(parse("--metrics", "0.0.0.0:9000"), at("0.0.0.0", 9000));
  assert.deepEqual(parse("--metrics=[::1]:9000"), at("::1", 9000));
});

test("they are pushed to a URL, or where the environment says", () => {
  assert.deepEqual(parse("--otlp"), { place: null, tokenFile: null, otlp: null });
  const url = "https://collector:4318/v1/metrics";
  assert.deepEqual(parse("--otlp", url), { place: null, tokenFile: null, otlp: url });
});

test("a variable that says where to push has to be a URL, where it counts", () => {
  const otel = (metrics: string, all: string) => ({
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: metrics,
    OTEL_EXPORTER_OTLP_ENDPOINT: all,
  });
  for (const wrong of [otel("", "collector"), otel("collector:4318", "http://a"), otel("ftp://a", "")]) {
    assert.throws(() => parseIn(wrong, "--otlp"), /--otlp: OTEL_\w+ is ".*", which is no URL; write all of it/);
    assert.equal(parseIn(wrong, "--otlp=http://a").otlp, "http://a");
    assert.equal(parseIn(wrong).otlp, undefined);
  }
  for (const right of [{}, otel(" ", " "), otel("", " https://a:4318 "), otel("http://a/v1/metrics", "collector")]) {
    assert.equal(parseIn(right, "--otlp").otlp, null);
  }
});

test("a token is for what is scraped", () => {
  assert.equal(parse("--metrics", "--metrics-token-file", "t").tokenFile, "t");
  assert.throws(() => parse("--otlp", "--metrics-token-file=t"), /give both, or neither/);
});

for (const words of ["--metrics=65536", "--metrics=host:1", "--metrics=1.2.3:1", "--metrics=", "--otlp=collector"]) {
  test(`refused: ${words}`, () => {
    assert.throws(() => parse(words), /Wanted /);
  });
}
