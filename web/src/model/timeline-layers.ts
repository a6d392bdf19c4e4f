import type { Timeline } from "../../../src/core/model/timeline.ts";
import type { Memory } from "./memories.ts";
import { type Course, type HeldCurve, heldAt, heldCurve } from "./memory-curve.ts";
import type { MemoryEvents } from "./memory-events.ts";
import { placeIn } from "./search-ascending.ts";

/** By what the timeline tells parts of a memory, or the memories of a device, apart. */
export const LAYERINGS = ["none", "type", "line", "test"] as const;

export type Layering = (typeof LAYERINGS)[number];

/** Layers that are told apart; what is in none of them is one more. */
const LAYERS_MAX = 6;

/** What a part held at each instant that is drawn. */
export interface Layer {
  readonly name: string;
  readonly bytes: Float64Array;
}

/** Parts over time, the largest first. */
export interface Layers {
  readonly atNs: Float64Array;
  readonly layers: readonly Layer[];
  /** What all parts beyond those are together; null: there are none. */
  readonly others: Layer | null;
}

/** What each of several memories held from one time to another. */
export function layersByMemory(course: Course, memories: readonly Memory[], fromNs: number, toNs: number): Layers {
  const curves = memories.map(({ index }) => heldCurve(course, index, fromNs, toNs));
  const atNs = Float64Array.from(new Set(curves.flatMap((curve) => [...curve.atNs]))).sort();
  const layers = memories.map(({ memoryType }, memory): Layer => {
    const curve = curves[memory];
    return { name: memoryType, bytes: curve === undefined ? new Float64Array() : resampled(curve, atNs) };
  });
  return { atNs, layers: layers.toSorted((a, b) => most(b) - most(a)), others: null };
}

function most({ bytes }: Layer): number {
  return bytes.reduce((high, each) => Math.max(high, each), 0);
}

function resampled(curve: HeldCurve, atNs: Float64Array): Float64Array {
  let point = -1;
  return atNs.map((at) => {
    while (point + 1 < curve.atNs.length && (curve.atNs[point + 1] ?? 0) <= at) point += 1;
    return curve.bytes[point] ?? 0;
  });
}

/** The group of each row of a memory's allocations. */
export interface RowGroups {
  /** By row: index into `names`; nothing is said of rows of other memories. */
  readonly groups: Int32Array;
  readonly names: readonly string[];
}

export function rowGroups({ allocations }: Timeline, series: number, nameOf: (row: number) => string): RowGroups {
  const groups = new Int32Array(allocations.rows);
  const indices = new Map<string, number>();
  for (let row = 0; row < allocations.rows; row++) {
    if (allocations.series[row] !== series) continue;
    const name = nameOf(row);
    const index = indices.get(name) ?? indices.size;
    indices.set(name, index);
    groups[row] = index;
  }
  return { groups, names: [...indices.keys()] };
}

/** What each of the largest groups of a memory held from one time to another: those that held most for longest. */
export function layersByGroup(course: Course, series: number, all: RowGroups, fromNs: number, toNs: number): Layers {
  const { atNs } = heldCurve(course, series, fromNs, toNs);
  const events = course.events.of(series);
  const { sizeBytes } = course.timeline.allocations;
  const weights = weightsOf(events, sizeBytes, all, fromNs, toNs);
  const held = [...weights.keys()].filter((group) => (weights[group] ?? 0) > 0);
  const largest = held.toSorted((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0)).slice(0, LAYERS_MAX);
  const layerOf = new Int32Array(all.names.length).fill(LAYERS_MAX);
  for (const [layer, group] of largest.entries()) layerOf[group] = layer;
  const sums = sumsOf(events, sizeBytes, all, layerOf, atNs);
  const layerAs = (name: string, index: number): Layer => ({ name, bytes: sums[index] ?? new Float64Array() });
  const layers = largest.map((group, layer) => layerAs(all.names[group] ?? "", layer));
  const more = held.length - layers.length;
  return { atNs, layers, others: more > 0 ? layerAs(`${more} others`, LAYERS_MAX) : null };
}

/** Bytes times nanoseconds of each group: what is born adds from then on to the end of the range, and what dies takes that away again. */
function weightsOf(
  { atNs, rows }: MemoryEvents,
  sizeBytes: Float64Array,
  { groups, names }: RowGroups,
  fromNs: number,
  toNs: number,
): Float64Array {
  const weights = new Float64Array(names.length);
  const end = placeIn(atNs, toNs);
  for (let event = 0; event < end; event++) {
    const change = rows[event] ?? 0;
    const row = change < 0 ? ~change : change;
    const group = groups[row] ?? 0;
    const weight = (sizeBytes[row] ?? 0) * (toNs - Math.max(atNs[event] ?? 0, fromNs));
    weights[group] = (weights[group] ?? 0) + (change < 0 ? -weight : weight);
  }
  return weights;
}

/** What each layer held at each instant. */
function sumsOf(
  { atNs, rows }: MemoryEvents,
  sizeBytes: Float64Array,
  { groups }: RowGroups,
  layerOf: Int32Array,
  instantsNs: Float64Array,
): readonly Float64Array[] {
  const sums = Array.from({ length: LAYERS_MAX + 1 }, () => new Float64Array(instantsNs.length));
  const held = new Float64Array(sums.length);
  let event = 0;
  for (let instant = 0; instant < instantsNs.length; instant++) {
    const ns = instantsNs[instant] ?? 0;
    for (; event < atNs.length && (atNs[event] ?? 0) <= ns; event++) {
      const change = rows[event] ?? 0;
      const row = change < 0 ? ~change : change;
      const layer = layerOf[groups[row] ?? 0] ?? 0;
      held[layer] = (held[layer] ?? 0) + (change < 0 ? -(sizeBytes[row] ?? 0) : (sizeBytes[row] ?? 0));
    }
    for (const [layer, sum] of sums.entries()) sum[instant] = held[layer] ?? 0;
  }
  return sums;
}

/** What a layer held at an instant. */
export function layerAt({ atNs }: Layers, { bytes }: Layer, ns: number): number {
  return heldAt(atNs, bytes, ns);
}
