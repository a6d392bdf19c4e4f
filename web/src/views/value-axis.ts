import type uPlot from "uplot";
import { formatBytes } from "../../../src/core/base/bytes.ts";

/** How a curve's values are drawn. */
export interface ValueDrawing {
  readonly isLog: boolean;
  readonly isPercent: boolean;
}

/** What is less than the most by this factor is nothing beside it. */
const LOG_SPAN = 2 ** 20;
/** Room above the curve, in which the tests are. */
const HEADROOM = { linear: 1.16, log: 4 };
const TICKS = 4;

export function valueScale({ isLog }: ValueDrawing): uPlot.Scale {
  if (!isLog) return { range: (_plot, _min, max) => [0, Math.max(max, 1) * HEADROOM.linear] };
  return {
    distr: 3,
    log: 2,
    range: (_plot, _min, max) => [
      Math.max(max, Number.MIN_VALUE) / LOG_SPAN,
      Math.max(max, 1 / LOG_SPAN) * HEADROOM.log,
    ],
  };
}

/** Ticks that are round for people: bytes in units of 1024. */
export function valueSplits({ isLog, isPercent }: ValueDrawing): uPlot.Axis.Splits {
  return (_plot, _axis, min, max) => (isLog ? powers(min, max, isPercent ? 10 : 32) : steps(max, isPercent));
}

/**
 * Of amounts of which the change matters, not how far from nothing they are: with room above and below, also where they are the same.
 *
 * @param above room above, as many times that below
 */
export function spanScale(above = 1): uPlot.Scale {
  return {
    range: (_plot, min, max) => {
      const room = Math.max((max - min) * 0.1, max * 0.001, 1);
      return [Math.max(min - room, 0), max + above * room];
    },
  };
}

/** Ticks between two amounts of bytes, round in the unit of the larger. */
export function spanSplits(min: number, max: number): number[] {
  const step = niceStep((max - min) / unitOf(max) / TICKS) * unitOf(max);
  const first = Math.ceil(min / step);
  return Array.from({ length: Math.max(0, Math.floor(max / step) - first + 1) }, (_, index) => (first + index) * step);
}

/** Ticks with as many decimals as it takes to tell them apart, in the unit of the largest: "1.25 GB". */
export function spanTexts(ticks: readonly number[]): string[] {
  const unit = unitOf(ticks.at(-1) ?? 0);
  const step = ((ticks[1] ?? 0) - (ticks[0] ?? 0)) / unit;
  const decimals = step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 1;
  return ticks.map((bytes) => `${(bytes / unit).toFixed(decimals)} ${formatBytes(unit).replace(/^\S+ /, "")}`);
}

function powers(min: number, max: number, base: number): number[] {
  const first = Math.ceil(Math.log(min) / Math.log(base));
  const last = Math.floor(Math.log(max) / Math.log(base));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => base ** (first + index));
}

function steps(max: number, isPercent: boolean): number[] {
  const unit = isPercent ? 1 : unitOf(max);
  const step = niceStep(max / unit / TICKS) * unit;
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
}

/** Bytes of the unit in which that many are printed. */
function unitOf(bytes: number): number {
  return 1024 ** Math.max(0, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)));
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? power * 10;
}
