import assert from "node:assert/strict";
import { test } from "node:test";
import type { RegionProgram } from "../../../core/model/memory-region.ts";
import { regionFacts } from "./region-facts.ts";

const chip = (device: number, bytes: RegionProgram["chips"][number]["bytes"]) => ({ chip: "0x1", device, bytes });

test("a program's fact says what it holds on each device, and nothing that acts on the page", () => {
  const chips = [chip(0, { DRAM: 1_024, L1: 0, CB: null }), chip(1, { DRAM: 0 })];
  assert.deepEqual(regionFacts([{ pid: 7, name: "j\u202eax", state: "unverifiable", chips }]), [
    {
      name: "process 7",
      text: "j\\u202eax (unverifiable), by its region: 1.0 KB DRAM, CB below zero on device 0; nothing on device 1",
    },
  ]);
});

test("of many programs the first have facts and the others are counted", () => {
  const programs = Array.from({ length: 52 }, (_, pid) => ({ pid, name: "jax", state: "running" as const, chips: [] }));
  assert.deepEqual(regionFacts(programs).at(-1), { name: "processes", text: "2 more programs with a region" });
  assert.equal(regionFacts(programs.slice(0, 50)).length, 50);
});
