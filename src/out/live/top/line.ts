import { styleText } from "node:util";
import { printable } from "../../../core/base/printable.ts";
import { truncateParts, truncateWords, widthOf } from "../truncate-to-width.ts";

/** What a part of a line is, for its looks. */
export type SpanStyle = "plain" | "title" | "quiet" | "bad" | "warning" | "good" | "bar" | "chosen";

/** A part of a line; its text can do nothing to a terminal. */
export interface Span {
  readonly text: string;
  readonly look: SpanStyle;
}

/** One row of a frame. */
export type ScreenLine = readonly Span[];

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

/** Columns of a row: so many, or a share of what the others leave; of 0 it is left out. */
type Width = number | { readonly share: number };

/** What stands in one column of a row. */
export type Cell = TextCell | DrawnCell;

export interface TextCell {
  readonly text: string;
  readonly width: Width;
  readonly look?: SpanStyle;
  readonly align?: "left" | "right";
  /** Which end of a text that is too long is kept. */
  readonly keeps?: "start" | "end";
}

interface DrawnCell {
  readonly width: Width;
  /** What fills exactly so many columns. */
  readonly draw: (columns: number) => ScreenLine;
}

const STYLES: Readonly<Record<SpanStyle, Parameters<typeof styleText>[0] | null>> = {
  plain: null,
  title: "bold",
  quiet: "dim",
  bad: ["bold", "red"],
  warning: "yellow",
  good: "green",
  bar: "cyan",
  chosen: "inverse",
};

export function span(text: string, look: SpanStyle = "plain"): Span {
  return { text: printable(text), look };
}

/** Cells side by side, a column of space between them, over exactly so many columns. */
export function row(cells: readonly Cell[], columns: number): ScreenLine {
  const shown = cells.filter(({ width }) => width !== 0);
  const widths = widthsOf(shown, columns - Math.max(0, shown.length - 1));
  const spans = shown.flatMap((cell, index) => {
    const drawn = spansOf(cell, widths[index] ?? 0);
    return index === 0 ? drawn : [SPACE, ...drawn];
  });
  return fitted(spans, columns);
}

const SPACE: Span = { text: " ", look: "plain" };

function widthsOf(cells: readonly Cell[], columns: number): readonly number[] {
  const shareOf = ({ width }: Cell): number => (typeof width === "number" ? 0 : width.share);
  const fixed = cells.reduce((sum, { width }) => sum + (typeof width === "number" ? width : 0), 0);
  let left = Math.max(0, columns - fixed);
  let shares = cells.reduce((sum, cell) => sum + shareOf(cell), 0);
  return cells.map((cell) => {
    if (typeof cell.width === "number") return cell.width;
    const width = Math.round((left * shareOf(cell)) / shares);
    left -= width;
    shares -= shareOf(cell);
    return width;
  });
}

function spansOf(cell: Cell, width: number): ScreenLine {
  if ("draw" in cell) return cell.draw(width);
  const { text, look = "plain", align = "left", keeps = "start" } = cell;
  const safe = printable(text);
  const cut = keeps === "start" ? truncateWords(safe, width) : truncateParts(safe, width);
  const blank: Span = { text: " ".repeat(Math.max(0, width - widthOf(cut))), look: "plain" };
  return align === "left" ? [{ text: cut, look }, blank] : [blank, { text: cut, look }];
}

/** A line of exactly so many columns. */
export function fitted(spans: ScreenLine, columns: number): ScreenLine {
  let left = columns;
  const kept = spans.flatMap(({ text, look }) => {
    const cut = truncateWords(text, left);
    left -= widthOf(cut);
    return cut === "" ? [] : [{ text: cut, look }];
  });
  return left > 0 ? [...kept, { text: " ".repeat(left), look: "plain" }] : kept;
}

/** Texts at the left and at the right end of a line; the right one is left out where there is no room for both. */
export function spread(left: ScreenLine, right: ScreenLine, columns: number): ScreenLine {
  const [before, after] = [widthOfLine(left), widthOfLine(right)];
  if (before + after + 1 > columns) return fitted(left, columns);
  return [...left, { text: " ".repeat(columns - before - after), look: "plain" }, ...right];
}

export function widthOfLine(line: ScreenLine): number {
  return line.reduce((sum, { text }) => sum + widthOf(text), 0);
}

/** The line as all of it looks when it is chosen. */
export function chosen(line: ScreenLine): ScreenLine {
  return [{ text: line.map(({ text }) => text).join(""), look: "chosen" }];
}

export interface Paint {
  readonly hasColor: boolean;
  /** Whether the terminal shows more than ASCII. */
  readonly isUnicode: boolean;
}

/** The line as it is written to a terminal, without blanks at its end. */
export function painted(line: ScreenLine, { hasColor, isUnicode }: Paint): string {
  const texts = line.map(({ text, look }) => {
    const shown = isUnicode ? text : asciiOf(text);
    const style = STYLES[look];
    return hasColor && style !== null && shown !== "" ? styleText(style, shown, { validateStream: false }) : shown;
  });
  return texts.join("").trimEnd();
}

const ASCII: Readonly<Record<string, string>> = {
  ...{ "█": "#", "▉": "#", "▊": "#", "▋": "+", "▌": "+", "▍": "+", "▎": "-", "▏": "-", "│": "|", "─": "-" },
  ...{ "▁": "_", "▂": "_", "▃": ".", "▄": "-", "▅": "=", "▆": "+", "▇": "*" },
  ...{ "…": "~", "✗": "x", "·": ".", "×": "x", "▾": "v", "▸": ">", "←": "<", "→": ">", "↑": "^", "↓": "v" },
};

/** In as many columns. */
function asciiOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all that is not ASCII.
  return text.replaceAll(/[^\x00-\x7f]+/gu, (run) =>
    [...new Intl.Segmenter("en").segment(run)]
      .map(({ segment }) => ASCII[segment] ?? "?".repeat(widthOf(segment)))
      .join(""),
  );
}
