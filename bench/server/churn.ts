import type { Bench, PartResult } from "./bench.ts";
import { Reader } from "./readers.ts";
import { ratePerSecond, Senders } from "./senders.ts";

const LIVE = 10_000;
/** Addresses that are never the same until memory that was kept for each would show. */
const ADDRESSES = 100_000_000;
const SENDING = { frameBytes: 144, batch: 64 } as const;
const EARLY_PART = 0.1;

/** Whether memory stays as it is, however many messages come: `live` buffers at ever other addresses. */
export async function measureChurn(bench: Bench): Promise<PartResult> {
  const early = Math.floor(bench.churnFrames * EARLY_PART);
  bench.say(`churn: ${bench.churnFrames} messages`);
  await using reader = await Reader.start(bench, "server", SENDING.frameBytes);
  await using senders = await Senders.prepare(bench, reader, 1, {
    ...SENDING,
    live: LIVE,
    addresses: ADDRESSES,
    warm: early,
    frames: bench.churnFrames - early,
  });
  const rssEarlyBytes = reader.rssBytes;
  const sent = await senders.run();
  const row = {
    frames: bench.churnFrames,
    rssEarlyBytes,
    rssEndBytes: reader.rssBytes,
    perSecond: ratePerSecond(sent),
  };
  const head = ["messages", "RSS at 10 %, MB", "RSS at the end, MB", "M messages/s", "goal"];
  const cells = [
    row.frames.toExponential(),
    (row.rssEarlyBytes / 1e6).toFixed(1),
    (row.rssEndBytes / 1e6).toFixed(1),
    (row.perSecond / 1e6).toFixed(2),
    "flat",
  ];
  return { title: "Memory over time", rows: [row], table: [head, cells] };
}
