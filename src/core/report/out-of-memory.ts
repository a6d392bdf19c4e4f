import type { OutOfMemoryReport } from "../model/run-report.ts";
import type { OutOfMemory } from "../model/traced.ts";
import { fileOfTest, originOf } from "../verdicts/origin.ts";

/** An allocation that failed, as reports show it. `rootDir`: absolute; the file of the line that asked is relative to it. */
export function outOfMemoryReport(moment: OutOfMemory, pid: number, rootDir: string): OutOfMemoryReport {
  const { process: _, at, stack, operation, live, ...failed } = moment;
  const test = at?.ref?.test ?? null;
  return {
    pid,
    test,
    ...failed,
    origin: originOf(stack, operation, { rootDir, testFile: test === null ? null : fileOfTest(test) }),
    liveBytesPerBank: live.reduce((sum, { bytesPerBank }) => sum + bytesPerBank, 0),
    live: live.map(({ context, buffers, bytesPerBank }) => ({
      test: context?.ref?.test ?? null,
      fixture: context?.fixture?.name ?? null,
      buffers,
      bytesPerBank,
    })),
  };
}
