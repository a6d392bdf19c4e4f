import { type HierarchyRectangularNode, hierarchy, partition, treemap } from "d3-hierarchy";
import { useState } from "preact/hooks";
import { formatBytes } from "../../../src/core/base/bytes.ts";
import type { LiveTree } from "../model/live-tree.ts";
import { groupColour } from "./colours.ts";
import { formatShare } from "./format-for-page.ts";
import { useWidth } from "./use-width.ts";

const ROW_HEIGHT = 24;
const TREEMAP_HEIGHT = 420;
/** Narrower pieces are not drawn, and not counted among those that can be reached. Of a treemap many are narrow and low, and tell nothing. */
const NARROWEST = { icicle: 2, treemap: 6 };
const LABEL_MIN_WIDTH = 40;
/** Folders of a file are left out of labels that have less room. */
const WHOLE_NAME_MIN_WIDTH = 200;

type Node = HierarchyRectangularNode<LiveTree>;

/** A tree of what was live: as an icicle from the widest above to the narrowest below, or as a treemap. A click focuses. */
export function TreePicture({ tree, shape }: { readonly tree: LiveTree; readonly shape: "icicle" | "treemap" }) {
  const { ref, width } = useWidth<HTMLDivElement>();
  const [path, setPath] = useState<readonly string[]>([]);
  const focus = nodeAt(tree, path);
  const nodes = width === 0 ? [] : nodesOf(focus.tree, shape, width);
  const height = shape === "treemap" ? TREEMAP_HEIGHT : Math.max(...nodes.map(({ y1 }) => y1), ROW_HEIGHT);
  return (
    <div class="picture">
      <nav aria-label="Focus">
        {["all", ...focus.path].map((name, depth) => (
          <button key={depth} type="button" class="link" onClick={() => setPath(focus.path.slice(0, depth))}>
            {name}
          </button>
        ))}
      </nav>
      <div class={`tree ${shape}`} ref={ref} style={{ height: `${height}px` }}>
        {nodes.map((node) => (
          <Piece
            key={keyOf(node)}
            node={node}
            total={focus.tree.sizeBytes}
            onFocus={() => setPath([...focus.path, ...namesOf(node)])}
          />
        ))}
      </div>
    </div>
  );
}

function Piece({
  node,
  total,
  onFocus,
}: {
  readonly node: Node;
  readonly total: number;
  readonly onFocus: () => void;
}) {
  const { name, sizeBytes, buffers } = node.data;
  const label = `${name}: ${formatBytes(sizeBytes)} (${formatShare(sizeBytes, total)}) in ${buffers} buffer${buffers === 1 ? "" : "s"}`;
  const place = {
    left: `${node.x0}px`,
    top: `${node.y0}px`,
    width: `${Math.max(node.x1 - node.x0 - 1, 1)}px`,
    height: `${Math.max(node.y1 - node.y0 - 1, 1)}px`,
  };
  return (
    <button
      type="button"
      class={`piece ${colourOf(node)}`}
      style={place}
      title={label}
      aria-label={label}
      onClick={onFocus}
    >
      <span>{labelOf(node)}</span>
    </button>
  );
}

function labelOf({ x0, x1, data: { name, sizeBytes } }: Node): string {
  const width = x1 - x0;
  if (width <= LABEL_MIN_WIDTH) return "";
  return `${width < WHOLE_NAME_MIN_WIDTH ? name.replace(FOLDERS, "") : name}  ${formatBytes(sizeBytes)}`;
}

/** "models/" of "models/attention.py:212 in load_kv", and nothing of what is in a test's parameters. */
const FOLDERS = /^[^\s:]*\//;

function nodesOf(tree: LiveTree, shape: "icicle" | "treemap", width: number): readonly Node[] {
  const root = hierarchy(tree, ({ children }) => [...children]).sum(({ children, sizeBytes }) =>
    children.length === 0 ? sizeBytes : 0,
  );
  if (shape === "treemap") {
    const laid = treemap<LiveTree>()
      .size([width, TREEMAP_HEIGHT])
      .paddingInner(1)
      .paddingTop(({ depth }) => (depth === 0 ? 0 : ROW_HEIGHT))
      .round(true)(root);
    return laid
      .descendants()
      .filter(({ depth, x0, x1, y0, y1 }) => depth > 0 && Math.min(x1 - x0, y1 - y0) >= NARROWEST.treemap);
  }
  const laid = partition<LiveTree>().size([width, (root.height + 1) * ROW_HEIGHT])(root);
  return laid.descendants().filter(({ x0, x1 }) => x1 - x0 >= NARROWEST.icicle);
}

/** Colours tell the parts apart where the whole first falls into several; what is below has the colour of what it is part of. */
function colourOf(node: Node): string {
  const way = node.ancestors().toReversed();
  const part = way.find(({ parent }) => (parent?.children?.length ?? 0) > 1);
  if (part === undefined) return "g-root";
  return groupColour(part.parent?.children?.indexOf(part) ?? 0);
}

function namesOf(node: Node): readonly string[] {
  return node
    .ancestors()
    .toReversed()
    .slice(1)
    .map(({ data }) => data.name);
}

function keyOf(node: Node): string {
  return JSON.stringify([node.depth, ...namesOf(node)]);
}

/** The part that a path leads to, as far as it still does. */
function nodeAt(
  tree: LiveTree,
  path: readonly string[],
): { readonly tree: LiveTree; readonly path: readonly string[] } {
  let node = tree;
  const walked: string[] = [];
  for (const name of path) {
    const child = node.children.find((each) => each.name === name);
    if (child === undefined) break;
    node = child;
    walked.push(name);
  }
  return { tree: node, path: walked };
}
