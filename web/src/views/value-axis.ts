import type uPlot from "uplot";

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

function powers(min: number, max: number, base: number): number[] {
  const first = Math.ceil(Math.log(min) / Math.log(base));
  const last = Math.floor(Math.log(max) / Math.log(base));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => base ** (first + index));
}

function steps(max: number, isPercent: boolean): number[] {
  const unit = isPercent ? 1 : 1024 ** Math.max(0, Math.floor(Math.log(Math.max(max, 1)) / Math.log(1024)));
  const step = niceStep(max / unit / TICKS) * unit;
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-9)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? power * 10;
}
