import type { OutOfMemoryReport } from "../model/run-report.ts";
import type { OutOfMemory } from "../model/traced.ts";
import { fileOfTest, originOf } from "../verdicts/origin.ts";

/** An allocation that failed, as reports show it. `rootDir`: absolute; the line that asked is told relative to it. */
export function outOfMemoryReport(moment: OutOfMemory, pid: number, rootDir: string): OutOfMemoryReport {
  const { device, memoryType, requestedBytes, at, stack, operation, live } = moment;
  const test = at?.ref?.test ?? null;
  return {
    pid,
    test,
    device,
    memoryType,
    requestedBytes,
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
