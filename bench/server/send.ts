import { type Bench, median, type PartResult, scaled } from "./bench.ts";
import { READERS, Reader, type ReaderName } from "./readers.ts";
import { Senders, type Sent } from "./senders.ts";

const SENDS = 2_000_000;
/** A client that does something else in between sends fewer in the same time. */
const PAUSED_SENDS = 100_000;
const PAUSE_NS = 20_000;
const WARM_FRAMES = 500_000;
const GOAL_PERCENT = 10;

const CASES = [
  { frameBytes: 72, pauseNs: 0 },
  { frameBytes: 144, pauseNs: 0 },
  { frameBytes: 72, pauseNs: PAUSE_NS },
  { frameBytes: 144, pauseNs: PAUSE_NS },
] as const;
type Case = (typeof CASES)[number];
type Times = NonNullable<Sent["sendNs"]>;

async function measure(bench: Bench, name: ReaderName, { frameBytes, pauseNs }: Case): Promise<Times> {
  await using reader = await Reader.start(bench, name, frameBytes);
  await using senders = await Senders.prepare(bench, reader, 1, {
    frameBytes,
    pauseNs,
    live: 1000,
    frames: scaled(bench, pauseNs > 0 ? PAUSED_SENDS : SENDS),
    // The pauses are kept in warming up, too.
    warm: scaled(bench, pauseNs > 0 ? PAUSED_SENDS / 10 : WARM_FRAMES),
    timed: true,
  });
  const [sent] = await senders.run();
  if (sent?.sendNs === undefined) throw new Error("the client timed nothing");
  return sent.sendNs;
}

/** How long a client waits in a send of one message. */
export async function measureSend(bench: Bench): Promise<PartResult> {
  const all = CASES.map((what) => ({ what, server: [] as Times[], reference: [] as Times[] }));
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const { what, ...times } of all) {
      bench.say(`send, round ${round}: ${what.frameBytes} bytes, pauses of ${what.pauseNs} ns`);
      for (const name of READERS) times[name].push(await measure(bench, name, what));
    }
  }
  const rows = all.map(({ what, server, reference }) => ({
    ...what,
    server: medians(server),
    reference: medians(reference),
  }));
  return { title: "One send a message, nanoseconds a send", rows, table: [HEAD, ...rows.map(cells)] };
}

function medians(times: readonly Times[]): Times {
  const of = (name: keyof Times) => median(times.map((time) => time[name]));
  return { median: of("median"), p99: of("p99"), p999: of("p999"), max: of("max") };
}

const HEAD = ["frame, B", "pause, us", "median", "reference", "more", "p99", "reference", "more", "goal"];

function cells({ frameBytes, pauseNs, server, reference }: Case & Readonly<Record<ReaderName, Times>>): string[] {
  const compared = (name: "median" | "p99") => [
    `${server[name]}`,
    `${reference[name]}`,
    `${((server[name] / reference[name] - 1) * 100).toFixed(0)} %`,
  ];
  return [`${frameBytes}`, `${pauseNs / 1000}`, ...compared("median"), ...compared("p99"), `<= ${GOAL_PERCENT} % more`];
}
