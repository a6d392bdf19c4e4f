import type { PageCause } from "../../../src/core/model/page.ts";
import type { LiveGroup } from "./live-groups.ts";

/** Something at two instants, or in two runs. */
export interface Difference {
  readonly name: string;
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** What differs between two instants, by how much; what is the same is left out. */
export function compareGroups(before: readonly LiveGroup[], after: readonly LiveGroup[]): readonly Difference[] {
  return differences(
    new Map(before.map(({ name, sizeBytes }) => [name, sizeBytes])),
    new Map(after.map(({ name, sizeBytes }) => [name, sizeBytes])),
  ).filter(({ beforeBytes, afterBytes }) => beforeBytes !== afterBytes);
}

/** The causes of two runs by their ids, also those that are the same. */
export function compareCauses(before: readonly PageCause[], after: readonly PageCause[]): readonly Difference[] {
  return differences(bytesById(before), bytesById(after));
}

function bytesById(causes: readonly PageCause[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>();
  for (const { id, sizeBytes } of causes) all.set(id, (all.get(id) ?? 0) + sizeBytes);
  return all;
}

function differences(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): readonly Difference[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .map((name) => ({ name, beforeBytes: before.get(name) ?? 0, afterBytes: after.get(name) ?? 0 }))
    .toSorted((a, b) => changeOf(b) - changeOf(a));
}

function changeOf({ beforeBytes, afterBytes }: Difference): number {
  return Math.abs(afterBytes - beforeBytes);
}
