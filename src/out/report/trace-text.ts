import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import type {
  NeverFreed,
  PeakUse,
  ProcessTraceReport,
  TracedOutOfMemory,
  TraceReport,
} from "../../core/model/trace-report.ts";
import { describeOrigin } from "./finding-words.ts";
import { quoteShell } from "./quote-shell.ts";
import { describeEnd } from "./run-facts.ts";
import { refusalDetails, refusalHead } from "./shortage-words.ts";
import { deviceText, tracedSizeText } from "./traced-words.ts";

/** Lines of one process; the rest is counted. */
const LINES_MAX = 20;
const MOMENTS_MAX = 5;

/** What a program left and where it came from, for people at a terminal. */
export function traceText(report: TraceReport): string {
  const command = printable(report.command.map(quoteShell).join(" "));
  const head = `tt-memwatch trace: ${command}   ${describeEnd(report)}`;
  const isEarly = report.commandExitCode === null;
  const warnings = report.warnings.map((warning) => `warning: ${printable(warning)}`);
  return `${[head, ...report.processes.flatMap((process) => processLines(process, isEarly)), ...warnings].join("\n")}\n`;
}

/** `isEarly`: the report ends before the program did. */
function processLines(process: ProcessTraceReport, isEarly: boolean): string[] {
  const { pid, records, lost, peaks, neverFreed, outOfMemory } = process;
  const missed = lost === 0 ? "" : `, ${count(lost, "event")} overwritten before they were read`;
  const left = leftText(process, isEarly);
  const rest = neverFreed.length - LINES_MAX;
  return [
    "",
    `process ${pid}: ${count(records, "event")}${missed}; ${left}`,
    ...neverFreed.slice(0, LINES_MAX).map(neverFreedLine),
    ...(rest > 0 ? [`  and from ${count(rest, "other line")}: see --json FILE`] : []),
    ...outOfMemory.slice(0, MOMENTS_MAX).flatMap(outOfMemoryLines),
    ...peaks.map(peakLine),
  ];
}

function leftText({ records, lost, neverFreed }: ProcessTraceReport, isEarly: boolean): string {
  const amount = neverFreed.reduce((sum, { buffers }) => sum + buffers, 0);
  if (records + lost === 0) return isEarly ? "nothing had happened yet" : "nothing was allocated";
  if (amount === 0) return "everything was freed";
  return `${isEarly ? "not freed yet" : "never freed"}: ${count(amount, "buffer")}`;
}

function neverFreedLine(kept: NeverFreed): string {
  const where = kept.origin === null ? "from an unknown line" : describeOrigin(kept.origin);
  const size = tracedSizeText(kept, kept.memoryType);
  return `  ${size} on ${deviceText(kept)} in ${count(kept.buffers, "buffer")}, ${where}`;
}

function outOfMemoryLines(moment: TracedOutOfMemory): string[] {
  const details = refusalDetails(moment).map((line) => `    ${line}`);
  return [`  out of memory: ${refusalHead("the program", moment)}`, ...details];
}

function peakLine({ memoryType, peakBytes, isExact, ...number }: PeakUse): string {
  const size = tracedSizeText({ sizeBytes: peakBytes, isExact, requestedBytes: peakBytes }, memoryType);
  return `  at most ${size} on ${deviceText(number)}`;
}
