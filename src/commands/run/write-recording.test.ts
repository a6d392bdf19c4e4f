import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { copyOf, END, RUN } from "../../../fixtures/recording/recorded.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import type { TraceRecord } from "../../core/model/trace-record.ts";
import { RecordingReader } from "../../in/recording/recording-reader.ts";
import { openRunRecording } from "./write-recording.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-record-run-"));
after(() => rmSync(home, { recursive: true }));

const RING = "/dev/shm/rings/4711.1.ring";

test("a file that cannot be made, or takes nothing, is reported before the command starts", async () => {
  for (const [path, reason] of [
    [join(home, "none", "run.mcap"), "ENOENT"],
    ["/dev/full", "it is a device, wanted a regular file"],
  ] as const) {
    const wanted = { name: "UsageError", message: new RegExp(`^run: --record ${path} cannot be written: ${reason}`) };
    await assert.rejects(openRunRecording(path, RUN), wanted);
  }
});

test("what a ring's reader hands over goes on to the ledger as it is, and into the file", async () => {
  const path = join(home, "run.mcap");
  writeFileSync(path, "of an earlier run".repeat(1_000));
  const recording = await openRunRecording(path, RUN);
  const taken: unknown[] = [];
  const sink = {
    births: () => [],
    record: (record: TraceRecord) => taken.push(copyOf(record)),
    lost: (records: number) => taken.push(records),
  };
  const tap = recording.tap(RING, sink);
  recording.ring(RING, 4711, [1]);
  tap.record(traceRecord({ address: 64 }));
  tap.lost(3);
  recording.onFlush(() => assert.fail("no second has gone by"));
  assert.deepEqual(await recording.end({ ...END }, [{ path: RING, pid: 4711, records: 1, lost: 3 }]), []);
  assert.deepEqual(taken, [traceRecord({ address: 64 }), 3]);
  using reader = RecordingReader.open(path);
  const steps = [...reader.steps()];
  assert.deepEqual(
    steps.map(({ kind }) => kind),
    ["begin", "ring", "records", "lost", "end"],
  );
  assert.equal(reader.problem, null);
  assert.ok(readFileSync(path).length < 5_000, "nothing is left of what was there");
});
