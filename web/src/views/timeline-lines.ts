import type uPlot from "uplot";
import type { Timeline } from "../../../src/core/model/timeline.ts";
import { curveOf } from "../model/curve.ts";
import { type LargestFree, leastFrom } from "../model/largest-free.ts";
import type { Layer, Layers } from "../model/layers.ts";
import { colour, groupColour, OTHER_COLOUR } from "./colours.ts";
import type { ValueDrawing } from "./value-axis.ts";

const NS_PER_S = 1e9;

/** What a timeline is drawn of. */
export interface Drawn extends ValueDrawing {
  readonly timeline: Timeline;
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
  readonly values: number[];
}

/** Lines and what each is of, from one time to another. */
export interface Lines {
  readonly data: uPlot.AlignedData;
  readonly series: uPlot.Series[];
}

/** The lines from one time to another, with the instants that they have in common. `stepped`: how values become a path. */
export function linesOf(drawn: Drawn, fromNs: number, toNs: number, stepped: uPlot.Series): Lines {
  const { timeline, series, layers, isPercent, free } = drawn;
  const capacity = isPercent ? (timeline.series[series]?.capacityBytes ?? null) : null;
  const scale = capacity === null ? 1 : 100 / capacity;
  const curve = layers === null ? curveOf(timeline, series, fromNs, toNs) : null;
  const instantsS = curve === null ? Array.from(layers?.atNs ?? [], (at) => at / NS_PER_S) : [...curve.atS];
  const scaled = (bytes: ArrayLike<number>): number[] => Array.from(bytes, (each) => each * scale);
  const lines =
    layers === null
      ? wholeLines(drawn.memoryType, scaled(curve?.mostBytes ?? []), scaled(curve?.leastBytes ?? []))
      : layerLines(drawn, layers, scaled);
  if (free !== null) {
    const least = leastFrom(
      free.over,
      instantsS.map((at) => Math.round(at * NS_PER_S)),
    );
    lines.push({ options: freeOptions(), values: least.map((bytesPerBank) => bytesPerBank * free.banks) });
  }
  return {
    data: [instantsS, ...lines.map(({ values }) => values)],
    series: lines.map(({ options }) => ({ ...stepped, points: { show: false }, ...options })),
  };
}

function wholeLines(memoryType: string, most: number[], least: number[]): Line[] {
  const stroke = colour(memoryType);
  return [
    { options: { stroke, width: 1.5, fill: tinted(stroke, "transparent", 22) }, values: most },
    { options: { stroke, width: 0.5 }, values: least },
  ];
}

/** One on top of the other; on a logarithmic scale, on which heights do not add up, each for itself. */
function layerLines(
  { isLog, areTypes }: Drawn,
  layers: Layers,
  scaled: (bytes: ArrayLike<number>) => number[],
): Line[] {
  const all = shownLayers(layers);
  let below: readonly number[] = [];
  const lines = all.map((layer, index): Line => {
    const stroke = colour(layerColour(layer, index, layers, areTypes));
    const own = scaled(layer.bytes).slice(0, layers.atNs.length);
    if (isLog) return { options: { stroke, width: 1.5 }, values: own };
    const values = own.map((value, at) => value + (below[at] ?? 0));
    below = values;
    return { options: { stroke, width: 1, fill: tinted(stroke, colour("panel"), 45) }, values };
  });
  // What is above is drawn first, and covered by what is below.
  return lines.toReversed();
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
