import { constants } from "node:os";
import { formatBytes } from "../../core/base/bytes.ts";
import { VERDICTS } from "../../core/model/finding.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import type { HeldMemory, LostTest, RunReport } from "../../core/model/run-report.ts";
import { count } from "./count.ts";
import { formatDuration } from "./duration.ts";
import { printable } from "./printable.ts";
import { quoteShell } from "./quote-shell.ts";

/** One line of the summary every report for people has: what it is about, and what there is to say. */
export interface RunFact {
  readonly name: string;
  readonly text: string;
}

const MAX_TESTS_NAMED = 3;
/** Shells report a command that signal n ended as 128 + n. */
const SIGNAL_BASE = 128;

/** The facts of a run, safe to print; what did not happen is left out. */
export function runFacts(report: RunReport): readonly RunFact[] {
  const { run } = report;
  return [
    { name: "command", text: commandFact(report) },
    { name: "tests", text: testsFact(report) },
    { name: "findings", text: findingsFact(report) },
    { name: "still held", text: heldFact(report) },
    ...run.lost.map((lost) => ({ name: "lost", text: lostFact(lost) })),
    ...run.refused.map((reason) => ({ name: "refused", text: `a connection: ${printable(reason)}` })),
    ...run.warnings.map((warning) => ({ name: "warning", text: printable(warning) })),
  ];
}

function commandFact({ run }: RunReport): string {
  const command = printable(run.command.map(quoteShell).join(" "));
  return `${command}   ${describeExit(run.commandExitCode)} after ${formatDuration(run.durationMs)}`;
}

/** "exited with 1", "ended by SIGSEGV (139)". */
export function describeExit(exitCode: number): string {
  const signal = Object.entries(constants.signals).find(([, number]) => number === exitCode - SIGNAL_BASE)?.[0];
  return signal === undefined ? `exited with ${exitCode}` : `ended by ${signal} (${exitCode})`;
}

function testsFact({ run: { tests } }: RunReport): string {
  return `${tests.checked} checked, ${tests.notChecked} not checked, ${tests.noDevice} without a device`;
}

function findingsFact({ findings }: RunReport): string {
  const of = (fails: boolean): string[] =>
    VERDICTS.flatMap((verdict) => {
      const amount = findings.filter((finding) => finding.verdict === verdict && finding.fails === fails).length;
      return amount === 0 ? [] : [`${amount} ${verdict}`];
    });
  const failing = of(true);
  const others = of(false);
  const parts = [
    failing.length === 0 ? "none fails" : `${failing.join(", ")} (failing)`,
    ...(others.length === 0 ? [] : [others.join(", ")]),
  ];
  return parts.join("; ");
}

function heldFact({ run, remaining }: RunReport): string {
  if (remaining.length > 0) return heldByDevice(remaining);
  return run.tests.checked === 0 ? "unknown: nothing was measured" : "nothing, when the devices were last measured";
}

/** "device 0: 24.0 MB DRAM, 12.0 KB L1; device 1: 12.0 KB L1", over all processes. */
export function heldByDevice(held: readonly HeldMemory[]): string {
  const devices = [...Map.groupBy(held, ({ device }) => device)].toSorted(([a], [b]) => a - b);
  return devices.map(([device, ofDevice]) => `device ${device}: ${heldByType(ofDevice)}`).join("; ");
}

function heldByType(held: readonly HeldMemory[]): string {
  return MEMORY_TYPES.flatMap((memoryType) => {
    const ofType = held.filter((each) => each.memoryType === memoryType);
    const sizeBytes = ofType.reduce((sum, each) => sum + each.sizeBytes, 0);
    return ofType.length === 0 ? [] : [`${formatBytes(sizeBytes)} ${memoryType}`];
  }).join(", ");
}

/** Which test ran when the process went away, and what was live then. */
export function lostFact({ pid, worker, test, live }: LostTest): string {
  const who = worker === null ? `process ${pid}` : `process ${pid} (${printable(worker)})`;
  const when = test === null ? `${who} went away between tests` : `${printable(test)} ran when ${who} went away`;
  if (live.length === 0) return `${when}; nothing was known to be live`;
  return `${when}; live then: ${heldByDevice(live)}; left by ${testsThatLeft(live)}`;
}

function testsThatLeft(live: readonly HeldMemory[]): string {
  const buffers = live.flatMap((held) => held.buffers);
  const tests = [...new Set(buffers.flatMap(({ test }) => (test === null ? [] : [printable(test)])))];
  const named = tests.slice(0, MAX_TESTS_NAMED);
  if (tests.length > named.length) named.push(count(tests.length - named.length, "other test"));
  if (buffers.some(({ test }) => test === null)) named.push("something outside of tests");
  return named.join(", ");
}
