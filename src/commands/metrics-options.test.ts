import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { declareMetricsFlags, MetricsFlags, type MetricsOptions, metricsOptions } from "./metrics-options.ts";

function parse(...words: string[]): MetricsOptions {
  const command = declareMetricsFlags(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return metricsOptions(MetricsFlags.parse(command.parse(words, { from: "user" }).opts()));
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

test("a token is for what is scraped", () => {
  assert.equal(parse("--metrics", "--metrics-token-file", "t").tokenFile, "t");
  assert.throws(() => parse("--otlp", "--metrics-token-file=t"), /give both, or neither/);
});

for (const words of ["--metrics=65536", "--metrics=host:1", "--metrics=1.2.3:1", "--metrics=", "--otlp=collector"]) {
  test(`refused: ${words}`, () => {
    assert.throws(() => parse(words), /Wanted /);
  });
}
