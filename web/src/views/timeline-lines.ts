import type uPlot from "uplot";
import { type LargestFree, leastFrom } from "../model/largest-free.ts";
import { type Course, curveOf } from "../model/memory-curve.ts";
import type { Layer, Layers } from "../model/timeline-layers.ts";
import { colour, groupColour, OTHER_COLOUR } from "./colours.ts";
import type { ValueDrawing } from "./value-axis.ts";

const NS_PER_S = 1e9;

/** What a timeline is drawn of. */
export interface Drawn extends ValueDrawing {
  readonly course: Course;
  /** Of the memory that is chosen. */
  readonly series: number;
  readonly memoryType: string;
  /** null: the memory is drawn as a whole. */
  readonly layers: Layers | null;
  /** What names of the layers are: memory types have colours of their own. */
  readonly areTypes: boolean;
  /** null: it is not drawn. */
  readonly free: { readonly over: LargestFree; readonly banks: number } | null;
}

/** A line of the picture and its values, which are of the instants of all lines. */
interface Line {
  readonly options: uPlot.Series;
  readonly values: Float64Array;
}

/** Lines and what each is of, from one time to another. */
export interface Lines {
  readonly data: uPlot.AlignedData;
  readonly series: uPlot.Series[];
}

/** The lines from one time to another, with the instants that they have in common. `stepped`: how values become a path. */
export function linesOf(drawn: Drawn, fromNs: number, toNs: number, stepped: uPlot.Series): Lines {
  const { course, series, layers, isPercent, free } = drawn;
  const capacity = isPercent ? (course.timeline.series[series]?.capacityBytes ?? null) : null;
  const scale = capacity === null ? 1 : 100 / capacity;
  const { atNs, lines } = layers === null ? wholeLines(drawn, fromNs, toNs, scale) : layerLines(drawn, layers, scale);
  if (free !== null) {
    const least = leastFrom(free.over, atNs);
    lines.push({ options: freeOptions(), values: least.map((bytesPerBank) => bytesPerBank * free.banks) });
  }
  return {
    data: [atNs.map((at) => at / NS_PER_S), ...lines.map(({ values }) => values)],
    series: lines.map(({ options }) => ({ ...stepped, points: { show: false }, ...options })),
  };
}

/** Lines with the instants that they have values of. */
interface LinesAt {
  readonly atNs: Float64Array;
  readonly lines: Line[];
}

function wholeLines({ course, series, memoryType }: Drawn, fromNs: number, toNs: number, scale: number): LinesAt {
  const { atNs, mostBytes, leastBytes } = curveOf(course, series, fromNs, toNs);
  const stroke = colour(memoryType);
  const most = { stroke, width: 1.5, fill: tinted(stroke, "transparent", 22) };
  const lines = [
    { options: most, values: scaled(mostBytes, scale) },
    { options: { stroke, width: 0.5 }, values: scaled(leastBytes, scale) },
  ];
  return { atNs, lines };
}

function scaled(bytes: Float64Array, scale: number): Float64Array {
  return scale === 1 ? bytes : bytes.map((each) => each * scale);
}

/** One on top of the other; on a logarithmic scale, on which heights do not add up, each for itself. */
function layerLines({ isLog, areTypes }: Drawn, layers: Layers, scale: number): LinesAt {
  let below: Float64Array | null = null;
  const lines = shownLayers(layers).map((layer, index): Line => {
    const stroke = colour(layerColour(layer, index, layers, areTypes));
    const own = scaled(layer.bytes, scale);
    if (isLog) return { options: { stroke, width: 1.5 }, values: own };
    const values: Float64Array = below === null ? own : sumOf(own, below);
    below = values;
    return { options: { stroke, width: 1, fill: tinted(stroke, colour("panel"), 45) }, values };
  });
  // What is above is drawn first, and covered by what is below.
  return { atNs: layers.atNs, lines: lines.toReversed() };
}

function sumOf(values: Float64Array, others: Float64Array): Float64Array {
  return values.map((value, at) => value + (others[at] ?? 0));
}

/** All parts, from the lowest of the picture to the highest. */
export function shownLayers({ layers, others }: Layers): readonly Layer[] {
  return others === null ? layers : [...layers, others];
}

/** The name of a part's colour. */
export function layerColour(layer: Layer, index: number, { others }: Layers, areTypes: boolean): string {
  if (layer === others) return OTHER_COLOUR;
  return areTypes ? layer.name : groupColour(index);
}

/** On a scale of its own, because most of a memory is free as a rule. */
function freeOptions(): uPlot.Series {
  return { stroke: colour("good"), width: 1.5, dash: [6, 4], scale: "free" };
}

function tinted(stroke: string, other: string, percent: number): string {
  return `color-mix(in srgb, ${stroke} ${percent}%, ${other})`;
}
