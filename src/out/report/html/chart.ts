import { scaleLinear } from "d3-scale";
import { area, line, symbol, symbolCircle, symbolDiamond, symbolTriangle } from "d3-shape";
import { html } from "hono/html";
import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { attemptOf } from "../finding-words.ts";
import type { ChartedSeries, HeldPoint } from "./held-series.ts";
import type { Markup } from "./markup.ts";

// In units of the view box; a page on a desktop shows them as pixels.
const WIDTH = 960;
const HEIGHT = 200;
const MARGIN = { top: 26, right: 14, bottom: 26, left: 78 };
const BASELINE = HEIGHT - MARGIN.bottom;
const Y_TICKS = 4;
const X_TICKS = 8;
const MARKER_AREA = { fails: 90, passes: 36 };
/** With more tests than this, marks of what does not fail would hide the line. */
const LARGE_MARKS_MAX = 100;
const SMALL_MARKER_AREA = 6;
/** Numbers of failing tests closer than this to the one before are not written. */
const LABEL_GAP_MIN = 50;

/** With more tests than this a strip for each is too thin to point at. */
const POINTED_TESTS_MAX = 1000;

interface Scales {
  readonly x: (testNumber: number) => number;
  readonly y: (sizeBytes: number) => number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

/**
 * Memory held after each test as a picture: a line that rises inside the tests that took memory and steps where it
 * changed between them, and a mark on each test with a finding.
 *
 * @param name of what held it, such as "DRAM, device 0"
 * @param tests how many tests the run has: every picture of a page has the same width per test
 */
export function heldChart(series: ChartedSeries, name: string, tests: number, id: string): Markup {
  const scales = scalesOf(series, tests);
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${name}: bytes held after each test</title>
<desc id="${id}-desc">${describe(series)}</desc>
${axes(scales)}
<path class="area" d="${areaPath(series.points, scales)}"/>
<path class="line" d="${linePath(series.points, scales)}"/>
${series.points.length > POINTED_TESTS_MAX ? null : series.points.map((point) => strip(point, scales))}
${series.points.map((point) => marker(point, scales, series.points.length > LARGE_MARKS_MAX))}
${labels(series.points, scales)}
</svg>`;
}

function describe({ points, peakBytes }: ChartedSeries): string {
  const failing = points.filter(fails).length;
  const last = points.at(-1)?.afterBytes ?? 0;
  return `Over ${count(points.length, "test")} at most ${formatBytes(peakBytes)}, at the end ${formatBytes(last)}; ${count(failing, "test")} with a finding that fails.`;
}

function scalesOf({ peakBytes }: ChartedSeries, tests: number): Scales {
  const x = scaleLinear([0, Math.max(tests, 1)], [MARGIN.left, WIDTH - MARGIN.right]);
  const unit = unitOf(peakBytes);
  // In whole units of 1024, so that the ticks are round for people.
  const inUnits = scaleLinear([0, peakBytes / unit], [BASELINE, MARGIN.top]).nice(Y_TICKS);
  return {
    x,
    y: (sizeBytes) => inUnits(sizeBytes / unit),
    xTicks: x.ticks(X_TICKS).filter((tick) => Number.isInteger(tick) && tick > 0),
    yTicks: inUnits.ticks(Y_TICKS).map((tick) => tick * unit),
  };
}

function unitOf(sizeBytes: number): number {
  return 1024 ** Math.floor(Math.log(Math.max(sizeBytes, 1)) / Math.log(1024));
}

function axes({ x, y, xTicks, yTicks }: Scales): Markup {
  const rows = yTicks.map((tick) => {
    const at = round(y(tick));
    const label = html`<text class="tick" x="${MARGIN.left - 8}" y="${at + 4}" text-anchor="end">${formatBytes(tick)}</text>`;
    return html`<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}"/>${label}`;
  });
  const columns = xTicks.map((tick) => {
    const at = x(tick - 0.5);
    return html`<text class="tick" x="${round(at)}" y="${HEIGHT - 8}" text-anchor="${anchorAt(at)}">#${tick}</text>`;
  });
  return html`${rows}${columns}`;
}

type Corner = readonly [testNumber: number, sizeBytes: number];

/** A test spans its number minus one to its number: it begins with what it found and ends with what it left. */
function corners(points: readonly HeldPoint[]): Corner[] {
  return points.flatMap(({ number, beforeBytes, afterBytes }): Corner[] => [
    [number - 1, beforeBytes],
    [number, afterBytes],
  ]);
}

function linePath(points: readonly HeldPoint[], { x, y }: Scales): string {
  return (
    line<Corner>(
      ([number]) => x(number),
      ([, sizeBytes]) => y(sizeBytes),
    ).digits(1)(corners(points)) ?? ""
  );
}

function areaPath(points: readonly HeldPoint[], { x, y }: Scales): string {
  return (
    area<Corner>(
      ([number]) => x(number),
      BASELINE,
      ([, sizeBytes]) => y(sizeBytes),
    ).digits(1)(corners(points)) ?? ""
  );
}

/** An invisible strip over the whole height, which tells the test under the pointer. */
function strip(point: HeldPoint, { x }: Scales): Markup {
  const left = x(point.number - 1);
  const size = html`x="${round(left)}" y="${MARGIN.top}" width="${round(x(point.number) - left)}" height="${BASELINE - MARGIN.top}"`;
  return html`<rect class="strip" ${size}><title>${tell(point)}</title></rect>`;
}

function tell({ number, test, beforeBytes, afterBytes, findings }: HeldPoint): string {
  const verdicts = findings.map(({ verdict }) => `\n${verdict}`).join("");
  return `#${number} ${attemptOf(test.test, test.attempt)}\n${formatBytes(afterBytes)} held after it, ${formatBytes(beforeBytes)} before${verdicts}`;
}

function marker(point: HeldPoint, { x, y }: Scales, isCrowded: boolean): Markup | null {
  if (point.findings.length === 0) return null;
  const failing = fails(point);
  const isLeak = point.findings.some(({ verdict }) => verdict === "leak");
  const shape = !failing ? symbolCircle : isLeak ? symbolDiamond : symbolTriangle;
  const passing = isCrowded ? SMALL_MARKER_AREA : MARKER_AREA.passes;
  const path = symbol(shape, failing ? MARKER_AREA.fails : passing).digits(1)();
  const place = `translate(${round(x(point.number))} ${round(y(point.afterBytes))})`;
  return html`<path class="mark ${failing ? "fails" : "passes"}" d="${path}" transform="${place}"><title>${tell(point)}</title></path>`;
}

/** The numbers of failing tests, by which the table of tests is ordered. */
function labels(points: readonly HeldPoint[], { x, y }: Scales): readonly Markup[] {
  let last = Number.NEGATIVE_INFINITY;
  return points.filter(fails).flatMap(({ number, afterBytes }) => {
    const at = x(number);
    if (at - last < LABEL_GAP_MIN) return [];
    last = at;
    return [
      html`<text class="number" x="${round(at)}" y="${round(y(afterBytes) - 10)}" text-anchor="${anchorAt(at)}">#${number}</text>`,
    ];
  });
}

/** A label in the middle of its place, unless it would be cut off there. */
function anchorAt(x: number): "end" | "middle" {
  return x > WIDTH - MARGIN.right - LABEL_GAP_MIN / 2 ? "end" : "middle";
}

function fails({ findings }: HeldPoint): boolean {
  return findings.some((finding) => finding.fails);
}

function round(coordinate: number): number {
  return Math.round(coordinate * 10) / 10;
}
