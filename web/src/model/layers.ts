import type { Timeline } from "../../../src/core/model/timeline.ts";
import { type HeldCurve, heldAt, heldCurve } from "./curve.ts";
import type { Memory } from "./memories.ts";

/** By what the timeline tells parts of a memory, or the memories of a device, apart. */
export const LAYERINGS = ["none", "type", "line", "test"] as const;

export type Layering = (typeof LAYERINGS)[number];

/** Layers that are told apart; what is in none of them is one more. */
const LAYERS_MAX = 6;

/** What a part held at each instant that is drawn. */
export interface Layer {
  readonly name: string;
  readonly bytes: ArrayLike<number>;
}

/** Parts over time, the largest first. */
export interface Layers {
  readonly atNs: ArrayLike<number>;
  readonly layers: readonly Layer[];
  /** What all parts beyond those are together; null: there are none. */
  readonly others: Layer | null;
}

/** What each of several memories held from one time to another. */
export function layersByMemory(timeline: Timeline, memories: readonly Memory[], fromNs: number, toNs: number): Layers {
  const curves = memories.map(({ index }) => heldCurve(timeline, index, fromNs, toNs));
  const atNs = [...new Set(curves.flatMap((curve) => [...curve.atNs]))].toSorted((a, b) => a - b);
  const layers = memories.map(({ memoryType }, memory) => {
    const curve = curves[memory];
    return { name: memoryType, bytes: curve === undefined ? [] : resampled(curve, atNs) };
  });
  return { atNs, layers: layers.toSorted((a, b) => most(b) - most(a)), others: null };
}

function most({ bytes }: Layer): number {
  return Array.from(bytes).reduce((high, each) => Math.max(high, each), 0);
}

function resampled(curve: HeldCurve, atNs: readonly number[]): readonly number[] {
  let point = -1;
  return atNs.map((at) => {
    while (point + 1 < curve.atNs.length && (curve.atNs[point + 1] ?? 0) <= at) point += 1;
    return curve.bytes[point] ?? 0;
  });
}

/** The rows of a memory's allocations with the group of each. */
export interface RowGroups {
  readonly rows: readonly number[];
  /** Of the row at the same place: index into `names`. */
  readonly groups: readonly number[];
  readonly names: readonly string[];
}

export function rowGroups({ allocations }: Timeline, series: number, nameOf: (row: number) => string): RowGroups {
  const rows: number[] = [];
  const groups: number[] = [];
  const indices = new Map<string, number>();
  for (let row = 0; row < allocations.rows; row++) {
    if (allocations.series[row] !== series) continue;
    const name = nameOf(row);
    const index = indices.get(name) ?? indices.size;
    indices.set(name, index);
    rows.push(row);
    groups.push(index);
  }
  return { rows, groups, names: [...indices.keys()] };
}

/** What each of the largest groups of a memory held from one time to another: those that held most for longest. */
export function layersByGroup(
  timeline: Timeline,
  series: number,
  { rows, groups, names }: RowGroups,
  fromNs: number,
  toNs: number,
): Layers {
  const { bornNs, diedNs, sizeBytes } = timeline.allocations;
  const curve = heldCurve(timeline, series, fromNs, toNs);
  const weights = new Float64Array(names.length);
  for (const [place, row] of rows.entries()) {
    const livedNs = Math.min(diedNs[row] ?? 0, toNs) - Math.max(bornNs[row] ?? 0, fromNs);
    const group = groups[place] ?? 0;
    if (livedNs > 0) weights[group] = (weights[group] ?? 0) + livedNs * (sizeBytes[row] ?? 0);
  }
  const shown = [...weights.keys()]
    .filter((group) => (weights[group] ?? 0) > 0)
    .toSorted((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0));
  const layerOf = new Int32Array(names.length).fill(LAYERS_MAX);
  for (const [layer, group] of shown.slice(0, LAYERS_MAX).entries()) layerOf[group] = layer;
  const sums = Array.from({ length: LAYERS_MAX + 1 }, () => new Float64Array(curve.atNs.length + 1));
  for (const [place, row] of rows.entries()) {
    const [first, end] = [curve.placeOf(bornNs[row] ?? 0), curve.placeOf(diedNs[row] ?? 0)];
    const sum = sums[layerOf[groups[place] ?? 0] ?? 0];
    if (sum === undefined || first >= end) continue;
    sum[first] = (sum[first] ?? 0) + (sizeBytes[row] ?? 0);
    sum[end] = (sum[end] ?? 0) - (sizeBytes[row] ?? 0);
  }
  for (const sum of sums) for (let at = 1; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + (sum[at - 1] ?? 0);
  const layers = shown.slice(0, LAYERS_MAX).map((group, layer): Layer => {
    return { name: names[group] ?? "", bytes: sums[layer] ?? [] };
  });
  const more = shown.length - layers.length;
  const others = more > 0 ? { name: `${more} others`, bytes: sums[LAYERS_MAX] ?? [] } : null;
  return { atNs: curve.atNs, layers, others };
}

/** What a layer held at an instant. */
export function layerAt({ atNs }: Layers, { bytes }: Layer, ns: number): number {
  return heldAt(atNs, bytes, ns);
}
