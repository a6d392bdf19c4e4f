import { ExitCode } from "../model/exit-code.ts";
import type { Finding } from "../model/finding.ts";
import type { Reruns } from "../model/reruns.ts";
import type { Rules } from "../model/rules.ts";
import type { RunRecord } from "../model/run-record.ts";
import type { RunSummary } from "../model/run-report.ts";

/** The exit code of `tt-memwatch run`, but for reports that could not be written: those are known later. */
export function exitCodeOf(
  commandExitCode: number | null,
  findings: readonly Pick<Finding, "fails">[],
  tests: RunSummary["tests"],
  processes: readonly Pick<RunRecord["processes"][number], "end">[],
): number {
  if (commandExitCode !== null && commandExitCode !== 0) return commandExitCode;
  if (findings.some(({ fails }) => fails)) return ExitCode.findings;
  const isEnded = commandExitCode !== null && processes.every(({ end }) => end === "finished");
  const isWhole = isEnded && tests.checked > 0;
  return isWhole ? ExitCode.clean : ExitCode.nothingChecked;
}

/** Of a command that was run several times: the first failure of its own, else the worst of ours. */
export function exitCodeOfRuns(
  runs: readonly { readonly run: Pick<RunSummary, "commandExitCode" | "exitCode"> }[],
  { memory }: Pick<Reruns, "memory">,
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
