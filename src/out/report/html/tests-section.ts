import { html } from "hono/html";
import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import { MEMORY_TYPES } from "../../../core/model/memory-type.ts";
import type { DeviceOfTest, PeakReport, TestReport } from "../../../core/model/run-report.ts";
import { formatDuration } from "../duration.ts";
import { attemptOf, devicesOf } from "../finding-words.ts";
import { reachedAt } from "../peaks-table.ts";
import type { PlacedFinding } from "./findings-section.ts";
import { heldBytes } from "./held-series.ts";
import type { Markup } from "./markup.ts";

const TESTS_MAX = 5000;
const STATES = { checked: "checked", "not-checked": "not checked", "no-device": "no device" } as const;

/** Every test in the order of the run, with what it left on each device. */
export function testsSection(tests: readonly TestReport[], placed: readonly PlacedFinding[]): Markup | null {
  if (tests.length === 0) return null;
  const byTest = Map.groupBy(placed, ({ finding }) => `${finding.attempt} ${finding.test}`);
  const rows = tests.slice(0, TESTS_MAX).map((test, index) => {
    return testRow(index + 1, test, byTest.get(`${test.attempt} ${test.test}`) ?? []);
  });
  const leftOut = tests.length - rows.length;
  return html`<section aria-labelledby="tests">
<h2 id="tests">Tests</h2>
<div class="scroll tall" tabindex="0" role="group" aria-labelledby="tests"><table>
<caption>${count(tests.length, "test")}, in the order they ran</caption>
<thead><tr><th scope="col" class="amount">#</th><th scope="col">Test</th><th scope="col">Result</th><th scope="col" class="amount">Time</th><th scope="col">Its own at most, on each chip</th><th scope="col">Held after it, on each chip</th><th scope="col">Findings</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>
${leftOut === 0 ? null : html`<p>${count(leftOut, "test")} left out of this page; --json FILE has all.</p>`}
</section>`;
}

function testRow(number: number, test: TestReport, findings: readonly PlacedFinding[]): Markup {
  const time = test.durationMs === null ? "" : formatDuration(test.durationMs);
  return html`<tr><td class="amount">${number}</td>
<th scope="row"><code>${attemptOf(test.test, test.attempt)}</code></th>
<td>${test.outcome ?? "never ended"}</td><td class="amount">${time}</td>
<td>${test.peaks.map(peakOf)}</td>
<td>${test.state === "checked" ? test.devices.map(heldAfter) : html`<span class="quiet">${STATES[test.state]}</span>`}</td>
<td>${findings.map(findingLink)}</td></tr>`;
}

/** The most the test itself had live at once; where it was reached is shown on demand. */
function peakOf(peak: PeakReport): Markup | null {
  const { ownBytes, totalBytes, memoryType } = peak;
  if (ownBytes === 0) return null;
  const all = totalBytes === ownBytes ? null : html` <span class="quiet">of ${formatBytes(totalBytes)} in all</span>`;
  return html`<div title="${reachedAt(peak)}"><span class="held">${formatBytes(ownBytes)} ${memoryType}</span>${all}</div>`;
}

function heldAfter(device: DeviceOfTest): Markup {
  const parts = MEMORY_TYPES.flatMap((memoryType) => {
    const before = heldBytes(device.before, memoryType);
    const after = heldBytes(device.after, memoryType);
    if (before === 0 && after === 0) return [];
    const change = after - before;
    const difference = change === 0 ? null : html` <b>(${change > 0 ? "+" : ""}${formatBytes(change)})</b>`;
    return [html`<span class="held">${formatBytes(after)} ${memoryType}${difference}</span> `];
  });
  const what = parts.length === 0 ? html`<span class="quiet">nothing</span>` : parts;
  return html`<div><span class="quiet">${devicesOf({ ...device })}</span> ${what}</div>`;
}

function findingLink({ finding, id }: PlacedFinding): Markup {
  return html`<a class="verdict ${finding.verdict} ${finding.fails ? "fails" : "passes"}" href="#${id}">${finding.verdict}</a> `;
}
