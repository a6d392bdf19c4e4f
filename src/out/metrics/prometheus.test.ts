import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metric } from "../../core/model/metric.ts";
import { Prometheus } from "./prometheus.ts";

const telemetry = { name: "a", unit: "By", attributes: [], isSum: true };
const USED: Metric = { name: "used_bytes", help: "Used.", kind: "gauge", labels: ["name"], telemetry };
const DONE: Metric = { name: "done_total", help: "Done.", kind: "counter", labels: [], telemetry };

async function linesOf(prometheus: Prometheus, families: Parameters<Prometheus["expose"]>[0]): Promise<string[]> {
  const { text } = await prometheus.expose(families);
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("# HELP"));
}

test("each time the text says what is reported then, and no more", async () => {
  const prometheus = new Prometheus([USED, DONE]);
  const first = [
    {
      metric: USED,
      samples: [
        { labels: ["a"], value: 5 },
        { labels: ['"\\\n'], value: 0.5 },
      ],
    },
    { metric: DONE, samples: [{ labels: [], value: 3 }] },
  ];
  const told = ["# TYPE used_bytes gauge", 'used_bytes{name="a"} 5', 'used_bytes{name="\\"\\\\\\n"} 0.5'];
  assert.deepEqual(await linesOf(prometheus, first), [...told, "# TYPE done_total counter", "done_total 3"]);
  assert.deepEqual(await linesOf(prometheus, first), [...told, "# TYPE done_total counter", "done_total 3"]);
  const second = [USED, DONE].map((metric) => ({ metric, samples: [] }));
  assert.deepEqual(await linesOf(prometheus, second), ["# TYPE used_bytes gauge", "# TYPE done_total counter"]);
});

test("a metric that was not declared is a fault", async () => {
  const prometheus = new Prometheus([DONE]);
  await assert.rejects(prometheus.expose([{ metric: USED, samples: [] }]), /used_bytes was not declared/);
});
