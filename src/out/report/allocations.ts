import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import type { AllocationsReport, TestAllocations } from "../../core/model/allocations-report.ts";
import { byGravity } from "../../core/model/finding-order.ts";
import { attemptOf } from "./finding-words.ts";

/** Lines about single tests; more of them tell a reader less. */
const TEST_LINES_MAX = 50;

/** What an allocation server heard during the run, for people: lines that are safe to print. */
export function allocationsLines({
  socket,
  isOwn,
  live,
  groups,
  findings,
  tests,
}: AllocationsReport): readonly string[] {
  const whose = isOwn ? "this run's own" : "already running";
  const held = groups.map(({ device, memoryType, buffers, sizeBytes }) => {
    return `  device ${device}  ${printable(memoryType)}  ${count(buffers, "buffer")}  ${formatBytes(sizeBytes)}`;
  });
  const said = findings.toSorted(byGravity).map(({ verdict, fails, device, evidence }) => {
    return `  ${printable(`${verdict}${fails ? " (failing)" : ""}  device ${device}  ${evidence}`)}`;
  });
  return [
    `Allocation server on ${printable(socket)} (${whose}): ${count(live, "live buffer")}`,
    ...held,
    ...said,
    ...testLines(tests),
  ];
}

function testLines(tests: readonly TestAllocations[]): readonly string[] {
  const lines = tests.flatMap(({ test, attempt, others, groups }) =>
    groups.map(({ device, memoryType, buffers, sizeBytes }) => {
      const left = `${count(buffers, "buffer")}  ${formatBytes(sizeBytes)}`;
      const orOthers = others === 0 ? "" : ` or one of ${count(others, "test")} right behind it`;
      return `  after ${attemptOf(test, attempt)}${orOthers}  device ${device}  ${printable(memoryType)}  ${left}`;
    }),
  );
  const leftOut = lines.length - TEST_LINES_MAX;
  return leftOut <= 0
    ? lines
    : [...lines.slice(0, TEST_LINES_MAX), `  ${count(leftOut, "line")} about tests left out; --json FILE has all`];
}
