import { footerLine } from "./footer.ts";
import { headerLines, percent } from "./header.ts";
import { type FrameSize, fitted, type ScreenLine, span } from "./line.ts";
import { detailPage, emptyPage, helpPage } from "./pages.ts";
import { sections } from "./sections.ts";
import type { TopState } from "./top-state.ts";
import { type TopData, type TopSource, type TopView, topView } from "./top-view.ts";

/** One frame: at most `rows` lines, each of exactly `columns` columns. Of the same data, state and size it is always the same. */
export function renderTop(data: TopData, state: TopState, size: FrameSize): readonly ScreenLine[] {
  const view = topView(data, state);
  const { columns, rows } = size;
  const head = headerLines(data, view, state, columns);
  const foot = footerLine(data, view, state, columns);
  const room = roomOf(head, rows);
  const page = pageOf(data, view, state, columns);
  const body =
    page === null ? sections(view, state, { columns, rows: room }) : scrolled(page, state.scroll, room, columns);
  const blank = Array.from({ length: Math.max(0, room - body.length) }, () => fitted([], columns));
  return [...head, ...body.slice(0, room), ...blank, foot].slice(0, rows);
}

/** Lines of the page that can be above the screen; 0: all of it is shown. */
export function scrollMaxOf(data: TopData, state: TopState, { columns, rows }: FrameSize): number {
  const view = topView(data, state);
  const page = pageOf(data, view, state, columns);
  if (page === null) return 0;
  return overflowOf(page, roomOf(headerLines(data, view, state, columns), rows));
}

function roomOf(head: readonly ScreenLine[], rows: number): number {
  return Math.max(0, rows - head.length - 1);
}

/** What is shown instead of the lists; null: they are. */
function pageOf({ position }: TopData, view: TopView, state: TopState, columns: number): readonly ScreenLine[] | null {
  if (state.page === "help") return helpPage(columns);
  if (view.sources.length === 0) return emptyPage(columns);
  if (position !== null && position.readPart !== null && view.sources.every(isUnknown)) {
    return [
      fitted([], columns),
      fitted([span(` The recording is being read: ${percent(position.readPart)}.`)], columns),
    ];
  }
  if (state.page === "overview") return null;
  const at = state.chosen ?? 0;
  const thing = state.list === "processes" ? view.processes[at]?.process : view[state.list][at];
  return thing === undefined ? null : detailPage(thing, columns);
}

/** The last line says how many there are below it. */
function scrolled(page: readonly ScreenLine[], scroll: number, room: number, columns: number): readonly ScreenLine[] {
  const overflow = overflowOf(page, room);
  if (overflow === 0) return page;
  const from = Math.min(scroll, overflow);
  const below = page.length - from - (room - 1);
  const last = below === 0 ? [] : [span(`   … ${below} more below`, "quiet")];
  return [...page.slice(from, from + room - 1), fitted(last, columns)];
}

/** One line is for what says that there is more. */
function overflowOf(page: readonly ScreenLine[], room: number): number {
  return page.length <= room ? 0 : page.length - room + 1;
}

function isUnknown({ snapshot }: TopSource): boolean {
  return snapshot.devices.length === 0 && snapshot.processes.length === 0;
}
