import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Faults } from "../own-faults.ts";
import { MetricsSampler } from "./sample-metrics.ts";

test("a sample is taken at once, and a last one at the end", async () => {
  const faults = new Faults(new PassThrough());
  let taken = 0;
  const heard: number[] = [];
  const sampler = new MetricsSampler(faults, () => {
    taken += 1;
    return [];
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  sampler.onSample(() => {
    heard.push(taken);
    resolve();
  });
  {
    await using _ = sampler.start();
    await promise;
    assert.deepEqual(heard, [1]);
  }
  assert.deepEqual(heard, [1, 2]);
  assert.equal(faults.count, 0);
});

test("after a fault no more samples are taken, and it is reported once", async () => {
  const stderr = new PassThrough();
  const faults = new Faults(stderr);
  const { promise, resolve } = Promise.withResolvers<void>();
  const sampler = new MetricsSampler(faults, () => {
    setImmediate(resolve);
    throw new Error("no");
  });
  {
    await using _ = sampler.start();
    await promise;
  }
  assert.equal(faults.count, 1);
  const said = String(stderr.read());
  assert.match(said, /a fault of its own while sampling metrics \(Error: no\)/);
  rmSync(/with (\S+)$/m.exec(said)?.[1] ?? "");
});
