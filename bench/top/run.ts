/**
 * What it costs a run that somebody looks on, and whoever looks: four snapshots a second of 10,000 live buffers, made and sent by
 * the run, and read and shown by `top`.
 *
 * Usage: node bench/top/run.ts [--buffers 10000] [--rounds 200]
 */
import { parseArgs } from "node:util";
import { notJudged } from "../../src/core/report/live-causes.ts";
import { LiveSnapshots } from "../../src/in/wire/live-snapshot-lines.ts";
import { painted } from "../../src/out/live/top/line.ts";
import { renderTop } from "../../src/out/live/top/render.ts";
import { changedLines } from "../../src/out/live/top/screen-painter.ts";
import { INITIAL_STATE } from "../../src/out/live/top/top-state.ts";
import { UsageHistory } from "../../src/out/live/top/usage-history.ts";
import { type Figure, writeFigures } from "../goals/figures.ts";
import { allocateOneMore, busyProcess, snapshotOf } from "./busy-run.ts";
import { cpuMsOf } from "./cpu-time.ts";

const { values } = parseArgs({
  options: { buffers: { type: "string", default: "10000" }, rounds: { type: "string", default: "200" } },
});
const [BUFFERS, ROUNDS] = [Number(values.buffers), Number(values.rounds)];
const PER_SECOND = 4;
const SIZE = { columns: 200, rows: 60 };

const process = busyProcess(BUFFERS);
let line = Buffer.alloc(0);
const makeMs = await cpuMsOf(ROUNDS, (round) => {
  allocateOneMore(process, 2 * BUFFERS + round);
  line = Buffer.from(`${JSON.stringify(snapshotOf(process, notJudged(""), 250 * round))}\n`);
});

const reader = new LiveSnapshots();
const history = new UsageHistory();
let shown: readonly string[] = [];
const showMs = await cpuMsOf(ROUNDS, (round) => {
  for (const snapshot of reader.push(line)) {
    history.note({ ...snapshot, atMs: 250 * round });
    const source = { snapshot, isGone: false, silentMs: 0, historyOf: (name: string) => history.of(name) };
    const frame = renderTop({ sources: [source], position: null }, { ...INITIAL_STATE, chosen: round % 2 }, SIZE);
    const lines = frame.map((each) => painted(each, { hasColor: true, isUnicode: true }));
    changedLines(shown, lines);
    shown = lines;
  }
});

/** Percent of a core at so many a second. */
function share(ms: number): number {
  return (PER_SECOND * ms) / 10;
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
];
writeFigures("top", figures);
