import { UsageError } from "../../core/base/usage-error.ts";
import type { LiveCause, LiveSnapshot } from "../../core/model/live-snapshot.ts";
import { type Answer, type PageRange, pageOf } from "./answer.ts";

/** What a running program says of itself. */
function headOf({ source, state, atMs, tests, processes, causes, buffers, devices }: LiveSnapshot): object {
  const running = processes.flatMap(({ pid, running: test }) => (test === null ? [] : [{ pid, ...test }]));
  const judged = causes.judgedAtMs === null ? { notJudged: causes.reason } : { judgedAtMs: causes.judgedAtMs };
  const about = { run: `live:${source.pid}`, command: source.title.join(" "), startedAt: source.startedAt };
  const memories = devices.flatMap(({ pid, device, memories: all }) =>
    all.map(({ memoryType, usedBytes, capacityBytes }) => ({ pid, device, memoryType, usedBytes, capacityBytes })),
  );
  const now = {
    state,
    atMs,
    tests,
    running: running.slice(0, RUNNING_MAX),
    buffers,
    memories: memories.slice(0, RUNNING_MAX),
  };
  return { ...about, ...now, ...judged, findingsInAll: causes.findings, failingInAll: causes.failing };
}

/** Tests and memories that an answer begins with. */
const RUNNING_MAX = 5;

export function liveCauses(
  snapshot: LiveSnapshot,
  { failing, ...page }: PageRange & { readonly failing: boolean },
): Answer {
  const wanted = snapshot.causes.list.filter(({ fails }) => fails || !failing);
  return pageOf(headOf(snapshot), "causes", wanted.map(asCause), page);
}

/** As `causes` has it of a run that ended. */
function asCause({ id, operation, line, test, ...cause }: LiveCause): unknown {
  const origin = line === null ? null : { operation, ...line };
  return { cause: id, ...cause, origin, lastTest: test };
}

interface Held {
  readonly test?: string | undefined;
  readonly cause?: string | undefined;
}

/** What holds the largest buffers that are live, and what is judged so far. */
export function liveWhyHeld(snapshot: LiveSnapshot, { test, cause, ...page }: PageRange & Held): Answer {
  const causes = snapshot.causes.list.filter(({ id, test: last }) => (cause ?? id) === id && (test ?? last) === last);
  const buffers = cause === undefined ? snapshot.largest.filter((buffer) => (test ?? buffer.test) === buffer.test) : [];
  return pageOf(headOf(snapshot), "held", [...causes.map(asCause), ...buffers], page);
}

/** For what only a run that has ended has. */
export function notOfLive(run: string, what: string): UsageError {
  return new UsageError(
    `${run}: while a run goes on ${what}; ask causes or why_held, or name its report when it has ended`,
  );
}
