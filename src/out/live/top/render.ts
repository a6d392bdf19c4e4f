import { count } from "../../../core/base/count.ts";
import { deviceRows } from "./device-rows.ts";
import { chosen, fitted, type Line, type Span, span, spread } from "./line.ts";
import { bufferRow, causeRow, clockOf, processRow } from "./list-rows.ts";
import { detailPage, emptyPage, heading, helpPage } from "./pages.ts";
import type { TopState } from "./top-state.ts";
import { type TopData, type TopSource, type TopView, topView } from "./top-view.ts";

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

/** Sources that have a line of their own at the top. */
const HEADERS_MAX = 4;

/** On fewer columns notes are short. */
const NARROW_BELOW = 60;

/** Columns that the name of a program has, whatever else there is to say. */
const TITLE_COLUMNS_MIN = 10;

/** Rows of a list where there is room for all. */
const LIST_ROWS_WANTED = 100;

/** One frame: at most `rows` lines, each of exactly `columns` columns. Of the same data, state and size it is always the same. */
export function renderTop(data: TopData, state: TopState, size: FrameSize): readonly Line[] {
  const view = topView(data, state);
  const { columns, rows } = size;
  const head = headerLines(data, view, state, columns);
  const foot = footerLine(data, view, state, columns);
  const room = Math.max(0, rows - head.length - 1);
  const body = bodyLines(view, state, { columns, rows: room }).slice(0, room);
  const blank = Array.from({ length: room - body.length }, () => fitted([], columns));
  return [...head, ...body, ...blank, foot].slice(0, rows);
}

function bodyLines(view: TopView, state: TopState, size: FrameSize): readonly Line[] {
  if (state.page === "help") return helpPage(size.columns);
  if (view.sources.length === 0) return emptyPage(size.columns);
  if (state.page === "detail") {
    const thing = (state.list === "buffers" ? view.buffers : view.causes)[state.chosen ?? 0];
    if (thing !== undefined && state.list !== "processes") return detailPage(thing, size.columns);
  }
  return sections(view, state, size);
}

interface Section {
  readonly heading: Line | null;
  readonly rows: readonly Line[];
  /** What is shown of it where there is little room. */
  readonly least: number;
  /** Row that is chosen, and therefore shown. */
  readonly chosen: number | null;
}

function sections(view: TopView, state: TopState, { columns, rows }: FrameSize): readonly Line[] {
  const inside = columns - 1;
  const chosenIn = (list: TopState["list"]): number | null => (state.list === list ? state.chosen : null);
  const listed = <T>(
    list: TopState["list"],
    things: readonly T[],
    rowOf: (thing: T, width: number) => Line,
  ): Line[] => {
    return things.slice(0, LIST_ROWS_WANTED).map((thing, index) => {
      const line: Line = [{ text: " ", look: "plain" }, ...rowOf(thing, inside)];
      return index === chosenIn(list) ? chosen(line) : line;
    });
  };
  const devices = deviceRows(view.devices, inside).map((line): Line => [{ text: " ", look: "plain" }, ...line]);
  const parts: readonly Section[] = [
    { heading: null, rows: devices, least: 4, chosen: null },
    {
      heading: heading("running", columns, processNote(view)),
      rows: orNote(listed("processes", view.processes, processRow), "nothing", columns),
      least: 2,
      chosen: chosenIn("processes"),
    },
    {
      heading: heading("causes", columns, causesNote(view, state, columns)),
      rows: orNote(listed("causes", view.causes, causeRow), causesReason(view), columns),
      least: 3,
      chosen: chosenIn("causes"),
    },
    {
      heading: heading("largest live", columns, buffersNote(view)),
      rows: orNote(listed("buffers", view.buffers, bufferRow), "none", columns),
      least: 3,
      chosen: chosenIn("buffers"),
    },
  ];
  return fill(parts, columns, rows);
}

/** Gives each section its least, then what is left to those that have more, from the top. */
function fill(parts: readonly Section[], columns: number, rows: number): readonly Line[] {
  const headings = parts.filter((part) => part.heading !== null).length;
  const given = parts.map((part) => Math.min(part.least, part.rows.length));
  let left = rows - headings - given.reduce((sum, amount) => sum + amount, 0);
  for (let isChanged = true; left > 0 && isChanged; ) {
    isChanged = false;
    for (const [index, part] of parts.entries()) {
      if (left <= 0 || (given[index] ?? 0) >= part.rows.length) continue;
      given[index] = (given[index] ?? 0) + 1;
      left -= 1;
      isChanged = true;
    }
  }
  return parts.flatMap((part, index) => [
    ...(part.heading === null ? [] : [part.heading]),
    ...windowOf(part, given[index] ?? 0, columns),
  ]);
}

/** So many of its rows, with the chosen one; the last says how many more there are. */
function windowOf({ rows, chosen: at }: Section, amount: number, columns: number): readonly Line[] {
  if (rows.length <= amount || amount === 0) return rows.slice(0, amount);
  if (amount === 1) return rows.slice(at ?? 0, (at ?? 0) + 1);
  const from = Math.min(Math.max(0, (at ?? 0) - amount + 2), rows.length - amount + 1);
  const shown = rows.slice(from, from + amount - 1);
  const [before, after] = [from, rows.length - from - shown.length];
  const more = [...(before > 0 ? [`${before} above`] : []), ...(after > 0 ? [`${after} more`] : [])].join(", ");
  return [...shown, note(`… ${more}`, columns)];
}

function orNote(rows: readonly Line[], text: string, columns: number): readonly Line[] {
  return rows.length > 0 ? rows : [note(text, columns)];
}

function note(text: string, columns: number): Line {
  return fitted([span(`   ${text}`, "quiet")], columns);
}

function headerLines(data: TopData, view: TopView, state: TopState, columns: number): readonly Line[] {
  const name: Span = span(" tt-memwatch  ", "title");
  if (view.sources.length === 0) return [fitted([name], columns)];
  if (view.sources.length > HEADERS_MAX) {
    const text = `${count(view.sources.length, "program")}: look at one of them with r`;
    return [spread([name, span(text)], [span(flags(data, state), "quiet")], columns)];
  }
  return view.sources.map((source, index) => {
    const first = index === 0 ? name : span(" ".repeat(name.text.length));
    const end = [index === 0 ? flags(data, state) : "", clockOf(source.snapshot.atMs)].filter((part) => part !== "");
    return headerLine(first, source, end.join("  "), columns);
  });
}

function headerLine(first: Span, { snapshot, isGone }: TopSource, end: string, columns: number): Line {
  const { source, tests, causes, state, lost } = snapshot;
  const isOver = isGone || state !== "running";
  const tail: readonly Span[] = [
    ...(isOver ? [span(`  ${state === "judging" ? "judging" : "ended"}`, "warning")] : []),
    ...(tests === null ? [] : [span(`  ${tests.done}${tests.total === null ? "" : `/${tests.total}`} tests`, "title")]),
    ...(causes.failing === 0 ? [] : [span(`  ${causes.failing} fail`, "bad")]),
    ...(lost.records === 0 ? [] : [span(`  ${lost.records} records lost`, "warning")]),
    span(`  ${end} `, "quiet"),
  ];
  const name = columns < NARROW_BELOW ? span(" ") : first;
  const room = columns - name.text.length - tail.reduce((sum, { text }) => sum + text.length, 0);
  const words = [span(`${source.command} `, "quiet"), span(source.title.join(" "))];
  return fitted([name, ...fitted(words, Math.max(TITLE_COLUMNS_MIN, room)), ...tail], columns);
}

/** What holds for all that is shown. */
function flags({ position }: TopData, { isPaused, isFollowing }: TopState): string {
  return [
    ...(position === null ? [] : [`${position.frame}/${position.frames}`]),
    ...(isPaused && position === null ? ["PAUSED"] : []),
    ...(!isPaused && position !== null ? ["playing"] : []),
    ...(isFollowing ? ["following"] : []),
  ].join("  ");
}

function processNote({ sources }: TopView): string {
  const leftOut = sources.reduce((sum, { snapshot }) => sum + snapshot.leftOut.processes, 0);
  return leftOut === 0 ? "" : `${leftOut} more`;
}

function causesNote({ sources }: TopView, { sort }: TopState, columns: number): string {
  const causes = sources.map(({ snapshot }) => snapshot.causes);
  const failing = causes.reduce((sum, each) => sum + each.failing, 0);
  const findings = causes.reduce((sum, each) => sum + each.findings, 0);
  const all = columns < NARROW_BELOW ? "" : `${count(findings, "finding")}, `;
  return `${all}${failing} fail, by ${sort}`;
}

function causesReason({ sources, hidden }: TopView): string {
  const reasons = sources.map(({ snapshot }) => snapshot.causes.reason);
  if (hidden > 0) return "none that is looked at";
  // One that is judged, and without a cause, has none so far.
  return reasons.every((reason) => reason !== "") ? (reasons[0] ?? "none so far") : "none so far";
}

function buffersNote({ sources }: TopView): string {
  const buffers = sources.reduce((sum, { snapshot }) => sum + snapshot.buffers, 0);
  return `${count(buffers, "buffer")} live`;
}

function footerLine(data: TopData, view: TopView, state: TopState, columns: number): Line {
  if (state.isTyping) return fitted([span(" filter: ", "title"), span(state.filter), span(" ", "chosen")], columns);
  const keys: Span[] = [
    ...[
      "F1",
      " help  ",
      "/",
      " filter  ",
      "s",
      " sort  ",
      "d",
      " device  ",
      "p",
      data.position === null ? " pause  " : " play  ",
    ],
    ...(data.position === null ? [] : ["← →", " step  "]),
    ...["q", " quit"],
  ].map((text, index) => span(text, index % 2 === 0 ? "title" : "quiet"));
  return spread([span(" "), ...keys], [span(`${focusText(view, state)} `, "warning")], columns);
}

/** What is looked at alone. */
function focusText({ hidden }: TopView, { filter, device, process, test, source }: TopState): string {
  return [
    ...(source === null ? [] : [`program ${source}`]),
    ...(device === null ? [] : [`device ${device}`]),
    ...(process === null ? [] : [`process ${process}`]),
    ...(test === null ? [] : [`test ${test.split("::").at(-1)}`]),
    ...(filter === "" ? [] : [`/${filter}`]),
    ...(hidden === 0 ? [] : [`${hidden} hidden`]),
  ].join("  ");
}
