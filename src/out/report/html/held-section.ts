import { html } from "hono/html";
import { count } from "../../../core/base/count.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import { heldChart, nameOf } from "./chart.ts";
import { type HeldSeries, heldSeries } from "./held-series.ts";
import type { Markup } from "./markup.ts";

/** More pictures than this tell a reader less; those with the most memory are shown. */
const CHARTS_MAX = 16;

/** Pictures of the memory held after each test, one for each device and memory type that was used. */
export function heldSection(report: RunReport): Markup | null {
  if (report.run.tests.checked === 0) return null;
  const series = heldSeries(report);
  return html`<section aria-labelledby="held">
<h2 id="held">Memory held after each test</h2>
${series.length === 0 ? html`<p>Before and after every test that was checked, all memory was free.</p>` : charts(series, report)}
</section>`;
}

function charts(series: readonly HeldSeries[], { tests }: RunReport): Markup {
  const shown = shownOf(series);
  const leftOut = series.length - shown.length;
  return html`<p class="legend">
${key("M0-6 6 0 0 6-6 0Z", "fails")} leak
${key("M0-6 6 5-6 5Z", "fails")} other finding that fails
${key("M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0", "passes")} finding that does not fail.
Numbers are those of the tests, in the order they ran; sizes are on each chip.</p>
${shown.map((each, index) => figure(each, tests.length, `held-${index + 1}`))}
${leftOut === 0 ? null : html`<p>${count(leftOut, "picture")} with less memory left out.</p>`}`;
}

function shownOf(series: readonly HeldSeries[]): readonly HeldSeries[] {
  if (series.length <= CHARTS_MAX) return series;
  const largest = new Set(series.toSorted((a, b) => b.peakBytes - a.peakBytes).slice(0, CHARTS_MAX));
  return series.filter((each) => largest.has(each));
}

function figure(series: HeldSeries, tests: number, id: string): Markup {
  return html`<figure class="${series.memoryType}">
<figcaption>${nameOf(series)}</figcaption>
<div class="scroll" tabindex="0" role="group" aria-label="${nameOf(series)}">${heldChart(series, tests, id)}</div>
</figure>`;
}

function key(path: string, kind: "fails" | "passes"): Markup {
  return html`<svg class="key" viewBox="-8 -8 16 16" aria-hidden="true"><path class="mark ${kind}" d="${path}"/></svg>`;
}
