import { change, isBegun, view } from "../state/store.ts";
import { VIEWS, type View } from "../state/view-state.ts";
import { AddressView } from "./address-view.tsx";
import { CompareView } from "./compare-view.tsx";
import { LiveView } from "./live-view.tsx";
import { RunView } from "./run-view.tsx";
import { ShortagesView } from "./shortages-view.tsx";
import { TestsView } from "./tests-view.tsx";

const ROWS: Readonly<Record<View, { readonly name: string; readonly Body: () => preact.JSX.Element | null }>> = {
  live: { name: "Live at cursor", Body: LiveView },
  map: { name: "Address map", Body: AddressView },
  tests: { name: "Tests", Body: TestsView },
  memory: { name: "Out of memory", Body: ShortagesView },
  compare: { name: "Compare", Body: CompareView },
  run: { name: "Run", Body: RunView },
};

/** The views below the workbench: one at a time. */
export function Tabs() {
  const shown = view.value;
  const { Body } = ROWS[shown];
  return (
    <section class="panel views" id="views" aria-label="Views">
      <div role="tablist" aria-label="Views" onKeyDown={onArrow}>
        {VIEWS.map((each, index) => (
          <button
            key={each}
            type="button"
            role="tab"
            id={`tab-${each}`}
            aria-selected={each === shown}
            aria-controls="view"
            tabIndex={each === shown ? 0 : -1}
            onClick={() => change({ view: each })}
          >
            {ROWS[each].name} <kbd>{index + 1}</kbd>
          </button>
        ))}
      </div>
      <div role="tabpanel" id="view" aria-labelledby={`tab-${shown}`}>
        {isBegun.value ? <Body /> : null}
      </div>
    </section>
  );
}

function onArrow(event: KeyboardEvent): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (by === undefined) return;
  const next = VIEWS[(VIEWS.indexOf(view.value) + by + VIEWS.length) % VIEWS.length];
  if (next === undefined) return;
  event.preventDefault();
  change({ view: next });
  document.getElementById(`tab-${next}`)?.focus();
}
