import type { LiveSnapshot } from "../../../core/model/live-snapshot.ts";
import type { PageNow } from "../../../core/model/page.ts";
import { printableAll } from "./printable-all.ts";

/** Tests that run, and memories, that a page shows of a moment; of memories those with most in use. */
const RUNNING_MAX = 4;
const MEMORIES_MAX = 8;

/** What a page shows of a moment; null: nothing goes on that has moments. */
export function pageNow({ state, tests, processes, devices }: LiveSnapshot): PageNow | null {
  if (state !== "running") return null;
  const running = processes.flatMap(({ running }) => (running === null ? [] : [running.test]));
  const memories = devices
    .flatMap(({ device, pid, memories }) => memories.map((memory) => ({ device, pid, ...memory })))
    .toSorted((a, b) => b.usedBytes - a.usedBytes);
  return printableAll({
    tests: tests === null ? null : { done: tests.done, total: tests.total },
    running: running.slice(0, RUNNING_MAX),
    moreRunning: Math.max(0, running.length - RUNNING_MAX),
    memories: memories.slice(0, MEMORIES_MAX).map(({ device, pid, memoryType, usedBytes, capacityBytes }) => {
      return { device, pid, memoryType, usedBytes, capacityBytes };
    }),
  });
}
