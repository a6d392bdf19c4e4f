import { constants } from "node:os";
import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { formatDuration } from "../../core/base/duration.ts";
import { firstOf } from "../../core/base/first-of.ts";
import { printable } from "../../core/base/printable.ts";
import { VERDICTS } from "../../core/model/finding.ts";
import { type Graded, gradedOf } from "../../core/model/finding-order.ts";
import { rateText } from "../../core/model/growth-rate.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import type { Reruns } from "../../core/model/reruns.ts";
import type { HeldMemory, LostTest, ProcessTracing, RunReport, TracedProcess } from "../../core/model/run-report.ts";
import { knownFacts } from "./known/known-facts.ts";
import { quoteShell } from "./quote-shell.ts";
import { shortageFacts } from "./shortage-facts.ts";
import { OUTSIDE } from "./shortage-words.ts";
import type { SummaryFact } from "./summary-fact.ts";

const TESTS_NAMED_MAX = 3;
/** Shells report a command that signal n ended as 128 + n. */
const SIGNAL_BASE = 128;

/** The facts of a run, safe to print; what did not happen is left out. */
export function runFacts(report: RunReport): readonly SummaryFact[] {
  const { run } = report;
  return [
    { name: "command", text: commandFact(report) },
    { name: "tests", text: testsFact(report) },
    { name: "findings", text: findingsFact(report) },
    ...knownFacts(report),
    { name: "still held", text: heldFact(report) },
    ...rerunFacts(report),
    ...run.lost.map((lost) => ({ name: "lost", text: lostFact(lost) })),
    ...shortageFacts(report),
    ...tracedFacts(report),
    ...run.refused.map((reason) => ({ name: "refused", text: `a connection: ${printable(reason)}` })),
    ...run.warnings.map((warning) => ({ name: "warning", text: printable(warning) })),
  ];
}

function commandFact({ run }: RunReport): string {
  const command = printable(run.command.map(quoteShell).join(" "));
  return `${command}   ${describeEnd(run)}`;
}

interface Ended {
  /** null: the report ends before it. */
  readonly commandExitCode: number | null;
  readonly durationMs: number;
}

/** "exited with 1 after 2.5 s". A report may end before the run did: a warning says why. */
export function describeEnd({ commandExitCode, durationMs }: Ended): string {
  const time = formatDuration(durationMs);
  if (commandExitCode === null) return `reported up to ${time}, before its end`;
  return `${describeExit(commandExitCode)} after ${time}`;
}

/** The signal that ended a command, by its exit code; null: none did, or it is not known. */
export function signalOf(exitCode: number | null): string | null {
  if (exitCode === null) return null;
  return Object.entries(constants.signals).find(([, number]) => number === exitCode - SIGNAL_BASE)?.[0] ?? null;
}

/** "exited with 1", "ended by SIGSEGV (139)". */
export function describeExit(exitCode: number): string {
  const signal = signalOf(exitCode);
  return signal === null ? `exited with ${exitCode}` : `ended by ${signal} (${exitCode})`;
}

function testsFact({ run: { tests, repeatedTests } }: RunReport): string {
  const checked = `${tests.checked} checked, ${tests.notChecked} not checked, ${tests.noDevice} without a device`;
  return repeatedTests === 0 ? checked : `${checked}; ${repeatedTests} repeated to confirm what they left`;
}

function findingsFact(report: RunReport): string {
  const findings = gradedOf(report);
  const known = report.findings.filter((finding) => finding.known !== null);
  const countsOf = (some: readonly Graded[]): string[] =>
    VERDICTS.flatMap((verdict) => {
      const amount = some.filter((finding) => finding.verdict === verdict).length;
      return amount === 0 ? [] : [`${amount} ${verdict}`];
    });
  const failing = countsOf(findings.filter(({ fails }) => fails));
  const others = countsOf(findings.filter((finding) => !finding.fails && !new Set<Graded>(known).has(finding)));
  const parts = [
    failing.length === 0 ? "none fails" : `${failing.join(", ")} (failing)`,
    ...(known.length === 0 ? [] : [`${countsOf(known).join(", ")} (known)`]),
    ...(others.length === 0 ? [] : [others.join(", ")]),
  ];
  return parts.join("; ");
}

function heldFact({ run, remaining }: RunReport): string {
  if (remaining.length > 0) return heldByDevice(remaining);
  return run.tests.checked === 0 ? "unknown: nothing was measured" : "nothing, when the devices were last measured";
}

/** "device 0: 24.0 MB DRAM, 12.0 KB L1; device 1: 12.0 KB L1", over all processes. */
function heldByDevice(held: readonly HeldMemory[]): string {
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
export function lostFact({ pid, worker, test, refusal, live }: LostTest): string {
  const who = worker === null ? `process ${pid}` : `process ${pid} (${printable(worker)})`;
  const ended = refusal === null ? "ended" : `was refused (${printable(refusal)})`;
  const when = test === null ? `${who} ${ended} between tests` : `${printable(test)} ran when ${who} ${ended}`;
  if (live.length === 0) return `${when}; nothing was known to be live`;
  return `${when}; live then: ${heldByDevice(live)}; left by ${testsThatLeft(live)}`;
}

/** How much was traced, where something was, and what else was. */
function tracedFacts({ run }: RunReport): SummaryFact[] {
  const live = run.tracing.filter(({ state }) => state === "live");
  const facts = live.length === 0 ? [] : [{ name: "traced", text: tracedFact(live) }];
  const others = run.otherTraced.map((other) => ({ name: "traced", text: otherFact(other) }));
  return [...facts, ...others];
}

function otherFact({ pid, records, live, allocated, isChecked }: TracedProcess): string {
  const seen = `process ${pid}, which ran no pytest: ${count(records, "event")}, ${count(live, "buffer")} live at its end`;
  if (isChecked || allocated === 0) return seen;
  return `${seen}; not checked, because the test it allocated for is not known: run without -n, or open the device in the test's own process`;
}

function tracedFact(live: readonly ProcessTracing[]): string {
  const sum = (of: (process: ProcessTracing) => number): number => live.reduce((total, each) => total + of(each), 0);
  const lost = sum(({ lost }) => lost);
  const events = `${count(
    sum(({ records }) => records),
    "event",
  )}, compared ${count(
    sum(({ comparisons }) => comparisons),
    "time",
  )} with the allocator's own figures`;
  if (lost === 0) return events;
  return `${events}; ${count(lost, "event")} overwritten before they were read, ${count(
    sum(({ repaired }) => repaired),
    "buffer",
  )} corrected from the allocator's list`;
}

/** What running the command several times showed: a line for each memory, then whose it was. */
function rerunFacts({ reruns }: RunReport): SummaryFact[] {
  if (reruns === null) return [];
  const { runs, memory, inEveryRun, onlyInWarmUp } = reruns;
  const texts = [
    `${count(runs, "run")}, the first to warm up; the findings are the last one's`,
    ...memory.map(memoryFact),
    ...(memory.length === 0 ? ["no run left anything"] : []),
    ...(inEveryRun.length === 0 ? [] : [`in every run after it: ${namedTests(inEveryRun)}`]),
    ...(onlyInWarmUp.length === 0 ? [] : [`in the first run only: ${namedTests(onlyInWarmUp)}`]),
  ];
  return texts.map((text) => ({ name: "runs", text }));
}

const TRENDS = {
  grows: "grows",
  steady: "does not grow",
  varies: "varies",
  unknown: "take three runs or more to see whether it grows",
} as const;

function memoryFact({ source, device, memoryType, sizeBytes, trend, growsBy }: Reruns["memory"][number]): string {
  const what = source === "at-exit" ? "left by processes that ended" : `device ${device} ${memoryType}`;
  const rate = trend !== "grows" || growsBy === null ? "" : ` ${rateText(growsBy, "run")}`;
  const where = source === "tests" ? "" : " (allocation server)";
  return `${what}${where}: ${sizeBytes.map(formatBytes).join(", ")}; ${TRENDS[trend]}${rate}`;
}

function namedTests(tests: readonly string[]): string {
  const named = firstOf(tests, TESTS_NAMED_MAX).map(printable);
  if (tests.length > named.length) named.push(count(tests.length - named.length, "other test"));
  return named.join(", ");
}

function testsThatLeft(live: readonly HeldMemory[]): string {
  const buffers = live.flatMap((held) => held.buffers);
  const tests = [...new Set(buffers.flatMap(({ test }) => test ?? []))];
  const others = buffers.some(({ test }) => test === null) ? [OUTSIDE] : [];
  return [...(tests.length === 0 ? [] : [namedTests(tests)]), ...others].join(", ");
}
