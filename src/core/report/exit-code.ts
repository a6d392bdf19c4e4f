import { ExitCode } from "../model/exit-code.ts";
import type { Finding } from "../model/finding.ts";
import type { Repetition } from "../model/repetition.ts";
import type { Rules } from "../model/rules.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { RunSummary } from "../model/run-report.ts";

/** The exit code of `tt-memwatch run`, but for reports that could not be written: those are known later. */
export function exitCodeOf(
  commandExitCode: number,
  findings: readonly Pick<Finding, "fails">[],
  tests: RunSummary["tests"],
  processes: readonly Pick<RunRecord["processes"][number], "end">[],
): number {
  if (commandExitCode !== 0) return commandExitCode;
  if (findings.some(({ fails }) => fails)) return ExitCode.findings;
  const isWhole = tests.checked > 0 && processes.every(({ end }) => end === "finished");
  return isWhole ? ExitCode.clean : ExitCode.nothingChecked;
}

/** Of a command that was run several times: the first failure of its own, else the worst of ours. */
export function exitCodeOfRuns(
  runs: readonly { readonly run: Pick<RunSummary, "commandExitCode" | "exitCode"> }[],
  { memory }: Pick<Repetition, "memory">,
  { failOn }: Pick<Rules, "failOn">,
): number {
  const failed = runs.find(({ run }) => run.commandExitCode !== 0);
  if (failed !== undefined) return failed.run.exitCode;
  const codes = new Set(runs.map(({ run }) => run.exitCode));
  if (codes.has(ExitCode.fault)) return ExitCode.fault;
  const grows = failOn.includes("leak") && memory.some(({ trend }) => trend === "grows");
  if (grows || codes.has(ExitCode.findings)) return ExitCode.findings;
  return codes.has(ExitCode.nothingChecked) ? ExitCode.nothingChecked : ExitCode.clean;
}

/** A report that could not be written is worse than nothing checked, and nothing beside a failure. */
export function withFailedReports(exitCode: number, hasFailedReports: boolean): number {
  const isMinor = exitCode === ExitCode.clean || exitCode === ExitCode.nothingChecked;
  return hasFailedReports && isMinor ? ExitCode.wrongUse : exitCode;
}

/** What lowers the confidence in a record, and what to do about it: a sentence or two each. */
export function recordWarnings(record: RunRecord): string[] {
  return [
    ...connectionWarnings(record),
    ...record.processes.flatMap(processWarnings),
    ...ttnnWarnings(record),
    ...traceWarnings(record),
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

function processWarnings({ info, end, dropped }: RunRecord["processes"][number]): string[] {
  const who = `process ${info.pid}${info.worker === null ? "" : ` (${info.worker})`}`;
  const warnings: string[] = [];
  if (dropped > 0) warnings.push(`${who} dropped ${dropped} messages, because the engine did not read in time`);
  if (end === "still-running") {
    warnings.push(`${who} was still running when the command had ended; what it did after that is not in this report`);
  }
  return warnings;
}

/** Each reason once, however many processes have it. */
function traceWarnings(record: RunRecord): string[] {
  const reasons = record.processes.flatMap(({ trace }) => (trace.state === "unavailable" ? [trace.reason] : []));
  return [...new Set(reasons)].map((reason) => `live events not available: ${reason}`);
}

function ttnnWarnings(record: RunRecord): string[] {
  const testing = record.processes.filter(({ info }) => info.role !== "controller");
  if (testing.length === 0 || testing.some(({ info }) => info.ttnn !== null)) return [];
  return ["ttnn is not installed in the Python that ran the tests: was it the virtual environment that you meant?"];
}
