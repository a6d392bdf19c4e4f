import { formatBytes } from "../../../core/base/bytes.ts";
import { count } from "../../../core/base/count.ts";
import type { LiveBuffer, LiveCause, LiveProcess } from "../../../core/model/live-snapshot.ts";
import { clockOf, troubleOf } from "./durations.ts";
import { IDLE_WORDS, PROCESS_STATE_WORDS, placeOf } from "./list-rows.ts";

const KNOWN_WORDS: Readonly<Record<NonNullable<LiveCause["known"]>["by"], string>> = {
  ...{ mark: "by the mark of its test", suppression: "by a suppression", baseline: "by the baseline" },
};

type Facts = readonly (readonly [string, string | null])[];

/** What is known of a row, a line each. */
export function detailOf(thing: LiveProcess | LiveCause | LiveBuffer): readonly (readonly [string, string])[] {
  const facts = "verdict" in thing ? causeFacts(thing) : "address" in thing ? bufferFacts(thing) : processFacts(thing);
  return facts.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
}

function causeFacts(cause: LiveCause): Facts {
  const { known, memoryType } = cause;
  const reason = [known?.reason, known?.ref].filter((text) => text != null && text !== "").join(" ");
  return [
    ["verdict", `${cause.verdict}${cause.fails ? ", fails the run" : ""}`],
    ["known", known === null ? null : `${KNOWN_WORDS[known.by]}${reason === "" ? "" : `: ${reason}`}`],
    [
      "memory",
      `${formatBytes(cause.sizeBytes)} of ${memoryType ?? "no memory type"} in ${count(cause.findings, "finding")}`,
    ],
    ["line", placeOf(cause.line)],
    ["operation", cause.operation],
    ["held by", cause.holder],
    ["last test", cause.test],
    ["evidence", cause.evidence],
  ];
}

function bufferFacts(buffer: LiveBuffer): Facts {
  const { sizeBytes, memoryType, address, device } = buffer;
  return [
    ["memory", `${formatBytes(sizeBytes)} of ${memoryType} at ${address}, device ${device}`],
    ["line", placeOf(buffer.line)],
    ["operation", buffer.operation],
    ["test", buffer.test],
    ["fixture", buffer.fixture],
    ["held by", buffer.holder],
    ["process", `${buffer.pid}`],
  ];
}

function processFacts(process: LiveProcess): Facts {
  const { pid, name, worker, role, state, running, usedBytes, lostRecords } = process;
  const trouble = troubleOf(process);
  const since = running?.forMs == null ? "" : `, for ${clockOf(running.forMs)}`;
  return [
    [
      "process",
      `${pid}${worker === null ? "" : `, worker ${worker}`}${state === "running" ? "" : `, ${PROCESS_STATE_WORDS[state]}`}`,
    ],
    ["name", name],
    ["test", running === null ? IDLE_WORDS[role] : running.test],
    ["phase", running === null ? null : `${running.phase ?? "between phases"}${since}`],
    ["trouble", trouble === "" ? null : trouble],
    ["memory", `${formatBytes(usedBytes)} over all its devices`],
    [
      "lost",
      lostRecords === 0 ? null : `${count(lostRecords, "record")} of the tracer, overwritten before they were read`,
    ],
  ];
}
