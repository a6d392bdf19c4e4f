import { type Bench, median, type PartResult, scaled } from "./bench.ts";
import { READERS, Reader, type ReaderName } from "./readers.ts";
import { ratePerSecond, Senders } from "./senders.ts";

const FRAMES = 8_000_000;
const WARM_FRAMES = 500_000;
const MANY = 1_000_000;
/** Coprime to the numbers of live buffers, which have no prime factors but 2 and 5. */
export const SCATTERED_STEP = 618_033;

const GOAL = { manyPerSecond: 3e6, fewPerSecond: 5e6, percent: 40 } as const;

interface Case {
  readonly live: number;
  readonly batch: number;
  /** Whether buffers are freed in no order, rather than in that of their allocation. */
  readonly isScattered: boolean;
  readonly frameBytes: number;
  readonly clients: number;
}

const ORDERS = [
  { live: 1000, batch: 64, isScattered: false },
  { live: 1000, batch: 450, isScattered: false },
  { live: MANY, batch: 64, isScattered: false },
  { live: MANY, batch: 450, isScattered: false },
  { live: MANY, batch: 64, isScattered: true },
] as const;

function cases(bench: Bench): Case[] {
  return ORDERS.flatMap(({ live, ...order }) =>
    [72, 144].flatMap((frameBytes) =>
      [1, 4].map((clients) => ({ ...order, frameBytes, clients, live: live === MANY ? scaled(bench, live) : live })),
    ),
  );
}

async function measure(bench: Bench, name: ReaderName, what: Case): Promise<number> {
  const { live, batch, isScattered, frameBytes, clients } = what;
  await using reader = await Reader.start(bench, name, frameBytes);
  await using senders = await Senders.prepare(bench, reader, clients, {
    frameBytes,
    batch,
    live: Math.ceil(live / clients),
    step: isScattered ? SCATTERED_STEP : 1,
    frames: Math.ceil(scaled(bench, FRAMES) / clients),
    warm: Math.ceil(scaled(bench, WARM_FRAMES) / clients),
  });
  return ratePerSecond(await senders.run());
}

/** How many messages a second are taken in, next to how many can be read at all. */
export async function measureIngest(bench: Bench): Promise<PartResult> {
  const all = cases(bench).map((what) => ({ what, server: [] as number[], reference: [] as number[] }));
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const { what, ...rates } of all) {
      const { live, batch, frameBytes, clients } = what;
      bench.say(`ingest, round ${round}: ${live} live, ${batch} a send, ${frameBytes} bytes, ${clients} clients`);
      for (const name of READERS) rates[name].push(await measure(bench, name, what));
    }
  }
  const rows = all.map(({ what, server, reference }) => {
    const [perSecond, referencePerSecond] = [median(server), median(reference)];
    return { ...what, perSecond, referencePerSecond, percent: (perSecond / referencePerSecond) * 100 };
  });
  return { title: "Messages taken in", rows, table: [HEAD, ...rows.map(cells)] };
}

const HEAD = ["live", "freed", "a send", "frame, B", "clients", "M/s", "goal", "reference, M/s", "of it", "goal"];

function cells(row: Case & { perSecond: number; referencePerSecond: number; percent: number }): string[] {
  const goal = row.live > 1000 ? GOAL.manyPerSecond : GOAL.fewPerSecond;
  return [
    `${row.live}`,
    row.isScattered ? "scattered" : "in turn",
    `${row.batch}`,
    `${row.frameBytes}`,
    `${row.clients}`,
    (row.perSecond / 1e6).toFixed(2),
    `>= ${goal / 1e6}`,
    (row.referencePerSecond / 1e6).toFixed(2),
    `${row.percent.toFixed(0)} %`,
    `>= ${GOAL.percent} %`,
  ];
}
