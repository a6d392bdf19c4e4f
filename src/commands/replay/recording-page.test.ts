import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Deed, END, RUN, recordingOf, ringOf } from "../../../fixtures/recording/recorded.ts";
import { runReport } from "../../../fixtures/report/builders.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { Scenario } from "../../../fixtures/run/scenario.ts";
import { timeline } from "../../../fixtures/timeline/timeline.ts";
import type { PageData } from "../../core/model/page.ts";
import { CHECKPOINT_RECORDS } from "../../core/model/recording-index.ts";
import { NO_EXTRAS } from "../../out/report/html/page-data.ts";
import { Faults } from "../own-faults.ts";
import { RecordingPage } from "./recording-page.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-recording-page-"));
after(() => rmSync(home, { recursive: true }));
const IO = { env: {}, cwd: home, stdout: process.stdout, stderr: process.stderr, faults: new Faults(process.stderr) };

const begunNs = RUN.startedNs ?? 0;

/** So many that a column of them takes longer than a slice of time. */
const BUFFERS = 200_000;
/** Of the table of allocations that have a number for each. */
const COLUMNS = 4;

/** A buffer that stays, and as many that are freed again as bring two checkpoints. */
function records() {
  const of = (number: number) => ({ buffer: number, address: number * 64, timeNs: begunNs + number * 1_000 });
  const passing = Array.from({ length: CHECKPOINT_RECORDS }, (_, index) => of(index + 2)).flatMap((where) => [
    traceRecord(where),
    traceRecord({ ...where, kind: "free" }),
  ]);
  return [traceRecord(of(1)), ...passing];
}

async function outlined(bytes: Uint8Array): Promise<RecordingPage> {
  writeFileSync(join(home, "run.mcap"), bytes);
  const page = new RecordingPage("run.mcap", RUN);
  await page.outline(IO);
  return page;
}

const dataOf = (page: RecordingPage): PageData => JSON.parse(page.data());

test("before a recording is read, its page has its tests, its memory at checkpoints, and what was live at its end", async () => {
  const deeds: Deed[] = [
    { kind: "ring", ring: ringOf(0) },
    ...new Scenario()
      .begin("a")
      .end("a", "passed")
      .events()
      .map((event) => ({ kind: "event" as const, event })),
    { kind: "records", ring: 0, records: records() },
  ];
  const page = await outlined(recordingOf(deeds));
  const { run, timeline, causes } = dataOf(page);
  assert.equal(run.kind, "running");
  assert.match(run.headline, /^1 test in 2\.5 s; reading the recording$/);
  assert.match(run.next, /drawn from 2 checkpoints/);
  assert.equal(timeline?.allocations.rows, 1);
  assert.deepEqual(
    timeline?.series.map(({ pid, lastBytes }) => [pid, lastBytes.some((bytes) => bytes > 0)]),
    [[4711, true]],
  );
  assert.deepEqual(causes, []);
  const { devices, buffers, causes: judged } = page.snapshot();
  assert.deepEqual([devices.length, buffers, judged.reason], [1, 1, "the recording is still being read"]);
  assert.deepEqual(run.recording, { file: "run.mcap", isRead: false });
  assert.deepEqual([timeline?.endNs, page.refresh()], [2.5e9, { version: 2, isLast: false, readShare: 0 }]);
  page.reads(() => 0.5);
  const before = page.refresh();
  assert.equal(before.readShare, 0.5);
  await page.ended(runReport(), NO_EXTRAS, []);
  assert.deepEqual([page.snapshot().state, page.snapshot().causes.findings], ["ended", 0]);
  assert.deepEqual(page.refresh(), { version: before.version + 1, isLast: true });
  const { run: read } = dataOf(page);
  assert.deepEqual([read.kind, read.recording], ["nothing-checked", { file: "run.mcap", isRead: true }]);
});

test("while the page of what was read is made, others are answered", async () => {
  const page = await outlined(recordingOf([{ kind: "ring", ring: ringOf(0) }]));
  const lives = Array.from({ length: BUFFERS }, (_, index) => ({ bornNs: index, diedNs: null, sizeBytes: 32 }));
  let turns = 0;
  let isMade = false;
  const others = (): void => {
    turns += 1;
    if (!isMade) setImmediate(others);
  };
  setImmediate(others);
  await page.ended(runReport(), { ...NO_EXTRAS, timeline: timeline(lives, { endNs: BUFFERS }) }, []);
  isMade = true;
  assert.equal(dataOf(page).timeline?.allocations.rows, BUFFERS);
  assert.ok(turns >= COLUMNS, `${turns} turns`);
});

for (const [what, bytes] of [
  ["was cut", recordingOf([{ kind: "ring", ring: ringOf(0) }], null)],
  ["is damaged", recordingOf([{ kind: "ring", ring: ringOf(0) }], END).fill(0xff, 900, 1_400)],
] as const) {
  test(`a recording that ${what} has no outline`, async () => {
    const { run, timeline } = dataOf(await outlined(bytes));
    assert.deepEqual([run.headline, timeline], ["reading the recording", null]);
  });
}
