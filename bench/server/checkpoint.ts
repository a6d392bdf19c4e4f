import { Asker } from "./asker.ts";
import { type Bench, type PartResult, quantile, scaled } from "./bench.ts";
import { Reader } from "./readers.ts";
import { ratePerSecond, Senders } from "./senders.ts";

const LIVE = 1_000_000;
const CLIENTS = 4;
const REQUESTS = 200;
const FRAME_BYTES = 144;
/** More than are sent until the last answer. */
const FRAMES_WITHOUT_END = 1e12;
const GOAL_P99_MS = 10;

const FRAMES_A_SEND = [1, 64] as const;

interface Measured {
  readonly tookMs: readonly number[];
  readonly perSecond: number;
}

async function measure(bench: Bench, batch: number): Promise<Measured> {
  await using reader = await Reader.start(bench, "server", FRAME_BYTES);
  await using senders = await Senders.prepare(bench, reader, CLIENTS, {
    batch,
    nice: true,
    frameBytes: FRAME_BYTES,
    live: Math.ceil(scaled(bench, LIVE) / CLIENTS),
    frames: FRAMES_WITHOUT_END,
  });
  using asker = await Asker.open(reader);
  senders.begin();
  const tookMs: number[] = [];
  for (let nth = 0; nth < scaled(bench, REQUESTS); nth += 1) {
    tookMs.push((await asker.ask({ request: "checkpoint" })).tookMs);
  }
  senders.stop();
  return { tookMs, perSecond: ratePerSecond(await senders.results()) };
}

/** How long a request for a checkpoint takes while clients send. */
export async function measureCheckpoint(bench: Bench): Promise<PartResult> {
  const all = FRAMES_A_SEND.map((batch) => ({ batch, measured: [] as Measured[] }));
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const { batch, measured } of all) {
      bench.say(`checkpoint, round ${round}: ${batch} a send`);
      measured.push(await measure(bench, batch));
    }
  }
  const rows = all.map(({ batch, measured }) => {
    const tookMs = measured.flatMap((round) => round.tookMs);
    const perSecond = measured.reduce((sum, round) => sum + round.perSecond, 0) / measured.length;
    return {
      batch,
      perSecond,
      p50Ms: quantile(tookMs, 0.5),
      p99Ms: quantile(tookMs, 0.99),
      maxMs: Math.max(...tookMs),
    };
  });
  const cells = (row: (typeof rows)[number]): string[] => [
    `${row.batch}`,
    (row.perSecond / 1e6).toFixed(2),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
    row.maxMs.toFixed(2),
    `p99 <= ${GOAL_P99_MS}`,
  ];
  const head = ["a send", "M messages/s", "p50, ms", "p99, ms", "longest, ms", "goal"];
  return {
    title: `Checkpoint, ${scaled(bench, LIVE)} live, ${CLIENTS} clients`,
    rows,
    table: [head, ...rows.map(cells)],
  };
}
