import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import { firstOf } from "../base/first-of.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { ExposedReport } from "../model/run-report.ts";
import { fileOfTest } from "../model/test-subject.ts";
import type { ExposedToReplay } from "../model/trace-record.ts";
import { originOf } from "../verdicts/user-line-in-stack.ts";

/** Lines that the warning names; --json has more. */
const LINES_LISTED_MAX = 5;

/** Buffers that a replay may overwrite, as reports show them, in the order of the record. */
export function exposedReports({ processes, exposedToReplay }: RunRecord): ExposedReport[] {
  const infos = new Map(processes.map(({ process, info }) => [process, info]));
  return exposedToReplay.map((exposed) => {
    const info = infos.get(exposed.process);
    return exposedReport(exposed, info?.pid ?? 0, info?.rootDir ?? "/");
  });
}

function exposedReport(exposed: ExposedToReplay, pid: number, rootDir: string): ExposedReport {
  const { process: _, at, stack, operation, ...buffers } = exposed;
  const test = at?.ref?.test ?? null;
  const origin = originOf(stack, operation, { rootDir, testFile: test === null ? null : fileOfTest(test) });
  return { pid, test, phase: at?.phase ?? null, fixture: at?.fixture?.name ?? null, ...buffers, origin };
}

/** Which buffers they are that ttnn warns of when they are allocated, and does not name. */
export function exposureWarnings(record: RunRecord): string[] {
  const exposed = exposedReports(record);
  if (exposed.length === 0) return [];
  const all = amountOf(exposed);
  const unlisted = record.processes.reduce((sum, { trace }) => sum + trace.moreExposed, 0);
  const lines = [...Map.groupBy(exposed, lineKey).values()];
  const told = firstOf(lines, LINES_LISTED_MAX).map(lineText);
  if (lines.length > told.length) told.push(`${count(lines.length - told.length, "other line")}, see --json FILE`);
  if (unlisted > 0) told.push(`${count(unlisted, "buffer")} of which nothing more was kept`);
  return [
    `a replay may overwrite ${count(all.buffers + unlisted, "buffer")} (${formatBytes(all.sizeBytes)}), allocated while a captured ` +
      `trace was live${all.replayed === 0 ? "" : `, of which ${all.replayed} met a replay`}: ${told.join("; ")}. ` +
      "Allocate them before the capture, or free them before the replay",
  ];
}

function lineKey({ memoryType, origin, fixture }: ExposedReport): string {
  return JSON.stringify([memoryType, origin?.operation, origin?.file, origin?.line, origin === null ? fixture : null]);
}

/** What one line allocated in all tests, largest first as it comes. */
function lineText(exposed: readonly ExposedReport[]): string {
  const { buffers, sizeBytes, replayed } = amountOf(exposed);
  const [first] = exposed;
  const origin = first?.origin ?? null;
  const several = buffers === 1 ? "" : ` in ${buffers} buffers`;
  const by = origin?.operation == null ? "" : ` by ${origin.operation}`;
  const at = origin === null ? "" : ` at ${origin.file}:${origin.line}${calledAt(exposed)}`;
  const met = replayed === 0 ? "" : replayed === buffers ? ", met a replay" : `, ${replayed} met a replay`;
  return `${formatBytes(sizeBytes)} of ${first?.memoryType}${several}${by}${at} (${whoseText(exposed)}${met})`;
}

/** Where the test called what allocated; nothing where several lines did. */
function calledAt(exposed: readonly ExposedReport[]): string {
  const callers = exposed.map(({ origin }) =>
    origin?.testLine == null ? null : `${origin.testLine.file}:${origin.testLine.line}`,
  );
  const [caller, ...others] = new Set(callers);
  return caller == null || others.length > 0 ? "" : ` from ${caller}`;
}

function whoseText(exposed: readonly ExposedReport[]): string {
  const owners = exposed.map(({ test, fixture }) =>
    fixture === null ? (test ?? "outside of tests") : `fixture ${fixture}`,
  );
  const [first, ...others] = new Set(owners);
  return others.length === 0 ? `${first}` : `${first} and ${count(others.length, "other")}`;
}

function amountOf(exposed: readonly ExposedReport[]): Pick<ExposedReport, "buffers" | "sizeBytes" | "replayed"> {
  const sum = (of: (each: ExposedReport) => number): number => exposed.reduce((total, each) => total + of(each), 0);
  return {
    buffers: sum(({ buffers }) => buffers),
    sizeBytes: sum(({ sizeBytes }) => sizeBytes),
    replayed: sum(({ replayed }) => replayed),
  };
}
