import { heldAt } from "../model/memory-curve.ts";
import { type Layer, type Layers, layerAt } from "../model/timeline-layers.ts";
import { banks, cursorNs, free, layering, viewState } from "../state/store.ts";
import { Size } from "./amounts.tsx";
import { layerColour, shownLayers } from "./timeline-lines.ts";

/** What the lines of the timeline are, each with what it is at the cursor. */
export function TimelineLegend({ layers }: { readonly layers: Layers | null }) {
  const at = cursorNs.value;
  const over = free.value;
  return (
    <ul class="legend lines">
      {layers === null
        ? null
        : shownLayers(layers).map((layer, index) => (
            <li key={layer.name}>
              <span class={`swatch ${swatchOf(layer, index, layers)}`} aria-hidden="true" />{" "}
              <Size bytes={layerAt(layers, layer, at)} /> <code>{layer.name}</code>
            </li>
          ))}
      {over === null || banks.value === null ? null : (
        <li>
          <span class="swatch free-line" aria-hidden="true" />{" "}
          <Size bytes={heldAt(over.atNs, over.bytesPerBank, at) * banks.value.banks} /> largest free piece of all banks,
          axis on the right
        </li>
      )}
      {layers !== null && viewState.value.isLog ? (
        <li class="quiet">on a logarithmic scale heights do not add up: each is drawn from the axis</li>
      ) : null}
    </ul>
  );
}

function swatchOf(layer: Layer, index: number, layers: Layers): string {
  return layerColour(layer, index, layers, layering.value === "type");
}
