/**
 * What metrics cost a run: a sample a second of 10,000 live buffers and 10,000 findings, and a scrape of it, against a server of
 * Node's own that answers with the same bytes.
 *
 * Usage: node bench/metrics/run.ts [--buffers 10000] [--findings 10000] [--rounds 400]
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { finding } from "../../fixtures/report/builders.ts";
import { liveCauses } from "../../src/core/report/live-causes.ts";
import { METRICS, metricFamilies } from "../../src/core/report/metrics/metrics.ts";
import { buildRegionsSnapshot } from "../../src/core/report/regions-snapshot.ts";
import { Prometheus } from "../../src/out/metrics/prometheus.ts";
import { openMetricsServer } from "../../src/out/page-server/metrics-server.ts";
import { type Figure, median, writeFigures } from "../goals/figures.ts";
import { allocateOneMore, busyProcess, snapshotOf } from "../top/busy-run.ts";
import { cpuMsOf } from "../top/cpu-time.ts";

const { values } = parseArgs({
  options: {
    buffers: { type: "string", default: "10000" },
    findings: { type: "string", default: "10000" },
    rounds: { type: "string", default: "400" },
  },
});
const [BUFFERS, FINDINGS, ROUNDS] = [Number(values.buffers), Number(values.findings), Number(values.rounds)];
/** The two servers take so many turns each. */
const TURNS = 9;
const HOST = "127.0.0.1";

/** As a run has them: each of a test of its own. */
function causesOf(findings: number) {
  return liveCauses(
    Array.from({ length: findings }, (_, index) => finding({ test: `t.py::test[${index}]` })),
    0,
  );
}

const process = busyProcess(BUFFERS);
const causes = causesOf(FINDINGS);
const prometheus = new Prometheus(METRICS);
const regions = buildRegionsSnapshot({ folder: "/dev/shm", unread: [], leftOut: 0 }, [], 0);
const engine = { cpuSeconds: 1, residentBytes: 1, startSeconds: 1 };
let scraped = prometheus.nothing;
const sampleMs = await cpuMsOf(ROUNDS, async (round) => {
  allocateOneMore(process, 2 * BUFFERS + round);
  const snapshot = snapshotOf(process, causes, 1_000 * round);
  scraped = await prometheus.expose(metricFamilies({ snapshot, regions, engine }));
});

async function scrape(port: number): Promise<void> {
  await (await fetch(`http://${HOST}:${port}/metrics`)).text();
}

await using ours = await openMetricsServer(() => scraped, { address: HOST, port: 0, token: null });
const plain = createServer((_, response) => response.setHeader("Content-Type", scraped.contentType).end(scraped.text));
plain.listen(0, HOST);
await once(plain, "listening");
const { port: plainPort } = plain.address() as AddressInfo;
const turns: { readonly ours: number; readonly plain: number }[] = [];
for (let turn = 0; turn < TURNS; turn += 1) {
  turns.push({
    ours: await cpuMsOf(ROUNDS, () => scrape(ours.port)),
    plain: await cpuMsOf(ROUNDS, () => scrape(plainPort)),
  });
}
plain.close();
plain.closeAllConnections();

const common = { item: 32, before: null };
const figures: readonly Figure[] = [
  {
    ...common,
    name: `\`--metrics\`, ${BUFFERS} live buffers and ${FINDINGS} findings: of a core, one sample a second`,
    arms: { "ms a sample": sampleMs, "bytes of text": scraped.text.length },
    ...{ value: sampleMs / 10, goal: 1, unit: " %", note: "" },
  },
  {
    ...common,
    name: "a scrape of that, asking included, against a bare server with the same answer",
    arms: { "ms a scrape": median(turns.map((turn) => turn.ours)), "ms bare": median(turns.map((turn) => turn.plain)) },
    ...{ value: median(turns.map((turn) => turn.ours / turn.plain)), goal: 1.5, unit: " x", note: "" },
  },
];
writeFigures("metrics", figures);
