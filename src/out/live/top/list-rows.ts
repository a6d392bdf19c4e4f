import { formatBytes } from "../../../core/base/bytes.ts";
import type { LiveBuffer, LiveCause, LiveProcess } from "../../../core/model/live-snapshot.ts";
import type { SourceLine } from "../../../core/model/stack.ts";
import { widthOf } from "../fit-text.ts";
import { clockOf, troubleOf } from "./durations.ts";
import { type Cell, type Line, type Look, row } from "./line.ts";
import type { ShownProcess } from "./top-view.ts";

/** Columns from which on a part is shown. */
const HOLDER_FROM = 70;
const TEST_FROM = 110;
const ADDRESS_FROM = 100;

/** On less than HOLDER_FROM columns. */
const SHORT_VERDICT_COLUMNS = 7;

/** What a process does that runs no test. */
export const IDLE_WORDS: Readonly<Record<LiveProcess["role"], string>> = {
  ...{ single: "between tests", worker: "between tests", fork: "between tests" },
  ...{ controller: "starts the workers", program: "runs no pytest" },
};

export const STATE_WORDS: Readonly<Record<LiveProcess["state"], string>> = {
  ...{ running: "", ended: "ended", lost: "lost", unverifiable: "not seen from here" },
};

export function processRows(processes: readonly ShownProcess[], columns: number): readonly Line[] {
  const troubles = processes.map(({ process }) => troubleOf(process));
  const widths = {
    pid: widest(processes.map(({ process }) => `${process.pid}`)),
    worker: widest(processes.map(({ process }) => process.worker ?? "")),
    trouble: widest(troubles),
  };
  return processes.map(({ process }, index) => processRow(process, troubles[index] ?? "", widths, columns));
}

function processRow(
  process: LiveProcess,
  trouble: string,
  widths: Readonly<Record<"pid" | "worker" | "trouble", number>>,
  columns: number,
): Line {
  const { pid, name, worker, role, running, state, usedBytes } = process;
  const what = running?.test ?? name ?? IDLE_WORDS[role];
  const isWide = columns >= HOLDER_FROM;
  const time = running?.forMs == null ? "" : clockOf(running.forMs);
  return row(
    [
      { text: `${pid}`, width: Math.max(7, widths.pid), align: "right", look: "title" },
      { text: worker ?? "", width: worker === null ? 0 : widths.worker },
      {
        text: state === "running" ? what : `${what} (${STATE_WORDS[state]})`,
        width: { share: 1 },
        keeps: running === null ? "start" : "end",
        look: running === null ? "quiet" : "plain",
      },
      { text: trouble, width: isWide || trouble !== "" ? widths.trouble : 0, align: "right", look: "warning" },
      { text: running?.phase ?? "", width: isWide ? 8 : 0, look: "quiet" },
      { text: time, width: isWide || trouble === "" ? 8 : 0, align: "right" },
      { text: formatBytes(usedBytes), width: isWide ? 10 : 0, align: "right" },
    ],
    columns,
  );
}

export function causeRows(causes: readonly LiveCause[], columns: number): readonly Line[] {
  const isWide = columns >= HOLDER_FROM;
  const widths = {
    verdict: isWide ? widest(causes.map(verdictOf)) : SHORT_VERDICT_COLUMNS,
    size: widest(causes.map(({ sizeBytes }) => formatBytes(sizeBytes))),
    times: widest(causes.map(timesOf)),
    memoryType: columns < TEST_FROM ? 0 : widest(causes.map(({ memoryType }) => memoryType ?? "")),
  };
  return causes.map((cause) => causeRow(cause, widths, columns));
}

function causeRow(
  cause: LiveCause,
  widths: Readonly<Record<"verdict" | "size" | "times" | "memoryType", number>>,
  columns: number,
): Line {
  const { verdict, known, memoryType, sizeBytes, line, holder, test, fails, evidence } = cause;
  const look: Look = verdict === "leak" && fails ? "bad" : fails ? "warning" : "quiet";
  const isWide = columns >= HOLDER_FROM;
  // Of a finding without a line or a holder, the sentence says what it is.
  const isSaid = line === null && holder === null;
  const place: Cell = {
    text: placeOf(line) ?? evidence,
    width: { share: isSaid ? 6 : 3 },
    keeps: line === null ? "start" : "end",
  };
  return row(
    [
      { text: fails ? (verdict === "leak" ? "✗" : "!") : "·", width: 1, look },
      { text: isWide || known === null ? verdictOf(cause) : "known", width: widths.verdict, look },
      { text: formatBytes(sizeBytes), width: widths.size, align: "right" },
      { text: memoryType ?? "", width: widths.memoryType, look: "quiet" },
      { text: timesOf(cause), width: widths.times, align: "right" },
      place,
      { text: holder ?? "", width: isSaid || !isWide ? 0 : { share: 3 }, keeps: "end", look: "title" },
      { text: test ?? "", width: columns < TEST_FROM ? 0 : { share: 3 }, keeps: "end", look: "quiet" },
    ],
    columns,
  );
}

function verdictOf({ verdict, known }: LiveCause): string {
  return known === null ? verdict : `known ${verdict}`;
}

function timesOf({ findings }: LiveCause): string {
  return findings === 1 ? "" : `×${findings}`;
}

export function bufferRows(buffers: readonly LiveBuffer[], columns: number): readonly Line[] {
  const memoryType = widest(buffers.map((buffer) => buffer.memoryType));
  return buffers.map((buffer) => bufferRow(buffer, memoryType, columns));
}

function bufferRow(buffer: LiveBuffer, memoryTypeColumns: number, columns: number): Line {
  const { sizeBytes, memoryType, address, operation, line, test, fixture, holder } = buffer;
  const made = placeOf(line) ?? operation ?? "not known who made it";
  return row(
    [
      { text: formatBytes(sizeBytes), width: 9, align: "right" },
      { text: memoryType, width: memoryTypeColumns, look: "quiet" },
      { text: address, width: columns < ADDRESS_FROM ? 0 : 12, look: "quiet" },
      { text: operation ?? "", width: columns < TEST_FROM ? 0 : { share: 2 } },
      { text: made, width: { share: 3 }, keeps: line === null ? "start" : "end" },
      {
        text: fixture === null ? (test ?? "") : `fixture ${fixture}`,
        width: columns < HOLDER_FROM ? 0 : { share: 3 },
        keeps: fixture === null ? "end" : "start",
        look: "quiet",
      },
      { text: holder ?? "", width: columns < TEST_FROM ? 0 : { share: 2 }, keeps: "end", look: "title" },
    ],
    columns,
  );
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(widthOf));
}

export function placeOf(line: SourceLine | null): string | null {
  return line === null ? null : `${line.file}:${line.line}`;
}
