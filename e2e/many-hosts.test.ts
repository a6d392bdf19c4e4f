import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { parse } from "yaml";
import { z } from "zod";
import { NO_POSTGRES, startPostgres } from "../fixtures/history/postgres.ts";
import { onMockDevice } from "./mock-device.ts";
import { NEIGHBOURS, NO_NETWORKS, type OwnNetwork, OwnNetworks } from "./networks.ts";
import { NO_PROMETHEUS } from "./prometheus.ts";
import { CLONE, LEAKING_TEST, makeSuite, NEWEST, programOf, SESSION_DEVICE } from "./run-harness.ts";
import { PROGRAM, Program, type Serving, serve } from "./serve-program.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-hosts-"));
after(() => rmSync(home, { recursive: true }));

const PORT = 9464;
const ALERT = "DeviceMemoryLeftByTests";
/** As a scrape and an evaluation each second want it; shipped are those of a usual Prometheus. */
const HOLD = "1s";

/** The first test leaves 2 MB, and the weights of the suite are no leak; the second frees it when a line comes. */
const PLANT = `
import pytest, sys, ttnn

KEPT = []

def tensor(device, side):
    return ttnn.zeros((1, 1, side, side), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

@pytest.fixture(scope="module")
def weights(device):
    return tensor(device, 4096)

def test_leaves(device, weights):
    KEPT.append(tensor(device, 1024))

def test_goes_on(device):
    print("planted", flush=True)
    sys.stdin.readline()
    KEPT.clear()
    print("gone", flush=True)
    sys.stdin.readline()
`;

const Alerts = z.object({
  data: z.object({
    alerts: z.array(z.object({ state: z.string(), labels: z.object({ alertname: z.string(), instance: z.string() }) })),
  }),
});
const Targets = z.object({ data: z.object({ activeTargets: z.array(z.object({ health: z.string() })) }) });

test("three machines, one Prometheus and one PostgreSQL: an alert comes with a leak and goes with it", {
  skip: NO_NETWORKS || NO_PROMETHEUS || NO_POSTGRES,
}, async () => {
  using networks = new OwnNetworks(["hub", "board1", "board2", "board3"]);
  const [hub, ...boards] = [0, 1, 2, 3].map((index) => networks.machine(index)) as [OwnNetwork, ...OwnNetwork[]];
  const postgres = await startPostgres({ address: hub.address, neighbours: NEIGHBOURS, namespace: hub.file });
  const servers = await Promise.all(boards.map(serveOn));
  const prometheus = await prometheusOn(hub, boards);
  try {
    const ask = asker(hub);
    await until("all are scraped", async () => {
      const targets = Targets.parse(await ask("targets")).data.activeTargets;
      return targets.length === boards.length && targets.every(({ health }) => health === "up");
    });
    const firing = async () => {
      const { alerts } = Alerts.parse(await ask("alerts")).data;
      return alerts
        .filter(({ state }) => state === "firing")
        .map(({ labels }) => `${labels.alertname} ${labels.instance}`);
    };
    assert.deepEqual(await firing(), []);
    const [, board] = boards;
    const [, server] = servers;
    assert.ok(board !== undefined && server !== undefined);
    const plant = plantOn(board, server);
    await plant.sees(/planted/);
    await until("the leak is reported", async () => (await firing()).includes(`${ALERT} ${board.address}:${PORT}`));
    assert.deepEqual(await firing(), [`${ALERT} ${board.address}:${PORT}`]);
    plant.child.stdin?.write("\n");
    await plant.sees(/gone/);
    await until("nothing is reported any more", async () => (await firing()).length === 0);
    plant.child.stdin?.end("\n");
    await plant.end();

    const history = postgres.database("history");
    const stored = await Promise.all(boards.map((each, index) => storeRun(each, `board-${index + 1}`, history)));
    assert.deepEqual(stored, [1, 1, 1]);
    const listed = new Program([...hub.launcher, PROGRAM, "history", `--history=${history}`, "findings"]);
    const { stdout } = await listed.end();
    // One leak, in the runs of three machines.
    assert.match(stdout, /known .*\b3 +24\.0 KB +DRAM .*test_leak\.py::test_leak/);
  } finally {
    await prometheus.stop("SIGINT");
    await Promise.all(servers.map((server) => server.stop()));
    await postgres.stop();
  }
});

function serveOn({ address, launcher }: OwnNetwork): Promise<Serving> {
  return serve([`--metrics=${address}:${PORT}`], { launcher });
}

/** With the alerts that are shipped, held as long as a test can wait. */
async function prometheusOn({ address, launcher }: OwnNetwork, boards: readonly OwnNetwork[]): Promise<Program> {
  const rules = parse(readFileSync(join(CLONE, "docs/monitoring/alerts.yml"), "utf8"), (key, value) =>
    key === "for" ? HOLD : value,
  );
  const config = parse(readFileSync(join(CLONE, "docs/monitoring/prometheus.yml"), "utf8"));
  config.global = { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" };
  config.scrape_configs[0].static_configs[0].targets = boards.map((board) => `${board.address}:${PORT}`);
  // YAML reads JSON.
  writeFileSync(join(home, "alerts.yml"), JSON.stringify(rules));
  writeFileSync(join(home, "prometheus.yml"), JSON.stringify(config));
  const flags = [`--config.file=${join(home, "prometheus.yml")}`, `--storage.tsdb.path=${join(home, "data")}`];
  const program = new Program([...launcher, "prometheus", ...flags, `--web.listen-address=${address}:9090`]);
  await program.sees(/Server is ready to receive web requests/);
  return program;
}

function asker({ address, launcher }: OwnNetwork): (what: string) => Promise<unknown> {
  const [command = "", ...words] = launcher;
  return async (what) => {
    const script = `fetch("http://${address}:9090/api/v1/${what}").then((r) => r.text()).then(console.log)`;
    const { stdout } = await promisify(execFile)(command, [...words, process.execPath, "-e", script]);
    return JSON.parse(stdout);
  };
}

function plantOn({ launcher }: OwnNetwork, server: Serving): Program {
  const watched = [
    PROGRAM,
    "run",
    "--",
    programOf(NEWEST, "pytest"),
    "-q",
    "-s",
    makeSuite({ "conftest.py": SESSION_DEVICE, "test_plant.py": PLANT }),
  ];
  return new Program([...launcher, ...watched], onMockDevice({ TT_MEMWATCH_SERVER_SOCKET: server.path }));
}

/** Gives the exit code. */
async function storeRun({ launcher }: OwnNetwork, host: string, history: string): Promise<number | null> {
  const suite = makeSuite({ "test_leak.py": LEAKING_TEST });
  const run = [
    PROGRAM,
    "run",
    `--history=${history}`,
    "--label",
    `host=${host}`,
    "--",
    programOf(NEWEST, "pytest"),
    "-q",
    suite,
  ];
  return (await new Program([...launcher, ...run], onMockDevice({})).end()).exitCode;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const patience = AbortSignal.timeout(120_000);
  while (!(await holds())) {
    if (patience.aborted) throw new Error(`did not come: ${what}`);
    await sleep(200);
  }
}
