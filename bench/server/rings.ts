import { setTimeout as sleep } from "node:timers/promises";
import { Asker } from "./asker.ts";
import { type Bench, median, type PartResult, quantile, scaled } from "./bench.ts";
import { Reader } from "./readers.ts";
import { buildRingLoad, RingWriterProgram } from "./ring-writers.ts";

const RECORDS = 2 ** 21;
const DEFAULT_CAPACITY = 131_072;
const FRAME_BYTES = 72;
const CHURN_WITHOUT_END = 1e12;
const REQUESTS = 200;
const BUSY_RINGS = 16;
const BUSY_RATE = 20_000;
const FLOOD_RATE = 3e6;
const QUIET_RINGS = 64;
const IDLE_S = 10;

const GOAL = { fewPerSecond: 3e6, manyPerSecond: 1.5e6, moreMs: 10, idlePercent: 1 } as const;

interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly goal: string;
}

/** Records a second, from the moment that they begin to be written until a checkpoint has all of them. */
async function ingest(bench: Bench, program: string, live: number): Promise<number> {
  const records = scaled(bench, RECORDS);
  await using reader = await Reader.start(bench, "server", FRAME_BYTES);
  await using writer = await RingWriterProgram.start(bench, program, RECORDS, live);
  await writer.announce(reader);
  using asker = await Asker.open(reader);
  await writer.fill();
  await asker.ask({ request: "checkpoint" });
  // Once to warm up.
  await writer.churn(Math.ceil(records / 4), 0);
  await asker.ask({ request: "checkpoint" });
  const beginMs = performance.now();
  await writer.churn(records, 0);
  await asker.ask({ request: "checkpoint" });
  return records / ((performance.now() - beginMs) / 1000);
}

/** How long requests for a checkpoint take while so many rings are written. */
async function latency(bench: Bench, program: string, rates: readonly number[]): Promise<readonly number[]> {
  await using reader = await Reader.start(bench, "server", FRAME_BYTES);
  await using all = new AsyncDisposableStack();
  for (const rate of rates) {
    const writer = all.use(await RingWriterProgram.start(bench, program, DEFAULT_CAPACITY, 1_000));
    await writer.announce(reader);
    await writer.fill();
    if (rate > 0) writer.churn(CHURN_WITHOUT_END, rate).catch(() => {});
  }
  using asker = await Asker.open(reader);
  for (let nth = 0; nth < 20; nth += 1) await asker.ask({ request: "checkpoint" });
  const tookMs: number[] = [];
  for (let nth = 0; nth < scaled(bench, REQUESTS); nth += 1) {
    await sleep(5);
    tookMs.push((await asker.ask({ request: "checkpoint" })).tookMs);
  }
  return tookMs;
}

/** Of a core, in percent, while so many rings are followed and nothing is written. */
async function idle(bench: Bench, program: string, rings: number): Promise<number> {
  await using reader = await Reader.start(bench, "server", FRAME_BYTES);
  await using all = new AsyncDisposableStack();
  for (let nth = 0; nth < rings; nth += 1) {
    const writer = all.use(await RingWriterProgram.start(bench, program, DEFAULT_CAPACITY, 10));
    await writer.announce(reader);
  }
  await sleep(1_000);
  const [cpuMs, beginMs] = [reader.cpuMs, performance.now()];
  await sleep(scaled(bench, IDLE_S) * 1_000);
  return ((reader.cpuMs - cpuMs) / (performance.now() - beginMs)) * 100;
}

/** What following rings takes. */
export async function measureRings(bench: Bench): Promise<PartResult> {
  const program = buildRingLoad(bench.folder);
  const many = scaled(bench, 1_000_000);
  const busy = Array.from({ length: BUSY_RINGS }, () => BUSY_RATE);
  const found = {
    few: [] as number[],
    many: [] as number[],
    none: [] as number[],
    busy: [] as number[],
    flood: [] as number[],
  };
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.say(`rings, round ${round}`);
    found.few.push(await ingest(bench, program, 1_000));
    found.many.push(await ingest(bench, program, many));
    found.none.push(...(await latency(bench, program, [])));
    found.busy.push(...(await latency(bench, program, busy)));
    found.flood.push(...(await latency(bench, program, [BUSY_RATE, FLOOD_RATE])));
  }
  bench.say("rings, idle");
  const [none, quiet] = [await idle(bench, program, 0), await idle(bench, program, QUIET_RINGS)];
  const base = quantile(found.none, 0.99);
  const rows: Row[] = [
    {
      what: "records with 1000 live",
      value: median(found.few) / 1e6,
      unit: "M/s",
      goal: `>= ${GOAL.fewPerSecond / 1e6}`,
    },
    {
      what: `records with ${many} live`,
      value: median(found.many) / 1e6,
      unit: "M/s",
      goal: `>= ${GOAL.manyPerSecond / 1e6}`,
    },
    { what: "request, no rings, p99", value: base, unit: "ms", goal: "" },
    {
      what: `more with ${BUSY_RINGS} rings of ${BUSY_RATE}/s, p99`,
      value: quantile(found.busy, 0.99) - base,
      unit: "ms",
      goal: `<= ${GOAL.moreMs}`,
    },
    {
      what: `more with a ring of ${FLOOD_RATE / 1e6} M/s, p99`,
      value: quantile(found.flood, 0.99) - base,
      unit: "ms",
      goal: "",
    },
    { what: "idle, no rings", value: none, unit: "% of a core", goal: "" },
    { what: `idle, ${QUIET_RINGS} quiet rings`, value: quiet, unit: "% of a core", goal: `<= ${GOAL.idlePercent}` },
  ];
  const cells = ({ what, value, unit, goal }: Row): string[] => [what, `${value.toFixed(2)} ${unit}`, goal];
  return { title: "Rings", rows, table: [["what", "measured", "goal"], ...rows.map(cells)] };
}
