import { count } from "../../../core/base/count.ts";
import { compactDevices, deviceRows } from "./device-rows.ts";
import { chosen, type FrameSize, fitted, type ScreenLine, span } from "./line.ts";
import { bufferRows, causeRows, processRows } from "./list-rows.ts";
import { heading } from "./pages.ts";
import type { TopState } from "./top-state.ts";
import type { TopView } from "./top-view.ts";

/** On fewer columns notes are short. */
const NARROW_BELOW = 60;

/** Rows of a list where there is room for all. */
const LIST_ROWS_WANTED = 100;

/** Devices take no more of the rows than this where fewer are enough. */
const DEVICES_SHARE = 0.5;

interface Section {
  readonly heading: ScreenLine | null;
  readonly rows: readonly ScreenLine[];
  /** What is shown of it where there is little room. */
  readonly least: number;
  /** Row that is chosen, and therefore shown. */
  readonly chosen: number | null;
}

/** Devices, what runs, causes and buffers, as far as there is room. */
export function sections(view: TopView, state: TopState, { columns, rows }: FrameSize): readonly ScreenLine[] {
  const inside = columns - 1;
  const devices = deviceRows(view.devices, inside);
  const isMuch = devices.length > rows * DEVICES_SHARE;
  const shown = isMuch ? compactDevices(view.devices, inside) : devices;
  const list = (name: TopState["list"], lines: readonly ScreenLine[], empty: string, least: number) => {
    const at = state.list === name ? state.chosen : null;
    const marked = lines.map((line, index) => (index === at ? chosen(indented(line)) : indented(line)));
    return { rows: marked.length > 0 ? marked : [note(empty, columns)], least, chosen: at };
  };
  const first = <T>(things: readonly T[]): readonly T[] => things.slice(0, LIST_ROWS_WANTED);
  const parts: readonly Section[] = [
    { heading: null, rows: (shown.length < devices.length ? shown : devices).map(indented), least: 4, chosen: null },
    {
      heading: heading("running", columns, processNote(view)),
      ...list("processes", processRows(first(view.processes), inside), "nothing", 2),
    },
    {
      heading: heading("causes", columns, causesNote(view, state, columns)),
      ...list("causes", causeRows(first(view.causes), inside), causesReason(view), 3),
    },
    {
      heading: heading("largest live", columns, buffersNote(view)),
      ...list("buffers", bufferRows(first(view.buffers), inside), "none", 3),
    },
  ];
  return fill(parts, columns, rows);
}

function indented(line: ScreenLine): ScreenLine {
  return [{ text: " ", look: "plain" }, ...line];
}

/** Each section gets a row after the other: first its least, from the top, then what is left goes to those that have more. */
function fill(parts: readonly Section[], columns: number, rows: number): readonly ScreenLine[] {
  const given = parts.map(() => 0);
  let left = rows;
  for (const mostOf of [
    (part: Section) => Math.min(part.least, part.rows.length),
    (part: Section) => part.rows.length,
  ]) {
    for (let isChanged = true; isChanged; ) {
      isChanged = false;
      for (const [index, part] of parts.entries()) {
        const has = given[index] ?? 0;
        const costs = has === 0 && part.heading !== null ? 2 : 1;
        if (has >= mostOf(part) || costs > left) continue;
        given[index] = has + 1;
        left -= costs;
        isChanged = true;
      }
    }
  }
  return parts.flatMap((part, index) => {
    const amount = given[index] ?? 0;
    if (amount === 0) return [];
    return [...(part.heading === null ? [] : [part.heading]), ...windowOf(part, amount, columns)];
  });
}

/** So many of its rows, with the chosen one; the last says how many more there are. */
function windowOf({ rows, chosen: at }: Section, amount: number, columns: number): readonly ScreenLine[] {
  if (rows.length <= amount || amount === 0) return rows.slice(0, amount);
  if (amount === 1) return rows.slice(at ?? 0, (at ?? 0) + 1);
  const from = Math.min(Math.max(0, (at ?? 0) - amount + 2), rows.length - amount + 1);
  const shown = rows.slice(from, from + amount - 1);
  const [before, after] = [from, rows.length - from - shown.length];
  const more = [...(before > 0 ? [`${before} above`] : []), ...(after > 0 ? [`${after} more`] : [])].join(", ");
  return [...shown, note(`… ${more}`, columns)];
}

function note(text: string, columns: number): ScreenLine {
  return fitted([span(`   ${text}`, "quiet")], columns);
}

function processNote({ sources }: TopView): string {
  const leftOut = sources.reduce((sum, { snapshot }) => sum + snapshot.leftOut.processes, 0);
  return leftOut === 0 ? "" : `${leftOut} more`;
}

function causesNote({ sources }: TopView, { sort }: TopState, columns: number): string {
  if (sources.every(({ snapshot }) => snapshot.causes.judgedAtMs === null)) return "";
  const sum = (of: "findings" | "failing" | "known"): number =>
    sources.reduce((total, { snapshot }) => total + snapshot.causes[of], 0);
  const all = columns < NARROW_BELOW ? "" : `${count(sum("findings"), "finding")}, `;
  const known = sum("known") === 0 ? "" : `, ${sum("known")} known`;
  return `${all}${sum("failing")} fail${known}, by ${sort}`;
}

function causesReason({ sources, hidden }: TopView): string {
  const reasons = sources.map(({ snapshot }) => snapshot.causes.reason);
  if (hidden > 0) return "nothing that matches";
  // One that is judged, and without a cause, has none so far.
  return reasons.every((reason) => reason !== "") ? (reasons[0] ?? "none so far") : "none so far";
}

function buffersNote({ sources }: TopView): string {
  const buffers = sources.reduce((sum, { snapshot }) => sum + snapshot.buffers, 0);
  return `${count(buffers, "buffer")} live`;
}
