import { type Bench, median, type PartResult, scaled } from "./bench.ts";
import { SCATTERED_STEP } from "./ingest.ts";
import { Reader } from "./readers.ts";
import { ratePerSecond, Senders } from "./senders.ts";

const MANY_LIVE = 10_000_000;
const FEW_LIVE = 1000;
const FRAMES = 8_000_000;
const WARM_FRAMES = 500_000;
const SENDING = { frameBytes: 144, batch: 64 } as const;
const GOAL = { rssBytes: 1e9, percentOfFew: 50 } as const;

interface Measured {
  readonly rssBytes: number;
  readonly perSecond: number;
}

async function measure(bench: Bench, live: number, step: number): Promise<Measured> {
  await using reader = await Reader.start(bench, "server", SENDING.frameBytes);
  await using senders = await Senders.prepare(bench, reader, 1, {
    ...SENDING,
    live,
    step,
    warm: scaled(bench, WARM_FRAMES),
    frames: scaled(bench, FRAMES),
  });
  const { rssBytes } = reader;
  return { rssBytes, perSecond: ratePerSecond(await senders.run()) };
}

/** What many live buffers take of memory, and of the speed. */
export async function measureMemory(bench: Bench): Promise<PartResult> {
  const live = scaled(bench, MANY_LIVE);
  const all = [
    { live: FEW_LIVE, isScattered: false, measured: [] as Measured[] },
    { live, isScattered: false, measured: [] as Measured[] },
    { live, isScattered: true, measured: [] as Measured[] },
  ];
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const { live, isScattered, measured } of all) {
      bench.say(`memory, round ${round}: ${live} live${isScattered ? ", scattered" : ""}`);
      measured.push(await measure(bench, live, isScattered ? SCATTERED_STEP : 1));
    }
  }
  const rows = all.map(({ measured, ...what }) => ({
    ...what,
    rssBytes: median(measured.map(({ rssBytes }) => rssBytes)),
    perSecond: median(measured.map(({ perSecond }) => perSecond)),
  }));
  const fewPerSecond = rows[0]?.perSecond ?? Number.NaN;
  const cells = (row: (typeof rows)[number]): string[] => [
    `${row.live}`,
    row.isScattered ? "scattered" : "in turn",
    (row.rssBytes / 1e6).toFixed(0),
    `< ${GOAL.rssBytes / 1e6}`,
    (row.perSecond / 1e6).toFixed(2),
    `${((row.perSecond / fewPerSecond) * 100).toFixed(0)} %`,
    `>= ${GOAL.percentOfFew} %`,
  ];
  const head = ["live", "freed", "RSS, MB", "goal", "M messages/s", `of that at ${FEW_LIVE} live`, "goal"];
  return { title: "Memory", rows, table: [head, ...rows.map(cells)] };
}
