import assert from "node:assert/strict";
import { test } from "node:test";
import type uPlot from "uplot";
import { spanSplits, spanTexts, valueSplits } from "./value-axis.ts";

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

test("ticks of a small change in a large amount are told apart", () => {
  const textsOf = (min: number, max: number) => spanTexts(spanSplits(min, max));
  assert.deepEqual(textsOf(1500 * MB, 1560 * MB), ["1.48 GB", "1.50 GB", "1.52 GB"]);
  assert.deepEqual(textsOf(330 * KB, 410 * KB), ["340 KB", "360 KB", "380 KB", "400 KB"]);
  assert.deepEqual(textsOf(0.9 * MB, 1.45 * MB), ["1.0 MB", "1.2 MB", "1.4 MB"]);
});
