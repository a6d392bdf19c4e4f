import { truncateWords } from "../truncate-to-width.ts";
import { type ScreenLine, span, spread, widthOfLine } from "./line.ts";
import type { TopState } from "./top-state.ts";
import type { TopData, TopView } from "./top-view.ts";

/** A key, what it does, and how soon it is left out where there is no room: the highest first. */
type KeyWord = readonly [key: string, what: string, rank: number];

/** Part of the columns that what is looked at alone may take. */
const FOCUS_SHARE = 0.5;

/** The keys, and what is looked at alone. */
export function footerLine(data: TopData, view: TopView, state: TopState, columns: number): ScreenLine {
  if (state.isTyping) {
    const typed = [span(" filter: ", "title"), span(state.filter), span(" ", "chosen")];
    return spread(typed, [span("Enter keeps it, Esc drops it ", "quiet")], columns);
  }
  const focus = truncateWords(focusText(view, state), Math.floor(columns * FOCUS_SHARE));
  const end: ScreenLine = focus === "" ? [] : [span(`${focus} `, "warning")];
  const keys = withRoom(keysOf(data, view, state), columns - widthOfLine(end) - 1);
  return spread(lineOf(keys), end, columns);
}

function keysOf({ position }: TopData, { sources }: TopView, { page, isPaused }: TopState): readonly KeyWord[] {
  if (page !== "overview")
    return [
      ["↑ ↓", "scroll", 1],
      ["Esc", "back", 0],
      ["q", "quit", 2],
    ];
  if (sources.length === 0)
    return [
      ["F1", "help", 1],
      ["q", "quit", 0],
    ];
  return [
    ["F1", "help", 1],
    ["/", "filter", 4],
    ["s", "sort", 5],
    ["d", "device", 6],
    ["↑ ↓", "choose", 7],
    ["Enter", "details", 8],
    ["p", !isPaused ? "pause" : position === null ? "go on" : "play", 3],
    ...(position === null ? [] : [["← →", "step", 2] as const]),
    ["q", "quit", 0],
  ];
}

function lineOf(keys: readonly KeyWord[]): ScreenLine {
  return [span(" "), ...keys.flatMap(([key, what]) => [span(key, "title"), span(` ${what}  `, "quiet")])];
}

/** As many of them as there is room for. */
function withRoom(keys: readonly KeyWord[], columns: number): readonly KeyWord[] {
  // Behind the last one nothing follows.
  if (widthOfLine(lineOf(keys)) - 2 <= columns || keys.length === 0) return keys;
  const last = Math.max(...keys.map(([, , rank]) => rank));
  return withRoom(
    keys.filter(([, , rank]) => rank !== last),
    columns,
  );
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
