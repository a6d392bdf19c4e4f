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
  readonly rows: Int32Array;
  /** Of the row at the same place: index into `names`. */
  readonly groups: Int32Array;
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
  return { rows: Int32Array.from(rows), groups: Int32Array.from(groups), names: [...indices.keys()] };
}

/** What each of the largest groups of a memory held from one time to another: those that held most for longest. */
export function layersByGroup(
  timeline: Timeline,
  series: number,
  all: RowGroups,
  fromNs: number,
  toNs: number,
): Layers {
  const curve = heldCurve(timeline, series, fromNs, toNs);
  const weights = weightsOf(timeline, all, fromNs, toNs);
  const held = [...weights.keys()].filter((group) => (weights[group] ?? 0) > 0);
  const largest = held.toSorted((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0)).slice(0, LAYERS_MAX);
  const layerOf = new Int32Array(all.names.length).fill(LAYERS_MAX);
  for (const [layer, group] of largest.entries()) layerOf[group] = layer;
  const sums = sumsOf(timeline, all, layerOf, curve);
  const layers = largest.map((group, layer): Layer => ({ name: all.names[group] ?? "", bytes: sums[layer] ?? [] }));
  const more = held.length - layers.length;
  const others = more > 0 ? { name: `${more} others`, bytes: sums[LAYERS_MAX] ?? [] } : null;
  return { atNs: curve.atNs, layers, others };
}

/** Bytes times nanoseconds of each group. */
function weightsOf(
  { allocations: { bornNs, diedNs, sizeBytes } }: Timeline,
  { rows, groups, names }: RowGroups,
  fromNs: number,
  toNs: number,
): Float64Array {
  const weights = new Float64Array(names.length);
  for (let place = 0; place < rows.length; place++) {
    const [row = 0, group = 0] = [rows[place], groups[place]];
    const livedNs = Math.min(diedNs[row] ?? 0, toNs) - Math.max(bornNs[row] ?? 0, fromNs);
    if (livedNs > 0) weights[group] = (weights[group] ?? 0) + livedNs * (sizeBytes[row] ?? 0);
  }
  return weights;
}

/** What each layer held at each instant of a curve. */
function sumsOf(
  { allocations: { bornNs, diedNs, sizeBytes } }: Timeline,
  { rows, groups }: RowGroups,
  layerOf: Int32Array,
  curve: HeldCurve,
): readonly Float64Array[] {
  const sums = Array.from({ length: LAYERS_MAX + 1 }, () => new Float64Array(curve.atNs.length + 1));
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place] ?? 0;
    const [first, end] = [curve.placeOf(bornNs[row] ?? 0), curve.placeOf(diedNs[row] ?? 0)];
    const sum = sums[layerOf[groups[place] ?? 0] ?? 0];
    if (sum === undefined || first >= end) continue;
    sum[first] = (sum[first] ?? 0) + (sizeBytes[row] ?? 0);
    sum[end] = (sum[end] ?? 0) - (sizeBytes[row] ?? 0);
  }
  for (const sum of sums) for (let at = 1; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + (sum[at - 1] ?? 0);
  return sums;
}

/** What a layer held at an instant. */
export function layerAt({ atNs }: Layers, { bytes }: Layer, ns: number): number {
  return heldAt(atNs, bytes, ns);
}
