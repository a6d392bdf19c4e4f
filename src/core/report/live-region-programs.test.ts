import assert from "node:assert/strict";
import { test } from "node:test";
import { regionRow, regionsSnapshot, SOME_REGIONS, writtenRegion } from "../../../fixtures/region/snapshots.ts";
import { LIVE_DEVICES_MAX, LIVE_PROCESSES_MAX } from "../model/live-snapshot.ts";
import { buildRegionsLive } from "./live-region-programs.ts";
import { regionPrograms } from "./region-programs.ts";

const SOURCE = { command: "regions", pid: 1, title: ["/dev/shm"], engine: "0", startedAt: "" } as const;
const running = (localPid: number) => ({ state: "running", localPid }) as const;

test("programs that nobody tells of are those that run or may run, by their pid here", () => {
  const programs = regionPrograms(SOME_REGIONS.regions, new Set());
  assert.deepEqual(
    programs.map(({ pid, name, state }) => [pid, name, state]),
    [
      [9, "jax", "unverifiable"],
      [4711, "python3", "running"],
      [4800, "vllm\x1b[2J", "running"],
    ],
  );
  const others = regionPrograms(SOME_REGIONS.regions, new Set([4711, 7]));
  assert.deepEqual(
    others.map(({ pid }) => pid),
    [9, 4800],
  );
});

test("a program on two chips is one, with a device for each", () => {
  const rows = [regionRow(4711, "jax", { DRAM: 64, L1: null, TRACE: 0, CB: 32 })];
  const two = [0n, 1n].map((id) => writtenRegion({ id, device: Number(id), rows }, [running(4711)]));
  const { processes, devices } = buildRegionsLive(
    { source: SOURCE, atMs: 0 },
    regionPrograms(regionsSnapshot(...two).regions, new Set()),
  );
  assert.deepEqual(
    processes.map(({ pid, name, role, state, usedBytes }) => ({ pid, name, role, state, usedBytes })),
    [{ pid: 4711, name: "jax, by its region", role: "program", state: "running", usedBytes: 192 }],
  );
  assert.deepEqual(
    devices.map(({ pid, device, memories }) => [
      pid,
      device,
      memories.map((each) => [each.memoryType, each.usedBytes]),
    ]),
    [0, 1].map((device) => [
      4711,
      device,
      [
        ["DRAM", 64],
        ["L1", 0],
        ["CB", 32],
      ],
    ]),
  );
});

test("beyond the limits of a snapshot, programs and devices are counted", () => {
  const pids = Array.from({ length: LIVE_PROCESSES_MAX + 1 }, (_, index) => index + 1);
  const region = writtenRegion({ rows: pids.map((pid) => regionRow(pid, "jax", { DRAM: 1 })) }, pids.map(running));
  const programs = regionPrograms(regionsSnapshot(region).regions, new Set());
  const { processes, devices, leftOut } = buildRegionsLive({ source: SOURCE, atMs: 0 }, programs);
  assert.deepEqual([processes.length, devices.length], [LIVE_PROCESSES_MAX, LIVE_DEVICES_MAX]);
  assert.deepEqual(leftOut, { devices: pids.length - LIVE_DEVICES_MAX, processes: 1, causes: 0 });
});
