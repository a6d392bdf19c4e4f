import { formatBytes } from "../../../src/core/base/bytes.ts";
import { type EventsAt, eventsAt } from "../model/events-at.ts";
import type { Memory } from "../model/memories.ts";
import { areAllKnown } from "../model/memory-curve.ts";
import { frameText, testText } from "../model/owners.ts";
import { moveToEnd, moveToEvent } from "../state/move-cursor.ts";
import { change, connection, course, cursorNs, endNs, heldBytes, testAtCursor, viewState } from "../state/store.ts";
import { Size } from "./amounts.tsx";
import { formatCount, formatInstant } from "./format-for-page.ts";

/** Places of the slider; events between two of them are reached one by one. */
const PLACES = 1_000;
/** Events of one instant that are listed. */
const LISTED_MAX = 3;

/** The instant that all views are about, what was held then, and what happened. */
export function TimeCursor({ now }: { readonly now: Memory }) {
  const { timeline } = course.value ?? {};
  const at = cursorNs.value;
  const test = testText(timeline?.tests[testAtCursor.value ?? -1]);
  const capacity = timeline?.series[now.index]?.capacityBytes ?? null;
  return (
    <>
      <div class="cursor">
        <label>
          Cursor{" "}
          <input
            type="range"
            min={0}
            max={endNs.value}
            step={Math.max(1, Math.round(endNs.value / PLACES))}
            value={at}
            aria-valuetext={`${formatInstant(at)}, ${test ?? "between tests"}`}
            onInput={(event) => change({ cursorNs: Number(event.currentTarget.value) })}
          />
        </label>
        <Steps />
        <output>
          <b>{formatInstant(at)}</b> · <Size bytes={heldBytes.value} /> {now.memoryType}
          {capacity === null ? null : (
            <span class="quiet">
              {" "}
              of <Size bytes={capacity} />
            </span>
          )}{" "}
          · {test === null ? <span class="quiet">between tests</span> : <code>{test}</code>}
        </output>
        <ToEnd />
      </div>
      <Happened now={now} />
    </>
  );
}

function Steps() {
  return (
    <span class="steps">
      <button type="button" class="small" aria-label="Previous event" onClick={() => moveToEvent(-1)}>
        ←
      </button>
      <button type="button" class="small" aria-label="Next event" onClick={() => moveToEvent(1)}>
        →
      </button>
    </span>
  );
}

function ToEnd() {
  const isLive = connection.value.kind === "live";
  if (isLive && viewState.value.cursorNs === null) return <span class="quiet">following</span>;
  return (
    <button type="button" class="small" onClick={moveToEnd}>
      {isLive ? "Follow" : "To the end"}
    </button>
  );
}

/** What happened at the cursor, where somebody put it somewhere: until then its events need not be put in order. */
function Happened({ now }: { readonly now: Memory }) {
  const { events } = course.value ?? {};
  if (events === undefined || viewState.value.cursorNs === null) return null;
  const here = eventsAt(events.of(now.index), cursorNs.value);
  return (
    <p class="happened" role="status">
      <span class="quiet">{placeText(here, now)}</span> {happenedText(here)}
    </p>
  );
}

/** "Event 6 of 400:", "Between event 5 and event 6 of 400." */
function placeText({ before, rows, count }: EventsAt, { index }: Memory): string {
  const { timeline } = course.value ?? {};
  const isAll = timeline === undefined || areAllKnown(timeline, index);
  const all = `${formatCount(count)}${isAll ? "" : " that are listed"}`;
  const [first, last] = [formatCount(before + 1), formatCount(before + rows.length)];
  if (rows.length === 1) return `Event ${first} of ${all}:`;
  if (rows.length > 1) return `Events ${first} to ${last} of ${all}:`;
  if (before === 0) return `Before the first event of ${all}.`;
  return before === count ? `After the last event of ${all}.` : `Between event ${last} and event ${first} of ${all}.`;
}

function happenedText({ rows }: EventsAt): string {
  const told = Array.from(rows.subarray(0, LISTED_MAX), eventText);
  const more = rows.length - told.length;
  return [...told, ...(more > 0 ? [`${formatCount(more)} more`] : [])].join("; ");
}

/** "6.0 MB allocated at 0x300040 by ttnn.zeros, load.py:2 in load". `change`: of `EventsAt.rows`. */
function eventText(change: number): string {
  const { timeline, owners } = course.value ?? {};
  if (timeline === undefined || owners === undefined) return "";
  const row = change < 0 ? ~change : change;
  const [frame] = owners.stack(row);
  const operation = owners.operation(row);
  const what = `${formatBytes(owners.sizeBytes(row))} ${change < 0 ? "freed" : "allocated"}`;
  const where = `at 0x${(timeline.allocations.address[row] ?? 0).toString(16)}`;
  const by = operation === null ? "" : ` ${change < 0 ? "of" : "by"} ${operation}`;
  return `${what} ${where}${by}${frame === undefined ? "" : `, ${frameText(frame)}`}`;
}
