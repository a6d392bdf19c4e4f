import { html } from "hono/html";
import { count } from "../../../core/base/count.ts";
import { heldChart } from "./chart.ts";
import type { ChartedSeries } from "./held-series.ts";
import type { Markup } from "./markup.ts";

/** More pictures than this tell a reader less; those with the most memory are shown. */
const CHARTS_MAX = 16;

interface NamedSeries extends ChartedSeries {
  readonly name: string;
  /** The class that has its colour. */
  readonly kind: string;
}

/** A figure for each series, as far as there is room. `id`: of the section; `tests`: how many the run has. */
export function chartFigures(series: readonly NamedSeries[], tests: number, id: string): Markup {
  const shown = shownOf(series);
  const leftOut = series.length - shown.length;
  return html`${shown.map((each, index) => figure(each, tests, `${id}-${index + 1}`))}
${leftOut === 0 ? null : html`<p>${count(leftOut, "picture")} with less memory left out.</p>`}`;
}

function shownOf(series: readonly NamedSeries[]): readonly NamedSeries[] {
  if (series.length <= CHARTS_MAX) return series;
  const largest = new Set(series.toSorted((a, b) => b.peakBytes - a.peakBytes).slice(0, CHARTS_MAX));
  return series.filter((each) => largest.has(each));
}

function figure(series: NamedSeries, tests: number, id: string): Markup {
  const { name, kind } = series;
  return html`<figure class="${kind}">
<figcaption>${name}</figcaption>
<div class="scroll" tabindex="0" role="group" aria-label="${name}">${heldChart(series, name, tests, id)}</div>
</figure>`;
}
