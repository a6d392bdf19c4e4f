import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, Asker } from "./asker.ts";
import { type Bench, median, type PartResult, scaled } from "./bench.ts";
import { Reader } from "./readers.ts";
import { Senders, type Sent } from "./senders.ts";

const LIVE = 1_000_000;
const FRAME_BYTES = 144;
/** More than are sent in the time of a dump; room is made for the duration of each. */
const SENDS_MAX = 50_000_000;
/** First address of the client that waits, away from those of the dump. */
const FIRST_ADDRESS = 2 ** 40;
const GOAL_MS = 20;
/** How long the same client is timed without a dump. */
const ALONE_MS = 1000;

interface Measured extends Answer {
  readonly duringMs: number;
  readonly aloneMs: number;
}

/** The longest send of a client during some work. */
async function longestSendMs(bench: Bench, reader: Reader, work: () => Promise<unknown>): Promise<number> {
  await using senders = await Senders.prepare(bench, reader, 1, {
    frameBytes: FRAME_BYTES,
    live: 1000,
    first: FIRST_ADDRESS,
    warm: scaled(bench, 500_000),
    frames: SENDS_MAX,
    timed: true,
  });
  senders.begin();
  await work();
  senders.stop();
  const [sent]: readonly Sent[] = await senders.results();
  if (sent === undefined || sent.frames === SENDS_MAX) throw new Error("the client was done before the work was");
  return (sent.sendNs?.max ?? Number.NaN) / 1e6;
}

async function measure(bench: Bench): Promise<Measured> {
  await using reader = await Reader.start(bench, "server", FRAME_BYTES);
  const filling = { frameBytes: FRAME_BYTES, batch: 64, frames: 0, live: scaled(bench, LIVE) };
  await using _ = await Senders.prepare(bench, reader, 1, filling);
  const aloneMs = await longestSendMs(bench, reader, () => sleep(ALONE_MS));
  using asker = await Asker.open(reader);
  let answer: Answer = { tookMs: Number.NaN, bytes: 0 };
  const duringMs = await longestSendMs(bench, reader, async () => {
    answer = await asker.ask({ request: "dump", listedMax: null, since: null });
  });
  return { ...answer, duringMs, aloneMs };
}

/** How long a client waits in a send while all that is live is listed to somebody else. */
export async function measureDump(bench: Bench): Promise<PartResult> {
  const measured: Measured[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.say(`dump, round ${round}`);
    measured.push(await measure(bench));
  }
  const row = {
    live: scaled(bench, LIVE),
    dumpMs: median(measured.map(({ tookMs }) => tookMs)),
    dumpBytes: median(measured.map(({ bytes }) => bytes)),
    longestSendMs: Math.max(...measured.map(({ duringMs }) => duringMs)),
    longestSendAloneMs: Math.max(...measured.map(({ aloneMs }) => aloneMs)),
  };
  const head = ["live", "dump, ms", "MB", "longest send, ms", "without a dump, ms", "goal"];
  const cells = [
    `${row.live}`,
    row.dumpMs.toFixed(0),
    (row.dumpBytes / 1e6).toFixed(0),
    row.longestSendMs.toFixed(2),
    row.longestSendAloneMs.toFixed(2),
    `<= ${GOAL_MS}`,
  ];
  return { title: "Full dump while a client sends", rows: [row], table: [head, cells] };
}
