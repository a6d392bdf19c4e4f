/**
 * What it costs a run that somebody looks on, and whoever looks: four snapshots a second of 10,000 live buffers, made and sent by
 * the run, and read and shown by `top`; and one a second as metrics for Prometheus.
 *
 * Usage: node bench/top/run.ts [--buffers 10000] [--rounds 200]
 */
import { cpuUsage } from "node:process";
import { parseArgs } from "node:util";
import { TracedProcess } from "../../fixtures/run/traced-process.ts";
import { LIVE_BUFFERS_MAX, type LiveSnapshot } from "../../src/core/model/live-snapshot.ts";
import { notJudged } from "../../src/core/report/live-causes.ts";
import { buildLiveSnapshot } from "../../src/core/report/live-snapshot.ts";
import { METRICS, metricFamilies } from "../../src/core/report/metrics/metrics.ts";
import { buildRegionsSnapshot } from "../../src/core/report/regions-snapshot.ts";
import { LiveSnapshots } from "../../src/in/wire/live-snapshots.ts";
import { painted } from "../../src/out/live/top/line.ts";
import { renderTop } from "../../src/out/live/top/render.ts";
import { changedLines } from "../../src/out/live/top/screen-painter.ts";
import { INITIAL_STATE } from "../../src/out/live/top/top-state.ts";
import { UsageHistory } from "../../src/out/live/top/usage-history.ts";
import { Prometheus } from "../../src/out/metrics/prometheus.ts";
import { type Figure, writeFigures } from "../goals/figures.ts";

const { values } = parseArgs({
  options: { buffers: { type: "string", default: "10000" }, rounds: { type: "string", default: "200" } },
});
const [BUFFERS, ROUNDS] = [Number(values.buffers), Number(values.rounds)];
const PER_SECOND = 4;
const BYTES_PER_BANK = 2048;
const SIZE = { columns: 200, rows: 60 };

/** A traced test that holds so many buffers in every second place, as fragmented as can be. */
function busyProcess(): TracedProcess {
  const process = new TracedProcess().begin("test_a.py::test").look("before").enter("call");
  for (let index = 0; index < BUFFERS; index += 1) {
    process.allocate(2 * index * BYTES_PER_BANK, BYTES_PER_BANK + 32 * (index % 100), {
      chip: 0,
      banks: 12,
      unitBytes: 32,
    });
  }
  return process;
}

function snapshotOf({ ledger }: TracedProcess, atMs: number): LiveSnapshot {
  const processes = ledger.now(LIVE_BUFFERS_MAX).map(({ info, memories, peaks, lostRecords }) => ({
    ...{ pid: info.pid, worker: null, role: info.role, state: "running" as const, running: null },
    ...{ rootDir: "/suite", memories, peaks, lostRecords },
  }));
  const source = { command: "run" as const, pid: 1, title: ["pytest"], engine: "0.1.0", startedAt: "" };
  const causes = { causes: notJudged(""), causesLeftOut: 0 };
  const counts = { tests: null, traffic: null, lost: { messages: 0, refused: 0 } };
  return buildLiveSnapshot({ source, state: "running", atMs, processes, ...causes, ...counts });
}

/** CPU time of `work` in milliseconds, what is collected of it included; the first rounds, which compile it, are not counted. */
function cpuMsOf(work: (round: number) => void): number {
  const warmUp = Math.floor(ROUNDS / 4);
  for (let round = 0; round < warmUp; round += 1) work(round);
  const before = cpuUsage();
  for (let round = warmUp; round < ROUNDS; round += 1) work(round);
  const { user, system } = cpuUsage(before);
  return (user + system) / 1_000 / (ROUNDS - warmUp);
}

const process = busyProcess();
let line = Buffer.alloc(0);
const makeMs = cpuMsOf((round) => {
  // One more each time: what the allocator said last does not hold any more.
  process.allocate((2 * BUFFERS + round) * BYTES_PER_BANK, BYTES_PER_BANK, { chip: 0, banks: 12, unitBytes: 32 });
  line = Buffer.from(`${JSON.stringify(snapshotOf(process, 250 * round))}\n`);
});

const reader = new LiveSnapshots();
const history = new UsageHistory();
let shown: readonly string[] = [];
const showMs = cpuMsOf((round) => {
  for (const snapshot of reader.push(line)) {
    history.note({ ...snapshot, atMs: 250 * round });
    const source = { snapshot, isGone: false, historyOf: (name: string) => history.of(name) };
    const frame = renderTop({ sources: [source], position: null }, { ...INITIAL_STATE, chosen: round % 2 }, SIZE);
    const lines = frame.map((each) => painted(each, { hasColor: true, isUnicode: true }));
    changedLines(shown, lines);
    shown = lines;
  }
});

const prometheus = new Prometheus(METRICS);
const regions = buildRegionsSnapshot({ folder: "/dev/shm", unread: [], leftOut: 0 }, [], 0);
const engine = { cpuSeconds: 1, residentBytes: 1, startSeconds: 1 };
let text = "";
const sampleMs = cpuMsOf((round) => {
  process.allocate((3 * BUFFERS + round) * BYTES_PER_BANK, BYTES_PER_BANK, { chip: 0, banks: 12, unitBytes: 32 });
  const families = metricFamilies({ snapshot: snapshotOf(process, 1_000 * round), regions, engine });
  void prometheus.expose(families).then((exposed) => {
    text = exposed.text;
  });
});
await prometheus.expose([]);

/** Percent of a core at so many a second. */
function share(ms: number, perSecond = PER_SECOND): number {
  return (perSecond * ms) / 10;
}

const common = { item: 32, goal: 2, unit: " %", before: null, note: "" };
const figures: readonly Figure[] = [
  {
    ...common,
    name: `a run that is looked on, ${BUFFERS} live buffers: of a core, four snapshots a second`,
    arms: { "ms a snapshot": makeMs, "bytes a snapshot": line.length },
    value: share(makeMs),
  },
  {
    ...common,
    name: `\`top\` on ${SIZE.columns} x ${SIZE.rows}, ${BUFFERS} live buffers: of a core, four frames a second`,
    arms: { "ms a frame": showMs },
    value: share(showMs),
  },
  {
    ...common,
    goal: 1,
    name: `\`--metrics\`, ${BUFFERS} live buffers: of a core, one sample a second`,
    arms: { "ms a sample": sampleMs, "bytes of text": text.length },
    value: share(sampleMs, 1),
  },
];
writeFigures("top", figures);
