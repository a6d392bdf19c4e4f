import { html } from "hono/html";
import { printable } from "../../../core/base/printable.ts";
import type { RunReport, TestReport } from "../../../core/model/run-report.ts";
import { chartFigures } from "./chart-figures.ts";
import type { HeldPoint } from "./held-series.ts";
import type { Markup } from "./markup.ts";

/** Of a process with fewer tests there is nothing to see, such as one that was forked for a test. */
const TESTS_MIN = 2;

interface HostSeries {
  readonly name: string;
  readonly kind: "host";
  readonly points: readonly HeldPoint[];
  readonly peakBytes: number;
}

/** A picture of the host memory of each process after each of its tests, where it was looked at. */
export function hostSection({ tests }: RunReport): Markup | null {
  const series = hostSeries(tests);
  if (series.length === 0) return null;
  return html`<section aria-labelledby="host">
<h2 id="host">Host memory after each test</h2>
<p class="legend">Resident memory of each process without what it shares. A warning above says so where it grew with the tests.</p>
${chartFigures(series, tests.length, "host")}
</section>`;
}

function hostSeries(tests: readonly TestReport[]): readonly HostSeries[] {
  const points = tests.flatMap((test, index): HeldPoint[] => {
    return test.host === null ? [] : [{ number: index + 1, test, ...test.host, findings: [] }];
  });
  return [...Map.groupBy(points, ({ test }) => test.pid)]
    .filter(([, own]) => own.length >= TESTS_MIN)
    .map(([pid, own]) => {
      const worker = own[0]?.test.worker ?? null;
      const name = `process ${pid}${worker === null ? "" : `, worker ${printable(worker)}`}`;
      const peakBytes = own.reduce((most, { beforeBytes, afterBytes }) => Math.max(most, beforeBytes, afterBytes), 0);
      return { name, kind: "host", points: own, peakBytes };
    });
}
