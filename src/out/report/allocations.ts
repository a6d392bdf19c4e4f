import { formatBytes } from "../../core/base/bytes.ts";
import type { AllocationsReport } from "../../core/model/allocations-report.ts";
import { count } from "./count.ts";

/** What an allocation server heard during the run, for people. */
export function allocationsLines({
  socket,
  isOwn,
  live,
  groups,
  findings,
  atExit,
}: AllocationsReport): readonly string[] {
  const whose = isOwn ? "this run's own" : "already running";
  const held = groups.map(({ device, memoryType, buffers, sizeBytes }) => {
    return `  device ${device}  ${memoryType}  ${count(buffers, "buffer")}  ${formatBytes(sizeBytes)}`;
  });
  const said = findings.map(({ verdict, device, evidence }) => `  ${verdict}  device ${device}  ${evidence}`);
  const gone = atExit.map(({ pid, buffers, sizeBytes }) => {
    return `  at-exit  PID ${pid} ended with ${count(buffers, "buffer")} not freed, ${formatBytes(sizeBytes)}`;
  });
  return [`Allocation server on ${socket} (${whose}): ${count(live, "live buffer")}`, ...held, ...said, ...gone];
}
