import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { exportOf, lifeOf, RUN } from "../../../fixtures/export/lives.ts";
import type { Pickled } from "./pickle.ts";
import { pickle } from "./pickle.ts";
import { TORCH_MEMORY_VIZ, TRACE_ENTRIES_MAX } from "./torch-memory-viz.ts";

/** What Python reads of pickles, as JSON. */
function unpickled(bytes: Uint8Array): unknown {
  const program = "import json, pickle, sys; print(json.dumps(pickle.load(sys.stdin.buffer)))";
  const { stdout, stderr } = spawnSync(".venv/readers/bin/python", ["-c", program], {
    input: bytes,
    encoding: "utf8",
    maxBuffer: 1e9,
  });
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout);
}

test("Python reads what was pickled: each kind of integer, texts, and lists longer than one batch", () => {
  const integers = [0, 255, 256, 65_535, 65_536, -1, 2 ** 31 - 1, -(2 ** 31) + 1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1];
  const long = Array.from({ length: 2_500 }, (_, index) => ({ index, text: `t${index}` }));
  const shared = { name: "ä€𝄞 \0", all: [null, true, false, "", []] };
  const value: Pickled = { integers, long, shared: [shared, shared, shared], empty: {}, "": 1 };
  assert.deepEqual(unpickled(pickle(value)), value);
  assert.throws(() => pickle(0.5), /0.5 is not an integer/);
  assert.throws(() => pickle(2 ** 53), /is not an integer/);
});

test("blocks fill their segment without gaps, and a trace has its latest entries", () => {
  const lives = Array.from({ length: TRACE_ENTRIES_MAX }, (_, index) => {
    const number = index + 2;
    return lifeOf(number, {
      address: 1_000,
      sizeBytes: 50,
      bornStep: number * 2,
      diedStep: number * 2 + 1,
      diedNs: 1.5e6,
    });
  });
  const live = [lifeOf(1, { sizeBytes: 40 }), lifeOf(TRACE_ENTRIES_MAX + 2, { address: 500, sizeBytes: 30, banks: 2 })];
  const instant = { ...RUN.instant, step: Number.MAX_SAFE_INTEGER };
  const snapshot = unpickled(exportOf(TORCH_MEMORY_VIZ, [...lives, ...live], { ...RUN, instant }));
  assert.ok(snapshot instanceof Object && "segments" in snapshot && "device_traces" in snapshot);
  const [{ blocks, ...segment }] = snapshot.segments as [{ blocks: Record<string, unknown>[]; total_size: number }];
  assert.deepEqual(
    blocks.map(({ address, size, state }) => [address, size, state]),
    [
      [100, 40, "active_allocated"],
      [140, 860, "inactive"],
      [1_000, 30, "active_allocated"],
      [1_030, 20, "inactive"],
    ],
  );
  assert.equal(segment.total_size, 950);
  const [trace] = snapshot.device_traces as [{ action: string }[]];
  const births = trace.filter(({ action }) => action === "alloc").length;
  const deaths = trace.filter(({ action }) => action === "free_completed").length;
  assert.deepEqual([births + deaths, trace.length], [TRACE_ENTRIES_MAX, births + deaths * 2]);
});
