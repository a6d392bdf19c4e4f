import { formatBytes } from "../../../core/base/bytes.ts";
import type { LiveBuffer, LiveCause, LiveProcess } from "../../../core/model/live-snapshot.ts";
import type { SourceLine } from "../../../core/model/stack.ts";
import { clockOf, troubleOf } from "./durations.ts";
import type { ScreenLine, SpanStyle } from "./line.ts";
import { type ColumnWidth, type TableCell, table } from "./table.ts";
import type { ShownProcess } from "./top-view.ts";

/** Columns from which on a part is shown. */
const HOLDER_FROM = 70;
const TEST_FROM = 110;
const ADDRESS_FROM = 100;

/** On less than HOLDER_FROM columns. */
const SHORT_VERDICT_COLUMNS = 7;

const PID_COLUMNS = 7;
const TIME_COLUMNS = 8;
const SIZE_COLUMNS = 10;

/** What a process does that runs no test. */
export const IDLE_WORDS: Readonly<Record<LiveProcess["role"], string>> = {
  ...{ single: "between tests", worker: "between tests", fork: "between tests" },
  ...{ controller: "starts the workers", program: "runs no pytest" },
};

export const PROCESS_STATE_WORDS: Readonly<Record<LiveProcess["state"], string>> = {
  ...{ running: "", ended: "ended", lost: "lost", unverifiable: "not seen from here" },
};

export function processRows(processes: readonly ShownProcess[], columns: number): readonly ScreenLine[] {
  const isWide = columns >= HOLDER_FROM;
  const hasTrouble = processes.some(({ process }) => troubleOf(process) !== "");
  const widths: readonly ColumnWidth[] = [
    ...(["fit", "fit", { share: 1, isOpen: true }, "fit"] as const),
    ...([isWide ? "fit" : 0, isWide || !hasTrouble ? TIME_COLUMNS : 0, isWide ? SIZE_COLUMNS : 0] as const),
  ];
  return table(
    widths,
    processes.map(({ process }) => processCells(process, isWide)),
    columns,
  );
}

function processCells(process: LiveProcess, isWide: boolean): readonly TableCell[] {
  const { pid, name, worker, role, running, state, usedBytes } = process;
  const what = running?.test ?? name ?? IDLE_WORDS[role];
  const trouble = troubleOf(process);
  return [
    { text: `${pid}`.padStart(PID_COLUMNS), align: "right", look: "title" },
    { text: worker ?? "" },
    {
      text: state === "running" ? what : `${what} (${PROCESS_STATE_WORDS[state]})`,
      keeps: running === null ? "start" : "end",
      look: running === null ? "quiet" : "plain",
      isOver: !isWide && trouble === "",
    },
    { text: trouble, align: "right", look: "warning" },
    { text: running?.phase ?? "", look: "quiet" },
    { text: running?.forMs == null ? "" : clockOf(running.forMs), align: "right" },
    { text: formatBytes(usedBytes), align: "right" },
  ];
}

export function causeRows(causes: readonly LiveCause[], columns: number): readonly ScreenLine[] {
  const isWide = columns >= HOLDER_FROM;
  const [memoryType, test] = columns < TEST_FROM ? [0, 0] : ["fit" as const, { share: 3 }];
  const widths: readonly ColumnWidth[] = [
    ...[1, isWide ? ("fit" as const) : SHORT_VERDICT_COLUMNS, "fit" as const, memoryType, "fit" as const],
    ...[{ share: 3 }, isWide ? { share: 3 } : 0, test],
  ];
  return table(
    widths,
    causes.map((cause) => causeCells(cause, isWide)),
    columns,
  );
}

function causeCells(cause: LiveCause, isWide: boolean): readonly TableCell[] {
  const { verdict, known, memoryType, sizeBytes, line, holder, test, fails, evidence } = cause;
  const look: SpanStyle = verdict === "leak" && fails ? "bad" : fails ? "warning" : "quiet";
  return [
    { text: fails ? (verdict === "leak" ? "✗" : "!") : "·", look },
    { text: isWide || known === null ? verdictOf(cause) : "known", look },
    { text: formatBytes(sizeBytes), align: "right" },
    { text: memoryType ?? "", look: "quiet" },
    { text: timesOf(cause), align: "right" },
    // Of a finding without a line or a holder, the sentence says what it is.
    {
      text: placeOf(line) ?? evidence,
      keeps: line === null ? "start" : "end",
      isOver: line === null && holder === null,
    },
    { text: holder ?? "", keeps: "end", look: "title" },
    { text: test ?? "", keeps: "end", look: "quiet" },
  ];
}

function verdictOf({ verdict, known }: LiveCause): string {
  return known === null ? verdict : `known ${verdict}`;
}

function timesOf({ findings }: LiveCause): string {
  return findings === 1 ? "" : `×${findings}`;
}

export function bufferRows(buffers: readonly LiveBuffer[], columns: number): readonly ScreenLine[] {
  const isWidest = columns >= TEST_FROM;
  const widths: readonly ColumnWidth[] = [
    ...[SIZE_COLUMNS - 1, "fit" as const, columns < ADDRESS_FROM ? 0 : ("fit" as const)],
    ...[
      isWidest ? { share: 2 } : 0,
      { share: 3 },
      columns < HOLDER_FROM ? 0 : { share: 3 },
      isWidest ? { share: 2 } : 0,
    ],
  ];
  return table(widths, buffers.map(bufferCells), columns);
}

function bufferCells(buffer: LiveBuffer): readonly TableCell[] {
  const { sizeBytes, memoryType, address, operation, line, test, fixture, holder } = buffer;
  return [
    { text: formatBytes(sizeBytes), align: "right" },
    { text: memoryType, look: "quiet" },
    { text: address, look: "quiet" },
    { text: operation ?? "" },
    { text: placeOf(line) ?? operation ?? "not known who made it", keeps: line === null ? "start" : "end" },
    {
      text: fixture === null ? (test ?? "") : `fixture ${fixture}`,
      keeps: fixture === null ? "end" : "start",
      look: "quiet",
    },
    { text: holder ?? "", keeps: "end", look: "title" },
  ];
}

export function placeOf(line: SourceLine | null): string | null {
  return line === null ? null : `${line.file}:${line.line}`;
}
