import wrapAnsi from "wrap-ansi";
import { printable } from "../../../core/base/printable.ts";
import type { LiveBuffer, LiveCause, LiveProcess } from "../../../core/model/live-snapshot.ts";
import { detailOf } from "./details.ts";
import { fitted, row, type ScreenLine, type SpanStyle, span } from "./line.ts";

const KEYS: readonly (readonly [string, string])[] = [
  ["q  Ctrl-C", "quit"],
  ["F1  h  ?", "this page; up and down scroll, any other key goes back"],
  ["/  F4", "filter by a part of a name, line or holder; Enter keeps it, Esc drops it"],
  ["s  F6", "sort causes: by severity, bytes, or how many findings"],
  ["Tab", "go to the next list; up, down, PgUp, PgDn, Home, End choose a row"],
  ["Enter", "all that is known of the chosen row"],
  ["d", "look at the next device alone"],
  ["w", "look at the next process alone"],
  ["t", "look at the next running test alone"],
  ["r", "look at the next run, program or server alone"],
  ["f", "follow the one that started last, also when another one starts"],
  ["p  Space", "pause; in a recording, play"],
  ["left  right", "in a recording: the moment before or after; with [ and ] ten of them"],
  ["Esc", "look at everything again"],
  ["Ctrl-Z", "suspend; fg continues"],
];

const NAME_COLUMNS = 14;

const LEGEND: readonly string[] = [
  "A bar is what is in use, with the most so far marked beside it; the line at its right is the last minutes, second by second.",
  "A free piece is the largest block that an allocation still fits into, over all banks.",
  "Verdicts are those of a run that ended now: memory that is freed later changes its verdict. A known one does not fail, because a mark, a suppression or the baseline has it.",
  "No news for 40 s: the process of a test reported, allocated or freed nothing for so long. It may hang, or compute on the device.",
];

export function helpPage(columns: number): ScreenLine[] {
  return [
    heading("keys", columns),
    ...KEYS.flatMap(([key, what]) => entry(key, what, columns)),
    fitted([], columns),
    ...LEGEND.flatMap((text) => wrapped(text, columns - 2)).map((text) => fitted([span(` ${text}`, "quiet")], columns)),
  ];
}

export function detailPage(thing: LiveProcess | LiveCause | LiveBuffer, columns: number): ScreenLine[] {
  return [heading("detail", columns), ...detailOf(thing).flatMap(([name, text]) => entry(name, text, columns))];
}

const COMMANDS: readonly (readonly [string, string])[] = [
  ["tt-memwatch run -- pytest tests", "which test leaves memory behind"],
  ["tt-memwatch mock -- tt-memwatch run -- pytest tests", "the same without hardware"],
  ["tt-memwatch trace -- python demo.py", "a program without pytest"],
  ["tt-memwatch serve", "all processes on this machine"],
];

/** From so many columns on a command has what it is for beside it. */
const BESIDE_FROM = 88;

/** What is shown where nothing runs. */
export function emptyPage(columns: number): ScreenLine[] {
  const room = columns - 2;
  const words = (text: string, look: SpanStyle = "plain"): ScreenLine[] => {
    return wrapped(text, room).map((part) => fitted([span(` ${part}`, look)], columns));
  };
  const blank = fitted([], columns);
  const commands = COMMANDS.flatMap(([command, what]) => {
    if (columns < BESIDE_FROM) return [...words(`${what}:`, "quiet"), ...words(`  ${command}`, "title"), blank];
    const cells = [
      { text: `   ${command}`, width: 56, look: "title" as const },
      { text: what, width: { share: 1 } },
    ];
    return [row(cells, columns)];
  });
  return [
    blank,
    ...words("Nothing of yours runs on this machine. Start one of these in another terminal:"),
    blank,
    ...commands,
    ...(columns < BESIDE_FROM ? [] : [blank]),
    ...words("It appears here by itself. For a recording: tt-memwatch top FILE"),
  ];
}

/** A rule with a name. */
export function heading(name: string, columns: number, note = ""): ScreenLine {
  const end = note === "" ? "" : ` ${note} ─`;
  const rule = "─".repeat(Math.max(0, columns - name.length - 3 - end.length));
  return fitted([span("─ ", "quiet"), span(name, "title"), span(` ${rule}${end}`, "quiet")], columns);
}

function entry(name: string, text: string, columns: number): ScreenLine[] {
  const room = Math.max(10, columns - NAME_COLUMNS - 3);
  return wrapped(printable(text), room).map((part, index) => {
    const cells = [
      { text: index === 0 ? ` ${name}` : "", width: NAME_COLUMNS, look: "title" as const },
      { text: part, width: { share: 1 } },
    ];
    return row(cells, columns);
  });
}

function wrapped(text: string, columns: number): readonly string[] {
  return wrapAnsi(text, columns, { hard: true }).split("\n");
}
