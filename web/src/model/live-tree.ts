import { type Grouping, pathOf } from "./live-groups.ts";
import type { RowOwners } from "./owners.ts";

/** A part of what was live, and what that consists of. */
export interface LiveTree {
  readonly name: string;
  /** Of it and of all below it. */
  readonly sizeBytes: number;
  readonly buffers: number;
  readonly children: readonly LiveTree[];
}

interface Growing {
  readonly name: string;
  sizeBytes: number;
  buffers: number;
  readonly children: Map<string, Growing>;
}

/** All that was live as a tree, the largest first at each level. */
export function liveTree(rows: readonly number[], grouping: Grouping, owners: RowOwners): LiveTree {
  const root: Growing = { name: "all", sizeBytes: 0, buffers: 0, children: new Map() };
  for (const row of rows) {
    let node = root;
    grow(node, owners.sizeBytes(row));
    for (const name of pathOf(row, grouping, owners)) {
      let child = node.children.get(name);
      if (child === undefined) {
        child = { name, sizeBytes: 0, buffers: 0, children: new Map() };
        node.children.set(name, child);
      }
      node = child;
      grow(node, owners.sizeBytes(row));
    }
  }
  return sorted(root);
}

function grow(node: Growing, sizeBytes: number): void {
  node.sizeBytes += sizeBytes;
  node.buffers += 1;
}

function sorted({ name, sizeBytes, buffers, children }: Growing): LiveTree {
  const own = [...children.values()].map(sorted).toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  return { name, sizeBytes, buffers, children: own };
}
