import {
  LIVE_DEVICES_MAX,
  LIVE_PROCESSES_MAX,
  LIVE_SCHEMA,
  type LiveDevice,
  type LiveMemory,
  type LiveProcess,
  type LiveSnapshot,
  type LiveSource,
} from "../model/live-snapshot.ts";
import type { RegionBytes, RegionProgram, RegionProgramChip } from "../model/memory-region.ts";
import { notJudged } from "./live-causes.ts";
import { beginningOf } from "./shorten-live-text.ts";

/** What programs hold that are known by their regions only, as a snapshot like all others. */
export function buildRegionsLive(
  { source, atMs }: Pick<LiveSnapshot, "source" | "atMs">,
  programs: readonly RegionProgram[],
): LiveSnapshot {
  const devices = programs.flatMap(({ pid, chips }) => chips.map((chip) => deviceOf(pid, chip)));
  return {
    schema: LIVE_SCHEMA,
    ...{ source: titled(source), state: "running", atMs, tests: null },
    devices: devices.slice(0, LIVE_DEVICES_MAX),
    processes: programs.slice(0, LIVE_PROCESSES_MAX).map(processOf),
    causes: notJudged("programs that are known by their regions only are not judged"),
    ...{ largest: [], buffers: 0, traffic: null, lost: { records: 0, messages: 0, refused: 0 } },
    leftOut: {
      devices: Math.max(0, devices.length - LIVE_DEVICES_MAX),
      processes: Math.max(0, programs.length - LIVE_PROCESSES_MAX),
      causes: 0,
    },
  };
}

function titled(source: LiveSource): LiveSource {
  return { ...source, title: source.title.map(beginningOf) };
}

function deviceOf(pid: number, { device, bytes }: RegionProgramChip): LiveDevice {
  const memories = Object.entries(bytes).flatMap(([memoryType, size]) => {
    return memoryType === "DRAM" || memoryType === "L1" || (size ?? 0) > 0 ? [memoryOf(memoryType, size ?? 0)] : [];
  });
  return { pid, device, openedAs: null, memories };
}

function memoryOf(memoryType: string, usedBytes: number): LiveMemory {
  const unknown = { capacityBytes: null, largestFreeBytes: null, peakBytes: null, buffers: null, leftBytes: null };
  return { memoryType, usedBytes, ...unknown, knownFrom: "regions" };
}

function processOf({ pid, name, state, chips }: RegionProgram): LiveProcess {
  return {
    pid,
    name: `${name === "" ? "?" : beginningOf(name)}, by its region`,
    ...{ worker: null, role: "program", state, running: null, standstill: null, lostRecords: 0 },
    usedBytes: chips.reduce((sum, { bytes }) => sum + sumOf(bytes), 0),
  };
}

function sumOf(bytes: RegionBytes): number {
  return Object.values(bytes).reduce((sum: number, size) => sum + (size ?? 0), 0);
}
