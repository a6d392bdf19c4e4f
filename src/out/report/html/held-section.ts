import { html } from "hono/html";
import { printable } from "../../../core/base/printable.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import { devicesOf } from "../finding-words.ts";
import { chartFigures } from "./chart-figures.ts";
import { type HeldSeries, heldSeries } from "./held-series.ts";
import type { Markup } from "./markup.ts";

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
  return html`<p class="legend">
${key("M0-6 6 0 0 6-6 0Z", "fails")} leak
${key("M0-6 6 5-6 5Z", "fails")} other finding that fails
${key("M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0", "passes")} finding that does not fail.
Numbers are those of the tests, in the order they ran; sizes are on each chip.</p>
${chartFigures(
  series.map((each) => ({ ...each, name: nameOf(each), kind: each.memoryType })),
  tests.length,
  "held",
)}`;
}

/** "DRAM, device 0", with the worker where there is one. */
function nameOf({ memoryType, worker, ...series }: HeldSeries): string {
  const place = `${memoryType}, ${devicesOf(series)}`;
  return worker === null ? place : `${place}, worker ${printable(worker)}`;
}

function key(path: string, kind: "fails" | "passes"): Markup {
  return html`<svg class="key" viewBox="-8 -8 16 16" aria-hidden="true"><path class="mark ${kind}" d="${path}"/></svg>`;
}
