import { useMemo } from "preact/hooks";
import type uPlot from "uplot";
import { formatBytes } from "../../../src/core/base/bytes.ts";
import type { PageTest } from "../../../src/core/model/page.ts";
import { shown } from "../state/store.ts";
import { isDark } from "../state/theme.ts";
import { colour } from "./colours.ts";
import { usePlot } from "./use-plot.ts";
import { spanScale, spanSplits, spanTexts } from "./value-axis.ts";

/** Of a process with fewer tests there is nothing to see, such as one that was forked for a test. */
const TESTS_MIN = 2;
/** More pictures than this tell a reader less. */
const CHARTS_MAX = 8;
const HEIGHT = 130;

interface HostSeries {
  readonly pid: number;
  readonly worker: string | null;
  /** Numbers of the tests, from 1, and what was held after each. */
  readonly numbers: readonly number[];
  readonly afterBytes: readonly number[];
}

/** The host memory of each process after each of its tests, where it was looked at. */
export function HostChart() {
  const series = hostSeries(shown.value?.page.tests ?? []);
  if (series.length === 0) return null;
  return (
    <section>
      <h3>Host memory after each test</h3>
      <p class="quiet">Resident memory of each process without what it shares.</p>
      {series.slice(0, CHARTS_MAX).map((each) => (
        <Chart key={each.pid} series={each} />
      ))}
      {series.length > CHARTS_MAX ? <p class="quiet">{series.length - CHARTS_MAX} processes left out.</p> : null}
    </section>
  );
}

function Chart({ series }: { readonly series: HostSeries }) {
  const { pid, worker, numbers, afterBytes } = series;
  const data = useMemo((): uPlot.AlignedData => [[...numbers], [...afterBytes]], [series]);
  const { ref } = usePlot(
    `${pid} ${isDark.value}`,
    () => ({
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: spanScale() },
      axes: [
        {
          stroke: colour("quiet"),
          grid: { show: false },
          values: (_, ticks) => ticks.map((at) => (Number.isInteger(at) ? `#${at}` : "")),
        },
        {
          stroke: colour("quiet"),
          grid: { stroke: colour("rule") },
          size: 76,
          splits: (_plot, _axis, min, max) => spanSplits(min, max),
          values: (_, ticks) => spanTexts(ticks),
          filter: (_, ticks) => ticks,
        },
      ],
      series: [{}, { stroke: colour("g0"), width: 1.5 }],
    }),
    data,
  );
  const name = `process ${pid}${worker === null ? "" : `, worker ${worker}`}`;
  const [first = 0, last = 0] = [afterBytes[0], afterBytes.at(-1)];
  return (
    <figure>
      <figcaption>
        {name}: {formatBytes(first)} after the first test, {formatBytes(last)} after the last
      </figcaption>
      <div class="plot" ref={ref} aria-hidden="true" />
    </figure>
  );
}

function hostSeries(tests: readonly PageTest[]): readonly HostSeries[] {
  const numbered = tests.map((test, index) => ({ test, number: index + 1 })).filter(({ test }) => test.host !== null);
  return [...Map.groupBy(numbered, ({ test }) => test.pid)]
    .filter(([, own]) => own.length >= TESTS_MIN)
    .map(([pid, own]) => ({
      pid,
      worker: own[0]?.test.worker ?? null,
      numbers: own.map(({ number }) => number),
      afterBytes: own.map(({ test }) => test.host?.afterBytes ?? 0),
    }));
}
