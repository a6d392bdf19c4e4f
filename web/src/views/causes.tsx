import type { PageCause } from "../../../src/core/model/page.ts";
import { reveal } from "../state/scroll-to-part.ts";
import { causes, change, chosenCause, isBegun, query, shown } from "../state/store.ts";
import { Size, Sparkline } from "./amounts.tsx";
import { Empty, Scroll } from "./controls.tsx";
import { VerdictMark } from "./finding-parts.tsx";
import { State } from "./history.tsx";

/** Causes that the list has; a search finds the others. */
const SHOWN_MAX = 300;
/** Those that are in sight at first. */
const FIRST_SHOWN = 12;

/** What to fix, what matters most first. */
export function Causes() {
  const all = causes.value;
  const most = Math.max(...all.map(({ sizeBytes }) => sizeBytes), 1);
  return (
    <section class="panel causes" aria-labelledby="causes-title">
      <h2 id="causes-title">
        Causes <span class="quiet">{all.length}</span>
      </h2>
      {all.length === 0 ? <NoCauses /> : null}
      <Scroll label="List of causes">
        <ol>
          {all.slice(0, isBegun.value ? SHOWN_MAX : FIRST_SHOWN).map((cause, index) => (
            <li key={`${cause.id} ${cause.fails}`}>
              <CauseRow cause={cause} id={`cause-${index}`} most={most} />
            </li>
          ))}
        </ol>
        {all.length > SHOWN_MAX ? <p class="quiet">{all.length - SHOWN_MAX} more: search for them.</p> : null}
      </Scroll>
    </section>
  );
}

function NoCauses() {
  if (query.value !== "") return <Empty>Nothing matches the search. Press Esc to clear it.</Empty>;
  const { kind } = shown.value?.page.run ?? {};
  if (kind === "running") return <Empty>Nothing has been found so far.</Empty>;
  if (kind === "nothing-checked") return <Empty>Nothing was checked, so nothing was found.</Empty>;
  return <Empty>No test left memory behind.</Empty>;
}

function CauseRow({ cause, id, most }: { readonly cause: PageCause; readonly id: string; readonly most: number }) {
  const { verdict, fails, count, memoryType, title, holder } = cause;
  return (
    <button
      type="button"
      class="cause"
      id={id}
      aria-current={chosenCause.value === cause}
      onClick={() => choose(cause)}
    >
      <span class="line head">
        <VerdictMark verdict={verdict} fails={fails} />
        <Amount cause={cause} most={most} />
        <span class="quiet">{memoryType}</span>
        <Novelty cause={cause} />
        <Course cause={cause} />
        <span class="quiet tests">
          {count} finding{count === 1 ? "" : "s"}
        </span>
      </span>
      <span class="line">
        <code>{title}</code>
        {cause.place?.testLine == null ? null : (
          <span class="quiet">
            from <code>{`${cause.place.testLine.file}:${cause.place.testLine.line}`}</code>
          </span>
        )}
      </span>
      {holder === null ? null : (
        <span class="line quiet">
          held by <code>{holder}</code>
        </span>
      )}
    </button>
  );
}

function choose({ id }: PageCause): void {
  change({ cause: id });
  // Where there is one column, the detail stands below all causes.
  if (window.matchMedia("(max-width: 820px)").matches) reveal("detail", "start");
}

/** How much it is beside the others; where its findings have no sum, how much the largest is. */
function Amount({
  cause: { sizeBytes, memoryType, findings },
  most,
}: {
  readonly cause: PageCause;
  readonly most: number;
}) {
  if (sizeBytes > 0) {
    return (
      <>
        <span class="amount">
          <Size bytes={sizeBytes} />
        </span>
        <span class={`bar ${memoryType ?? ""}`} aria-hidden="true">
          <i style={{ width: `${(sizeBytes / most) * 100}%` }} />
        </span>
      </>
    );
  }
  const all = shown.value?.page.findings ?? [];
  const largest = Math.max(0, ...findings.map((index) => all[index]?.sizeBytes ?? 0));
  if (largest === 0) return null;
  return (
    <span class="amount">
      up to <Size bytes={largest} />
    </span>
  );
}

/** Says what the runs before did not have, where it is known. */
function Novelty({ cause: { findings } }: { readonly cause: PageCause }) {
  const { history } = shown.value?.page.findings[findings[0] ?? -1] ?? {};
  return history == null || history.state === "known" ? null : <State history={history} />;
}

/** Findings of one cause beyond which their sizes are not drawn each. */
const BARS_MAX = 40;

/** What each of its tests left, in the order in which they ran. */
function Course({ cause }: { readonly cause: PageCause }) {
  const { findings = [] } = shown.value?.page ?? {};
  const own = cause.findings.slice(0, BARS_MAX).flatMap((index) => findings[index] ?? []);
  if (own.length < 3) return null;
  return <Sparkline values={own.map(({ sizeBytes }) => sizeBytes)} />;
}
