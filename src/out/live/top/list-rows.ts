import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import type { LiveBuffer, LiveCause, LiveProcess } from "../../../core/model/live-snapshot.ts";
import type { SourceLine } from "../../../core/model/stack.ts";
import { type Cell, type Line, type Look, row } from "./line.ts";
import type { ShownProcess } from "./top-view.ts";

/** Columns from which on a part is shown. */
const HOLDER_FROM = 70;
const TEST_FROM = 110;
const ADDRESS_FROM = 100;

const MS_PER_SECOND = 1_000;
const SECONDS_PER_MINUTE = 60;

const IDLE_WORDS: Readonly<Record<LiveProcess["role"], string>> = {
  ...{ single: "between tests", worker: "between tests", fork: "between tests" },
  ...{ controller: "starts the workers", program: "runs no pytest" },
};

export function processRow({ process }: ShownProcess, columns: number): Line {
  const { pid, name, worker, role, running, state, usedBytes } = process;
  const what = running?.test ?? name ?? IDLE_WORDS[role];
  const isOver = state !== "running";
  return row(
    [
      { text: `${pid}`, width: 7, align: "right", look: "title" },
      { text: worker ?? "", width: worker === null ? 0 : 5 },
      {
        text: isOver ? `${what} (${state})` : what,
        width: { share: 1 },
        keeps: running === null ? "start" : "end",
        look: running === null ? "quiet" : "plain",
      },
      { text: running?.phase ?? "", width: columns < HOLDER_FROM ? 0 : 8, look: "quiet" },
      { text: running?.forMs == null ? "" : clockOf(running.forMs), width: 8, align: "right" },
      { text: formatBytes(usedBytes), width: columns < HOLDER_FROM ? 0 : 10, align: "right" },
    ],
    columns,
  );
}

/** As a clock: "0:12", "2:14", "1:05:00". */
export function clockOf(durationMs: number): string {
  const seconds = Math.floor(durationMs / MS_PER_SECOND);
  const minutes = Math.floor(seconds / SECONDS_PER_MINUTE);
  const hours = Math.floor(minutes / SECONDS_PER_MINUTE);
  const two = (amount: number): string => `${amount % SECONDS_PER_MINUTE}`.padStart(2, "0");
  return hours === 0 ? `${minutes}:${two(seconds)}` : `${hours}:${two(minutes)}:${two(seconds)}`;
}

export function causeRow(cause: LiveCause, columns: number): Line {
  const { verdict, memoryType, sizeBytes, findings, line, holder, test, fails, evidence } = cause;
  const look: Look = verdict === "leak" && fails ? "bad" : fails ? "warning" : "quiet";
  // Of a finding without a line or a holder, the sentence tells what it is.
  const isSaid = line === null && holder === null;
  const place: Cell = {
    text: placeOf(line) ?? evidence,
    width: { share: isSaid ? 6 : 3 },
    keeps: line === null ? "start" : "end",
  };
  return row(
    [
      { text: fails ? (verdict === "leak" ? "✗" : "!") : "·", width: 1, look },
      { text: verdict, width: columns < HOLDER_FROM ? 7 : 15, look },
      { text: formatBytes(sizeBytes), width: 9, align: "right" },
      { text: memoryType ?? "", width: columns < TEST_FROM ? 0 : 8, look: "quiet" },
      { text: findings === 1 ? "" : `×${findings}`, width: 5, align: "right" },
      place,
      { text: holder ?? "", width: isSaid || columns < HOLDER_FROM ? 0 : { share: 3 }, keeps: "end", look: "title" },
      { text: test ?? "", width: columns < TEST_FROM ? 0 : { share: 3 }, keeps: "end", look: "quiet" },
    ],
    columns,
  );
}

export function bufferRow(buffer: LiveBuffer, columns: number): Line {
  const { sizeBytes, memoryType, address, operation, line, test, fixture, holder } = buffer;
  const made = placeOf(line) ?? operation ?? "not known who made it";
  return row(
    [
      { text: formatBytes(sizeBytes), width: 9, align: "right" },
      { text: memoryType, width: 8, look: "quiet" },
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

/** What is known of a cause or a buffer, a line each. */
export function detailOf(thing: LiveCause | LiveBuffer): readonly (readonly [string, string])[] {
  const rows: readonly (readonly [string, string | null])[] =
    "verdict" in thing
      ? [
          ["verdict", `${thing.verdict}${thing.fails ? ", fails the run" : ""}`],
          [
            "memory",
            `${formatBytes(thing.sizeBytes)} of ${thing.memoryType ?? "no memory type"} in ${count(thing.findings, "finding")}`,
          ],
          ["line", placeOf(thing.line)],
          ["operation", thing.operation],
          ["held by", thing.holder],
          ["last test", thing.test],
          ["evidence", thing.evidence],
        ]
      : [
          [
            "memory",
            `${formatBytes(thing.sizeBytes)} of ${thing.memoryType} at ${thing.address}, device ${thing.device}`,
          ],
          ["line", placeOf(thing.line)],
          ["operation", thing.operation],
          ["test", thing.test],
          ["fixture", thing.fixture],
          ["held by", thing.holder],
          ["process", `${thing.pid}`],
        ];
  return rows.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
}

function placeOf(line: SourceLine | null): string | null {
  return line === null ? null : `${line.file}:${line.line}`;
}
