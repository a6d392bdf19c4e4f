import { formatBytes } from "../base/bytes.ts";
import { count } from "../base/count.ts";
import type { ProcessInfo } from "../model/event.ts";
import type { RunRecord } from "../model/run-record.ts";
import { type HostGrowth, hostGrowths } from "../verdicts/host-growth.ts";
import { exposureWarnings } from "./exposed-to-replay.ts";

const COMMAND_ENDED = "when the command had ended";

/** What the record does not say of itself. */
interface Circumstances {
  /** pytest ended before it could have connected, so that nothing is wrong with how it was started. */
  readonly isFalseStart?: boolean;
  /** When the record was closed; null: the run goes on. */
  readonly end?: string | null | undefined;
}

/** What lowers the confidence in a record, and what to do about it: a sentence or two each. */
export function recordWarnings(record: RunRecord, { isFalseStart = false, end }: Circumstances = {}): string[] {
  return [
    ...(isFalseStart || end !== undefined ? [] : connectionWarnings(record)),
    ...record.processes.flatMap((process) => processWarnings(process, end === undefined ? COMMAND_ENDED : end)),
    ...ttnnWarnings(record),
    ...traceWarnings(record),
    ...peakWarnings(record),
    ...exposureWarnings(record),
    ...hostWarnings(record),
  ];
}

function connectionWarnings(record: RunRecord): string[] {
  if (record.processes.length > 0 || record.refused.length > 0) return [];
  return [
    "no pytest process connected. Does the command start pytest? Python's -E and -I ignore the PYTHONPATH that brings " +
      "the plugin; tools that clean the environment (sudo, tox before version 4, containers) have to pass on PYTHONPATH, " +
      "PYTEST_PLUGINS and TT_MEMWATCH_*; instead of pytest's --disable-plugin-autoload, set PYTEST_DISABLE_PLUGIN_AUTOLOAD=1",
  ];
}

function processWarnings(process: RunRecord["processes"][number], closed: string | null): string[] {
  const { info, end, dropped, moreMemoryErrors } = process;
  const who = nameOf(info);
  const warnings: string[] = [];
  if (dropped > 0)
    warnings.push(`${who} dropped ${count(dropped, "message")}, because the engine did not read in time`);
  if (moreMemoryErrors > 0) {
    warnings.push(`${who} had ${moreMemoryErrors} more tests run out of memory than are listed`);
  }
  if (end === "still-running" && closed !== null) {
    warnings.push(`${who} was still running ${closed}; what it did after that is not in this report`);
  }
  return warnings;
}

function nameOf({ pid, worker }: ProcessInfo): string {
  return `process ${pid}${worker === null ? "" : ` (${worker})`}`;
}

/** Each reason once, however many processes have it. */
function traceWarnings(record: RunRecord): string[] {
  const reasons = record.processes.flatMap(({ trace }) => (trace.state === "unavailable" ? [trace.reason] : []));
  return [...new Set(reasons)].map((reason) => `live events not available: ${reason}`);
}

/** Without the tracer, a peak between two looks is not seen: a test that goes over its limit there is reported as clean. */
function peakWarnings(record: RunRecord): string[] {
  const untraced = new Set(
    record.processes.filter(({ trace }) => trace.state !== "live").map(({ process }) => process),
  );
  const limited = record.tests.filter(({ process, peakLimits }) => peakLimits !== null && untraced.has(process));
  if (limited.length === 0) return [];
  return [
    `${count(limited.length, "test")} with a limit for the peak ran without the tracer: what counts is what was live ` +
      "when a phase of the test began or ended, not what came and went in between",
  ];
}

function ttnnWarnings(record: RunRecord): string[] {
  const testing = record.processes.filter(({ info }) => info.role !== "controller");
  if (testing.length === 0 || testing.some(({ info }) => info.ttnn !== null)) return [];
  return ["ttnn is not installed in the Python that ran the tests: was it the virtual environment that you meant?"];
}

/** Workers of one run leak the same, as a rule: each says how much. */
function hostWarnings(record: RunRecord): string[] {
  const infos = new Map(record.processes.map(({ process, info }) => [process, info]));
  return hostGrowths(record.tests).flatMap((growth) => hostWarning(growth, infos.get(growth.process)));
}

function hostWarning({ withTests }: HostGrowth, info: ProcessInfo | undefined): string[] {
  if (withTests === null || info === undefined) return [];
  const { fromBytes, toBytes, tests, growing, largest } = withTests;
  const grown = `host memory grew with the tests: ${nameOf(info)} had ${formatBytes(fromBytes)} once it had warmed up, and ${formatBytes(toBytes)} after ${count(tests, "more test")}`;
  if (largest === null) return [`${grown}; it grew between them`];
  return [
    `${grown}; it grew in ${growing} of them, most in ${largest.test} (${formatBytes(largest.sizeBytes)}): ` +
      "do they keep what they make on the host, in a list, a cache or a global?",
  ];
}
