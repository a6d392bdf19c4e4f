import { count } from "../../../core/base/count.ts";
import { truncateParts } from "../truncate-to-width.ts";
import { clockOf, silenceOf } from "./durations.ts";
import { fitted, type ScreenLine, type Span, span, spread, widthOfLine } from "./line.ts";
import type { TopState } from "./top-state.ts";
import type { TopData, TopPosition, TopSource, TopView } from "./top-view.ts";

/** Sources that have a line of their own at the top. */
const HEADERS_MAX = 4;

/** On fewer columns the lines do not begin with our name. */
const NAME_FROM = 60;

/** Columns that the name of a program has, whatever else there is to say. */
const TITLE_COLUMNS_MIN = 14;

/** A program reports four times a second. */
const SILENT_FROM_MS = 5_000;

/** What runs, and how it stands: a line each. */
export function headerLines(data: TopData, view: TopView, state: TopState, columns: number): readonly ScreenLine[] {
  const name = columns < NAME_FROM ? span(" ") : span(" tt-memwatch  ", "title");
  if (view.sources.length === 0) return [fitted([span(" tt-memwatch", "title")], columns)];
  const flags = flagsOf(data, state);
  if (view.sources.length > HEADERS_MAX) {
    const text = `${count(view.sources.length, "program")}: look at one of them with r`;
    return [spread([name, span(text)], flags, columns)];
  }
  return view.sources.map((source, index) => {
    const first = index === 0 ? name : span(" ".repeat(name.text.length));
    return headerLine(first, source, index === 0 ? flags : [], columns);
  });
}

/** A part of a line, and how soon it is left out where there is no room: the highest first. */
interface Part {
  readonly spans: ScreenLine;
  readonly rank: number;
}

function headerLine(first: Span, source: TopSource, flags: ScreenLine, columns: number): ScreenLine {
  const { command } = source.snapshot.source;
  const room = columns - first.text.length - TITLE_COLUMNS_MIN;
  const tail = withRoom(partsOf(source, flags), room).flatMap(({ spans }) => spans);
  const titleColumns = columns - first.text.length - command.length - 1 - widthOfLine(tail);
  const title = span(titleOf(source), "plain");
  const cut = isPath(source) ? [span(truncateParts(title.text, titleColumns))] : [title];
  return fitted([first, span(`${command} `, "quiet"), ...fitted(cut, titleColumns), ...tail], columns);
}

/** Of a command its words, without the folder of the program. */
function titleOf(source: TopSource): string {
  const [program = "", ...words] = source.snapshot.source.title;
  return isPath(source) ? program : [program.split("/").at(-1) ?? "", ...words].join(" ");
}

function isPath({ snapshot }: TopSource): boolean {
  return snapshot.source.command !== "run" && snapshot.source.command !== "trace";
}

function partsOf(source: TopSource, flags: ScreenLine): readonly Part[] {
  const { tests, causes, lost, atMs } = source.snapshot;
  const stand = standOf(source);
  const part = (rank: number, spans: ScreenLine): Part[] =>
    spans.length === 0 ? [] : [{ rank, spans: [GAP, ...spans] }];
  return [
    ...part(0, stand === "" ? [] : [span(stand, "warning")]),
    ...part(
      3,
      tests === null ? [] : [span(`${tests.done}${tests.total === null ? "" : `/${tests.total}`} tests`, "title")],
    ),
    ...part(1, causes.failing === 0 ? [] : [span(`${causes.failing} fail`, "bad")]),
    ...part(5, lost.records === 0 ? [] : [span(`${lost.records} lost`, "warning")]),
    ...part(2, flags),
    ...part(4, [span(`${clockOf(atMs)} `, "quiet")]),
  ];
}

const GAP = span("  ");

/** How it stands with a program that does not just go on. */
function standOf({ snapshot: { state }, isGone, silentMs }: TopSource): string {
  if (isGone || state === "ended") return "ended";
  if (silentMs !== null && silentMs >= SILENT_FROM_MS) return silenceOf(silentMs);
  return state === "judging" ? "judging" : "";
}

/** As many of them as there is room for. */
function withRoom(parts: readonly Part[], columns: number): readonly Part[] {
  const width = parts.reduce((sum, { spans }) => sum + widthOfLine(spans), 0);
  if (width <= columns || parts.length === 0) return parts;
  const least = Math.max(...parts.map(({ rank }) => rank));
  return withRoom(
    parts.filter(({ rank }) => rank !== least),
    columns,
  );
}

/** What holds for all that is shown. */
function flagsOf({ position }: TopData, { isPaused, isFollowing }: TopState): ScreenLine {
  const words: readonly Span[] = [
    ...(position === null ? [] : [positionOf(position)]),
    ...(isPaused && position === null ? [span("PAUSED", "warning")] : []),
    ...(!isPaused && position !== null ? [span("playing", "quiet")] : []),
    ...(isFollowing ? [span("following", "quiet")] : []),
  ];
  return words.flatMap((word, index) => (index === 0 ? [word] : [GAP, word]));
}

function positionOf({ frame, frames, readPart }: TopPosition): Span {
  if (readPart !== null) return span(`reading ${percent(readPart)}`, "warning");
  return span(`${frame}/${frames}`, "quiet");
}

/** "42 %". */
export function percent(part: number): string {
  return `${Math.floor(100 * part)} %`;
}
