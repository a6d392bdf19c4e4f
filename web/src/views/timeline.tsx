import { useEffect, useMemo } from "preact/hooks";
import uPlot from "uplot";
import { formatBytes } from "../../../src/core/base/bytes.ts";
import type { Memory } from "../model/memories.ts";
import type { Layers } from "../model/timeline-layers.ts";
import {
  banks,
  change,
  chosenBirths,
  comparedNs,
  course,
  cursorNs,
  endNs,
  free,
  layersOf,
  memory,
  shown,
  viewState,
} from "../state/store.ts";
import { isDark } from "../state/theme.ts";
import { colour } from "./colours.ts";
import { Empty } from "./controls.tsx";
import { bandsOf, drawBands } from "./test-bands.ts";
import { TimeCursor } from "./time-cursor.tsx";
import { drawMarks } from "./time-marks.ts";
import { TimelineChoices } from "./timeline-choices.tsx";
import { TimelineLegend } from "./timeline-legend.tsx";
import { type Drawn, linesOf, shownLayers } from "./timeline-lines.ts";
import { type PlotOptions, usePlot } from "./use-plot.ts";
import { spanScale, spanSplits, spanTexts, type ValueDrawing, valueScale, valueSplits } from "./value-axis.ts";

const NS_PER_S = 1e9;
const HEIGHT = 210;
const PHONE_HEIGHT = 140;
const PHONE_WIDTH = 640;
/** Room above the line of the largest free piece for the tests and their phases. */
const ABOVE_FREE = 3;

/** What the memory that is chosen held over the run, with the tests as bands and one cursor. */
export function Timeline() {
  const now = memory.value;
  return (
    <section class="panel timeline" id="timeline" aria-labelledby="timeline-title">
      <h2 id="timeline-title" class="hidden">
        Timeline
      </h2>
      {now === null ? <NoTimeline /> : <Shown now={now} />}
    </section>
  );
}

function NoTimeline() {
  const { kind } = shown.value?.page.run ?? {};
  if (kind === "running") return <Empty>No device memory has been allocated yet.</Empty>;
  if (course.value !== null) return <Empty>No test allocated device memory.</Empty>;
  return (
    <Empty command="tt-memwatch run --html report.html -- pytest">What was live when is not known of this run.</Empty>
  );
}

function Shown({ now }: { readonly now: Memory }) {
  return (
    <>
      <TimelineChoices now={now} />
      <Plot now={now} />
      <TimeCursor now={now} />
    </>
  );
}

function Plot({ now }: { readonly now: Memory }) {
  const { isLog, isPercent, layering, range } = viewState.value;
  const { timeline } = course.value ?? {};
  const [from, to] = range ?? [0, endNs.value];
  const layers = useMemo(() => layersOf(from, to), [timeline, now.index, from, to, layering]);
  const over = free.value;
  const lines = useMemo(
    () => linesOf(drawnOf(now, layers), from, to, steppedPaths()),
    [timeline, now.index, from, to, isLog, isPercent, layers, over, isDark.value],
  );
  // A group has the colour of its place; a memory type has its own.
  const names = layers === null || layering !== "type" ? [] : shownLayers(layers).map(({ name }) => name);
  const parts = [layering, names, layers?.layers.length, layers?.others === null];
  const key = JSON.stringify([now.key, isLog, isPercent, isDark.value, ...parts, over !== null]);
  const { ref, plot } = usePlot(key, () => optionsOf(lines.series, over !== null, { isLog, isPercent }), lines.data);
  useEffect(() => plot.current?.setScale("x", { min: from / NS_PER_S, max: to / NS_PER_S }), [from, to, lines]);
  const at = cursorNs.value;
  const births = chosenBirths.value;
  useEffect(() => plot.current?.redraw(false), [at, births, comparedNs.value, shown.value]);
  return (
    <>
      <div class="plot" ref={ref} role="img" aria-label={describe(now)} />
      {layers === null && over === null ? null : <TimelineLegend layers={layers} />}
    </>
  );
}

function drawnOf(now: Memory, layers: Layers | null): Drawn {
  const { isLog, isPercent, layering } = viewState.value;
  const over = free.value;
  return {
    course: courseNow(),
    series: now.index,
    memoryType: now.memoryType,
    layers,
    areTypes: layering === "type",
    free: over === null || banks.value === null ? null : { over, banks: banks.value.banks },
    isLog,
    isPercent,
  };
}

function describe({ index, device, memoryType, mostBytes }: Memory): string {
  const held = courseNow().timeline.series[index]?.lastBytes.at(-1) ?? 0;
  return `${memoryType} of device ${device} over the run: at most ${formatBytes(mostBytes)}, at the end ${formatBytes(held)}.`;
}

function courseNow() {
  if (course.value === null) throw new Error("a memory is shown of a course only");
  return course.value;
}

function optionsOf(series: uPlot.Series[], hasFreeLine: boolean, drawing: ValueDrawing): PlotOptions {
  const { isPercent } = drawing;
  const valueText = (value: number): string => (isPercent ? `${Number(value.toPrecision(3))} %` : formatBytes(value));
  const isNarrow = window.innerWidth < PHONE_WIDTH;
  const axis = {
    stroke: colour("quiet"),
    grid: { stroke: colour("rule"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui",
  };
  const freeAxis = {
    ...axis,
    scale: "free",
    side: 1 as const,
    stroke: colour("good"),
    grid: { show: false },
    size: 76,
    splits: (_plot: uPlot, _axis: number, min: number, max: number) => spanSplits(min, max),
    values: (_: uPlot, ticks: number[]) => spanTexts(ticks),
    filter: (_: uPlot, ticks: number[]) => ticks,
  };
  return {
    height: isNarrow ? PHONE_HEIGHT : HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: { time: false },
      y: valueScale(drawing),
      ...(hasFreeLine ? { free: spanScale(ABOVE_FREE) } : {}),
    },
    axes: [
      { ...axis, size: 30, values: (_, ticks) => ticks.map((at) => `${Number(at.toFixed(6))} s`) },
      {
        ...axis,
        size: 76,
        values: (_, ticks) => ticks.map((value) => (value === null ? "" : valueText(value))),
        splits: valueSplits(drawing),
        filter: (_, ticks) => ticks,
      },
      ...(hasFreeLine ? [freeAxis] : []),
    ],
    series: [{}, ...series],
    hooks: {
      init: [
        (plot) => plot.over.addEventListener("click", (event) => jump(plot, event)),
        (plot) => plot.over.addEventListener("dblclick", () => change({ range: null })),
        wheel,
      ],
      draw: [(plot) => drawBands(plot, bandsOf(courseNow().timeline, shown.value?.page ?? null)), drawMarks],
      setSelect: [select],
    },
  };
}

/** What is held stays as it is until the next event. */
function steppedPaths(): { readonly paths?: uPlot.Series.PathBuilder } {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return paths === undefined ? {} : { paths };
}

function jump(plot: uPlot, event: MouseEvent): void {
  // What was dragged is a range, not an instant.
  if (plot.select.width > 2) return;
  const at = plot.posToVal(event.offsetX, "x") * NS_PER_S;
  change({ cursorNs: Math.min(Math.max(Math.round(at), 0), endNs.value) });
}

function select(plot: uPlot): void {
  const { left, width } = plot.select;
  if (width <= 2) return;
  const from = Math.max(0, plot.posToVal(left, "x") * NS_PER_S);
  const to = Math.min(endNs.value, plot.posToVal(left + width, "x") * NS_PER_S);
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  if (to - from >= 1) change({ range: [Math.round(from), Math.round(to)] });
}

/** The wheel zooms where the pointer is, and pans with Shift. */
function wheel(plot: uPlot): void {
  plot.over.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.shiftKey) return;
      event.preventDefault();
      const [from, to] = viewState.value.range ?? [0, endNs.value];
      const length = event.shiftKey
        ? to - from
        : Math.min(Math.max((to - from) * 1.2 ** Math.sign(event.deltaY), 1), endNs.value);
      const at = plot.posToVal(event.offsetX, "x") * NS_PER_S;
      const share = (at - from) / (to - from);
      const pan = event.shiftKey ? Math.sign(event.deltaY + event.deltaX) * length * 0.1 : 0;
      const begin = Math.min(Math.max(event.shiftKey ? from + pan : at - share * length, 0), endNs.value - length);
      change({ range: length >= endNs.value ? null : [begin, begin + length] });
    },
    { passive: false },
  );
}
