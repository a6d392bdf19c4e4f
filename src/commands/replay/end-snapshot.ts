import { otherNow } from "../../core/ledger/run/other-process-now.ts";
import { TracedMemory } from "../../core/ledger/run/traced-memory.ts";
import type { Finding } from "../../core/model/finding.ts";
import { LIVE_BUFFERS_MAX, type LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { Recorded } from "../../core/model/recording.ts";
import { buildLiveSnapshot, type ProcessPart, type SnapshotParts } from "../../core/report/build-live-snapshot.ts";
import { causesLeftOut, liveCauses, notJudged } from "../../core/report/live-causes.ts";
import type { LiveState, RecordingPlaces } from "../../in/recording/recording-places.ts";

/** Of a recording of which nothing is known yet. */
export function unreadSnapshot(file: string, { engine, startedAt }: Recorded): LiveSnapshot {
  const source = { command: "replay" as const, pid: 0, title: [file], engine, startedAt };
  return buildLiveSnapshot({ ...NOT_READ, source, atMs: 0, processes: [] });
}

/** What was live at the end of a recording, by its index: found without reading the rest. */
export function endSnapshot(file: string, places: RecordingPlaces, { births }: LiveState): LiveSnapshot {
  const { begun, index, durationMs } = places;
  const stacks = places.stacks();
  const processes = index.rings.map(({ ring, pid }): ProcessPart => {
    const memory = new TracedMemory();
    for (const record of births.get(ring) ?? []) memory.record(record);
    const now = otherNow(pid, memory, stacks.get(ring) ?? new Map(), LIVE_BUFFERS_MAX);
    const about = { worker: null, role: "program" as const, state: "ended" as const, running: null, standstill: null };
    return { ...now, ...about, rootDir: begun.cwd };
  });
  const { source } = unreadSnapshot(file, begun);
  return buildLiveSnapshot({ ...NOT_READ, source, atMs: durationMs, processes });
}

export function judgedSnapshot(snapshot: LiveSnapshot, findings: readonly Finding[]): LiveSnapshot {
  const leftOut = { ...snapshot.leftOut, causes: causesLeftOut(findings) };
  return { ...snapshot, state: "ended", causes: liveCauses(findings, snapshot.atMs), leftOut };
}

const NOT_READ = {
  state: "judging",
  causes: notJudged("the recording is still being read"),
  causesLeftOut: 0,
  // Which of them failed is not in the index.
  tests: null,
  traffic: null,
  lost: { messages: 0, refused: 0 },
} as const satisfies Partial<SnapshotParts>;
