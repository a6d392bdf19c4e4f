import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Deed, recordingOf, ringOf } from "../../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { CHECKPOINT_RECORDS } from "../../core/model/recording-index.ts";
import type { TraceRecord } from "../../core/model/trace-record.ts";
import { RecordingPlaces } from "../../in/recording/recording-places.ts";
import { RecordingReader } from "../../in/recording/recording-reader.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-places-"));
after(() => rmSync(home, { recursive: true }));
const FILE = join(home, "run.mcap");

/** Buffers that are live at most; one is freed and allocated again in each step. */
const LIVE = 50;
const RECORDS = 3 * CHECKPOINT_RECORDS + 10_000;

/** A ring whose nth record happens at n us: odd ones allocate what even ones have freed. */
function recordAt(number: number): TraceRecord {
  const buffer = number % (2 * LIVE) < LIVE ? number % LIVE : (number + 25) % LIVE;
  const kind = number < LIVE || number % 2 === 1 ? "allocate" : "free";
  return traceRecord({ kind, buffer, address: buffer * 64, context: number % 7, timeNs: number * 1_000 });
}

/** What is live after all records of that time and before, by the simplest ledger. */
function liveAfter(records: readonly TraceRecord[], atNs: number): TraceRecord[] {
  const live = new Map<number, TraceRecord>();
  for (const record of records) {
    if (record.timeNs > atNs) continue;
    if (record.kind === "free") live.delete(record.buffer);
    else live.set(record.buffer, record);
  }
  return [...live.values()].toSorted((a, b) => a.buffer - b.buffer);
}

test("what was live at a time is what the records up to it leave, wherever it is", async () => {
  const all = Array.from({ length: RECORDS }, (_, number) => recordAt(number));
  const other = Array.from({ length: 20 }, (_, number) => recordAt(number));
  const [first, second] = [ringOf(0), ringOf(1)];
  const deeds: Deed[] = [
    { kind: "ring", ring: first },
    { kind: "ring", ring: second },
    { kind: "records", ring: 1, records: other },
    { kind: "records", ring: 0, records: all },
  ];
  writeFileSync(FILE, recordingOf(deeds));
  using places = await RecordingPlaces.open(FILE);
  assert.equal(places.index.checkpoints.length, 3);
  const edges = places.index.checkpoints.flatMap(({ atNs }) => [atNs - 1, atNs, atNs + 1]);
  for (const atNs of [0, 1_234_567, ...edges, 200_000_500, RECORDS * 1_000]) {
    const { births, isWhole } = places.liveAt(atNs);
    const found = (births.get(0) ?? []).toSorted((a, b) => a.buffer - b.buffer);
    const wanted = liveAfter(all, atNs);
    assert.deepEqual(
      found.map(({ buffer, timeNs, context }) => [buffer, timeNs, context]),
      wanted.map(({ buffer, timeNs, context }) => [buffer, timeNs, context]),
    );
    assert.deepEqual([births.get(1)?.length ?? 0, isWhole], [liveAfter(other, atNs).length, true]);
  }
  using reader = RecordingReader.open(FILE);
  let records = 0;
  for (const step of reader.steps()) records += step.kind === "records" ? step.count : 0;
  assert.deepEqual([records, reader.problem], [RECORDS + 20, null]);
});

test("where records were lost before, what is live is not called whole", async () => {
  const lost: Deed = { kind: "lost", ring: 0, records: 1 };
  writeFileSync(FILE, recordingOf([{ kind: "ring", ring: ringOf(0) }, lost]));
  using places = await RecordingPlaces.open(FILE);
  assert.equal(places.liveAt(0).isWhole, false);
});

test("a recording without an end has no index, and says what to do", async () => {
  const bytes = recordingOf([{ kind: "ring", ring: ringOf(0) }]);
  writeFileSync(FILE, bytes);
  truncateSync(FILE, bytes.length - 1);
  await assert.rejects(RecordingPlaces.open(FILE), {
    name: "RecordingError",
    message: /^places in it cannot be found: .*; tt-memwatch inspect says whether it is whole$/,
  });
  await assert.rejects(RecordingPlaces.open("fixtures/recording/format-1.mcap"), {
    name: "RecordingError",
    message: 'it has no message of "index", by which places are found',
  });
});
