import { formatBytes } from "../../core/base/bytes.ts";
import type { AllocationsReport } from "../../core/model/allocations-report.ts";
import { count } from "./count.ts";
import { printable } from "./printable.ts";

/** What an allocation server heard during the run, for people: lines that are safe to print. */
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
    return `  device ${device}  ${printable(memoryType)}  ${count(buffers, "buffer")}  ${formatBytes(sizeBytes)}`;
  });
  const said = findings.map(
    ({ verdict, device, evidence }) => `  ${printable(`${verdict}  device ${device}  ${evidence}`)}`,
  );
  const gone = atExit.map(({ pid, buffers, sizeBytes }) => {
    return `  at-exit  PID ${pid} ended with ${count(buffers, "buffer")} not freed, ${formatBytes(sizeBytes)}`;
  });
  return [
    `Allocation server on ${printable(socket)} (${whose}): ${count(live, "live buffer")}`,
    ...held,
    ...said,
    ...gone,
  ];
}
