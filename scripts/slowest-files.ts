/**
 * A reporter for `node --test`: the files whose tests took longest, in the form in which pytest names its slowest tests,
 * so that run-steps.ts reads both.
 */
import type { TestEvent } from "node:test/reporters";

const FILES_SHOWN = 10;
const MS_PER_SECOND = 1_000;

// biome-ignore lint/style/noDefaultExport: Node takes a reporter's default export.
export default async function* slowestFiles(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const durationsMs = new Map<string, number>();
  for await (const { type, data } of events) {
    if (type !== "test:complete" || data.nesting > 0 || data.file === undefined) continue;
    durationsMs.set(data.file, (durationsMs.get(data.file) ?? 0) + data.details.duration_ms);
  }
  const slowest = [...durationsMs].sort(([, a], [, b]) => b - a).slice(0, FILES_SHOWN);
  for (const [file, durationMs] of slowest) {
    yield `${(durationMs / MS_PER_SECOND).toFixed(2)}s file     ${file.replace(`${process.cwd()}/`, "")}\n`;
  }
}
