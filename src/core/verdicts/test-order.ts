import type { ProcessRecord, RunRecord, TestRecord } from "../model/run-record.ts";

/** A test by its node id; null: none, as for memory that appeared between tests. */
type TestName = string | null;

/**
 * Compares tests by the order in which they ran: by pytest run, session and collected order, whichever worker had them. What belongs to no
 * test comes first.
 */
export function testOrderOf({
  processes,
  tests,
}: Pick<RunRecord, "processes" | "tests">): (a: TestName, b: TestName) => number {
  const runs = pytestRunsOf(processes);
  const runOf = ({ process }: TestRecord) => runs.get(process) ?? process;
  const inOrder = tests.toSorted((a, b) => runOf(a) - runOf(b) || a.session - b.session || a.index - b.index);
  const positions = new Map<string, number>();
  for (const { ref } of inOrder) if (!positions.has(ref.test)) positions.set(ref.test, positions.size);
  const positionOf = (test: TestName) => (test === null ? -1 : (positions.get(test) ?? positions.size));
  return (a, b) => positionOf(a) - positionOf(b);
}

/** The process that stands for a pytest run: workers belong to the controller that began before them, forks to their parent. */
function pytestRunsOf(processes: readonly ProcessRecord[]): ReadonlyMap<number, number> {
  const runs = new Map<number, number>();
  const byPid = new Map<number, number>();
  let controller = 0;
  for (const { process, info } of processes) {
    if (info.role === "controller") controller = process;
    const parent = info.parent === null ? undefined : byPid.get(info.parent);
    const run = info.role === "worker" ? controller : (parent ?? process);
    runs.set(process, run);
    byPid.set(info.pid, run);
  }
  return runs;
}
