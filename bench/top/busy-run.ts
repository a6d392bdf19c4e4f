import { TracedProcess } from "../../fixtures/run/traced-process.ts";
import { LIVE_BUFFERS_MAX, type LiveCauses, type LiveSnapshot } from "../../src/core/model/live-snapshot.ts";
import { buildLiveSnapshot } from "../../src/core/report/build-live-snapshot.ts";

const BYTES_PER_BANK = 2048;

/** A traced test that holds so many buffers in every second place, as fragmented as can be. */
export function busyProcess(buffers: number): TracedProcess {
  const process = new TracedProcess().begin("test_a.py::test").look("before").enter("call");
  for (let index = 0; index < buffers; index += 1) {
    process.allocate(2 * index * BYTES_PER_BANK, BYTES_PER_BANK + 32 * (index % 100), {
      chip: 0,
      banks: 12,
      unitBytes: 32,
    });
  }
  return process;
}

/** One more buffer, behind all others: what the allocator said last does not hold any more. */
export function allocateOneMore(process: TracedProcess, place: number): void {
  process.allocate(place * BYTES_PER_BANK, BYTES_PER_BANK, { chip: 0, banks: 12, unitBytes: 32 });
}

export function snapshotOf({ ledger }: TracedProcess, causes: LiveCauses, atMs: number): LiveSnapshot {
  const processes = ledger.now(LIVE_BUFFERS_MAX).map(({ info, memories, peaks, lostRecords }) => ({
    ...{ pid: info.pid, worker: null, role: info.role, state: "running" as const, running: null },
    ...{ standstill: null, rootDir: "/suite", memories, peaks, lostRecords },
  }));
  const source = { command: "run" as const, pid: 1, title: ["pytest"], engine: "0.1.0", startedAt: "" };
  const counts = { tests: null, traffic: null, lost: { messages: 0, refused: 0 } };
  return buildLiveSnapshot({ source, state: "running", atMs, processes, causes, causesLeftOut: 0, ...counts });
}
