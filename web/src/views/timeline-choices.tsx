import type { Memory } from "../model/memories.ts";
import { LAYERINGS } from "../model/timeline-layers.ts";
import { moveToPeak } from "../state/move-cursor.ts";
import { banks, change, course, endNs, free, viewState } from "../state/store.ts";
import { Choice } from "./controls.tsx";
import { formatCount, formatInstant, memoryText } from "./format-for-page.ts";

/** Which memory, and how it is drawn. */
export function TimelineChoices({ now }: { readonly now: Memory }) {
  const { memories = [], timeline } = course.value ?? {};
  const { isLog, isPercent, layering, hasFree, range } = viewState.value;
  const series = timeline?.series[now.index];
  const hasProcesses = new Set(memories.map(({ pid }) => pid)).size > 1;
  return (
    <div class="bar-of-choices">
      <label>
        <span class="hidden">Memory</span>
        <select value={now.key} onChange={(event) => change({ memory: event.currentTarget.value })}>
          {memories.map((each) => (
            <option key={each.key} value={each.key}>
              {memoryText(each, hasProcesses)}
            </option>
          ))}
        </select>
      </label>
      <Toggle label="log" isOn={isLog} onChange={(isOn) => change({ isLog: isOn })} />
      {series?.capacityBytes == null ? null : (
        <Toggle label="% of capacity" isOn={isPercent} onChange={(isOn) => change({ isPercent: isOn })} />
      )}
      {banks.value === null || series?.knownFrom !== "events" ? null : (
        <Toggle label="largest free piece" isOn={hasFree} onChange={(isOn) => change({ hasFree: isOn })} />
      )}
      <Choice label="Stack by" values={LAYERINGS} value={layering} onChange={(value) => change({ layering: value })} />
      {timeline === undefined ? null : (
        <button type="button" class="small" onClick={moveToPeak}>
          To the peak
        </button>
      )}
      {range === null ? null : (
        <button type="button" class="small" onClick={() => change({ range: null })}>
          All of it
        </button>
      )}
      <span class="quiet note">
        {range === null ? `${formatInstant(endNs.value, 1)}; drag to zoom` : rangeText(range)}
      </span>
      <span class="quiet note">{knowledgeOf(now)}</span>
    </div>
  );
}

function Toggle({
  label,
  isOn,
  onChange,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  return (
    <label class="toggle">
      <input type="checkbox" checked={isOn} onChange={(event) => onChange(event.currentTarget.checked)} /> {label}
    </label>
  );
}

function rangeText([from, to]: readonly [number, number]): string {
  return `${formatInstant(from)} to ${formatInstant(to)}`;
}

/** What is not known of it. */
function knowledgeOf({ index }: Memory): string {
  const { timeline } = course.value ?? {};
  const series = timeline?.series[index];
  if (timeline === undefined || series === undefined) return "";
  const { omitted, omittedBelowNs } = timeline.allocations;
  const parts = [
    series.knownFrom === "checkpoints" ? "until the recording has been read, known only at its checkpoints" : null,
    series.knownFrom === "looks" ? "known only from looks at the beginning and the end of each test" : null,
    series.lostRecords > 0 ? `${formatCount(series.lostRecords)} events were lost: sizes after that may be off` : null,
    omitted > 0
      ? `${formatCount(omitted)} buffers that lived shorter than ${formatInstant(omittedBelowNs, 6)} are not listed`
      : null,
    viewState.value.hasFree && free.value === null && banks.value !== null
      ? "too many buffers to follow its largest free piece"
      : null,
    timeline.moreSeries > 0 ? `${timeline.moreSeries} memories are left out` : null,
  ];
  return parts.filter((part) => part !== null).join("; ");
}
