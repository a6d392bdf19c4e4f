import assert from "node:assert/strict";
import { test } from "node:test";
import type uPlot from "uplot";
import { valueSplits } from "./value-axis.ts";

const KB = 1024;
const MB = 1024 * KB;

/** Ticks need neither plot nor axis. */
function ticksOf(min: number, max: number, isLog: boolean, isPercent = false): readonly number[] {
  const splits = valueSplits({ isLog, isPercent });
  return typeof splits === "function" ? splits({} as uPlot, 1, min, max, 0, 0) : [];
}

test("linear ticks are whole units of 1024, a handful", () => {
  assert.deepEqual(ticksOf(0, 174 * MB, false), [0, 50 * MB, 100 * MB, 150 * MB]);
  assert.deepEqual(ticksOf(0, 900, false), [0, 500]);
});

test("logarithmic ticks are powers that people know", () => {
  assert.deepEqual(ticksOf(600, 600 * MB, true), [KB, 32 * KB, MB, 32 * MB]);
  assert.deepEqual(ticksOf(0.05, 400, true, true), [0.1, 1, 10, 100]);
});
