import assert from "node:assert/strict";
import { test } from "node:test";
import { liveDevice, liveMemory, liveProcess, liveSnapshot } from "../../../../fixtures/live/snapshots.ts";
import type { LiveSnapshot } from "../../model/live-snapshot.ts";
import { REGIONS_SCHEMA, type RegionsSnapshot } from "../../model/memory-region.ts";
import { METRICS, metricFamilies } from "./metrics.ts";

const NO_REGIONS: RegionsSnapshot = {
  ...{ schema: REGIONS_SCHEMA, at: "2026-11-27T10:00:00.000Z", folder: "/dev/shm" },
  ...{ regions: [], unread: [], leftOut: 0 },
};
const ENGINE = { cpuSeconds: 1.5, residentBytes: 100_000_000, startSeconds: 1_700_000_000 };

/** Samples of one metric, as `label,label value`. */
function samplesOf(name: string, snapshot: LiveSnapshot, regions = NO_REGIONS): readonly string[] {
  const family = metricFamilies({ snapshot, regions, engine: ENGINE }).find(({ metric }) => metric.name === name);
  assert.notEqual(family, undefined, name);
  return family?.samples.map(({ labels, value }) => `${labels.join(",")} ${value}`) ?? [];
}

test("no two metrics have a name in common, in either system", () => {
  for (const names of [METRICS.map(({ name }) => name), METRICS.map(({ telemetry }) => telemetry.name)]) {
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  }
});

test("each label has an attribute, and what counts says so", () => {
  for (const { name, kind, labels, telemetry } of METRICS) {
    assert.equal(telemetry.attributes.length, labels.length, name);
    assert.equal(name.endsWith("_total"), kind === "counter", name);
  }
});

test("all that is reported was declared, in that order", () => {
  const told = metricFamilies({ snapshot: liveSnapshot(), regions: NO_REGIONS, engine: ENGINE });
  assert.deepEqual(
    told.map(({ metric }) => metric),
    METRICS,
  );
});

test("processes of one worker are one; what has ended holds nothing", () => {
  const memory = (usedBytes: number) => [
    liveMemory({ usedBytes, capacityBytes: 100, largestFreeBytes: 50 - usedBytes }),
  ];
  const snapshot = liveSnapshot({
    devices: [
      liveDevice({ pid: 1, memories: memory(10) }),
      liveDevice({ pid: 2, memories: memory(20) }),
      liveDevice({ pid: 3, memories: memory(30) }),
      liveDevice({ pid: 4, memories: memory(40) }),
    ],
    processes: [
      liveProcess({ pid: 1, worker: "gw0" }),
      liveProcess({ pid: 2, worker: "gw0" }),
      liveProcess({ pid: 3, worker: null }),
      liveProcess({ pid: 4, state: "ended" }),
    ],
  });
  assert.deepEqual(samplesOf("tt_memwatch_memory_used_bytes", snapshot), ["0,DRAM,gw0 30", "0,DRAM, 30"]);
  assert.deepEqual(samplesOf("tt_memwatch_memory_capacity_bytes", snapshot), ["0,DRAM,gw0 100", "0,DRAM, 100"]);
  assert.deepEqual(samplesOf("tt_memwatch_memory_largest_free_bytes", snapshot), ["0,DRAM,gw0 30", "0,DRAM, 20"]);
  assert.deepEqual(samplesOf("tt_memwatch_processes", snapshot), ["running 3", "ended 1", "lost 0"]);
});

test("openings of a chip that is not known share one label", () => {
  const devices = [7, 8].map((openedAs) => liveDevice({ openedAs, memories: [liveMemory({ usedBytes: openedAs })] }));
  assert.deepEqual(samplesOf("tt_memwatch_memory_used_bytes", liveSnapshot({ devices })), ["unknown,DRAM, 15"]);
});

test("what is not known is not told", () => {
  const unknown = { capacityBytes: null, largestFreeBytes: null, peakBytes: null, buffers: null };
  const devices = [liveDevice({ pid: null, memories: [liveMemory(unknown)] })];
  const causes = { judgedAtMs: null, reason: "not yet", findings: 0, failing: 0, known: 0, verdicts: [], list: [] };
  const snapshot = liveSnapshot({ devices, causes, tests: null });
  for (const name of ["memory_capacity_bytes", "memory_peak_bytes", "memory_buffers", "tests", "failing_findings"]) {
    assert.deepEqual(samplesOf(`tt_memwatch_${name}`, snapshot), [], name);
  }
});

test("a region's memory is reported by what is known of its programs", () => {
  const memory = { usedBytes: 10, unverifiableBytes: 20, staleBytes: 30, unattributedBytes: null, totalBytes: 60 };
  const process = { localPid: 1, pid: 1, name: "a", updatedAt: "2026-11-27T10:00:00.000Z", bytes: {} };
  const region = {
    ...{ path: "/dev/shm/tt_device_1_memory", chip: "0x1", isChipKnown: true, device: 0, layout: "v4" as const },
    ...{ updatedAt: "2026-11-27T10:00:00.000Z", isFull: false },
    memories: [{ memoryType: "DRAM" as const, ...memory }],
    processes: [
      { ...process, state: "running" as const },
      { ...process, state: "ended" as const },
    ],
  };
  const regions = { ...NO_REGIONS, regions: [region], unread: [{ path: "/x", reason: "no" }], leftOut: 2 };
  assert.deepEqual(samplesOf("tt_memwatch_region_bytes", liveSnapshot(), regions), [
    "0x1,DRAM,running 10",
    "0x1,DRAM,unverifiable 20",
    "0x1,DRAM,ended 30",
  ]);
  const programs = ["0x1,running 1", "0x1,unverifiable 0", "0x1,ended 1"];
  assert.deepEqual(samplesOf("tt_memwatch_region_programs", liveSnapshot(), regions), programs);
  assert.deepEqual(samplesOf("tt_memwatch_regions_unread", liveSnapshot(), regions), [" 3"]);
});
