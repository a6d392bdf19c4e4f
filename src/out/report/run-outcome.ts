import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { gradedOf } from "../../core/model/finding-order.ts";
import type { RerunMemory } from "../../core/model/reruns.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { orderFindings } from "./group-by-verdict.ts";
import { isFalseStart, offeredCommand } from "./offered-command.ts";
import { signalOf } from "./run-facts.ts";

/** The answer every report begins or ends with. */
export interface RunOutcome {
  /** `incomplete`: nothing fails, but a process went away while a test ran, or something was not checked. */
  readonly kind: "fails" | "nothing-checked" | "incomplete" | "clean";
  readonly headline: string;
  /** What to do next: one sentence; it leads over to `command`, where there is one. */
  readonly next: string;
  readonly command: string | null;
}

const LOOK_FOR_HOLDER = "Look for its holder: a module global, a cache, a fixture that does not deallocate.";

const TAKE_OUT = "Remove the suppressions that match nothing from their file.";

const LOOK_AT_SERVER = "Look at what the allocation server heard: it names the processes that own the memory.";

export function outcomeOf(report: RunReport): RunOutcome {
  const failing = gradedOf(report).filter(({ fails }) => fails).length;
  if (failing > 0) return failingOutcome(failing, report);
  if (report.run.exitCode !== 0 && growing(report).length > 0) return growingOutcome(report);
  if (report.run.tests.checked === 0) return nothingCheckedOutcome(report);
  if (report.run.lost.length > 0) return incompleteOutcome(report);
  if (report.reruns !== null && report.run.exitCode !== 0) return earlierOutcome(report);
  return uncheckedOutcome(report) ?? unendedOutcome(report) ?? cleanOutcome(report);
}

function failingOutcome(amount: number, { run, findings }: RunReport): RunOutcome {
  const headline = `${count(amount, "finding")} ${amount === 1 ? "fails" : "fail"}`;
  const measured = orderFindings(findings).filter((finding) => finding.fails);
  if (measured.length === 0) return { kind: "fails", headline, next: LOOK_AT_SERVER, command: null };
  const test = measured.find((finding) => finding.test !== null)?.test ?? null;
  const isStale = measured.every(({ verdict }) => verdict === "fixed");
  if (test === null) return { kind: "fails", headline, next: isStale ? TAKE_OUT : LOOK_FOR_HOLDER, command: null };
  return { kind: "fails", headline, next: "To look at one alone:", command: offeredCommand(test, run) };
}

function earlierOutcome({ run }: RunReport): RunOutcome {
  const headline = run.commandExitCode === 0 ? "an earlier run failed" : "the command failed";
  return { kind: "fails", headline, next: "The warnings above say which run, and how.", command: null };
}

function growing({ reruns }: RunReport): readonly RerunMemory[] {
  return (reruns?.memory ?? []).filter(({ trend }) => trend === "grows");
}

function growingOutcome(report: RunReport): RunOutcome {
  const headline = `memory grows from run to run in ${count(growing(report).length, "place")}`;
  return { kind: "fails", headline, next: 'The lines "runs" above say which memory grows.', command: null };
}

function nothingCheckedOutcome(report: RunReport): RunOutcome {
  const { headline, next, command = null } = whyNothing(report);
  return { kind: "nothing-checked", headline: `nothing was checked: ${headline}`, next, command };
}

interface WhyNothing {
  readonly headline: string;
  readonly next: string;
  readonly command?: string | null;
}

function whyNothing({ run, findings }: RunReport): WhyNothing {
  if (run.refused.length > 0 && run.processes.length === 0) {
    return {
      headline: "every connection was refused",
      next: "Install the plugin version that the reason above names.",
    };
  }
  if (run.commandExitCode === null) return NOTHING_RECORDED;
  if (run.processes.length === 0) return whyNoProcess(run);
  if (run.lost.length > 0) {
    const { next, command } = afterLoss(run);
    const isRefused = run.lost.every(({ refusal }) => refusal !== null);
    const headline = isRefused ? "what the plugin said was refused" : "the process ended before a test did";
    return { headline, next, command };
  }
  const reason = findings.find(({ verdict }) => verdict === "bad-mark" || verdict === "not-checked")?.evidence;
  if (reason !== undefined) return { headline: printable(reason).replace(/\.$/, ""), next: "Fix that and run again." };
  const tests = run.tests.noDevice + run.tests.notChecked;
  if (tests === 0) return whyNoTest(run);
  return {
    headline: `none of ${count(tests, "test")} used a device that could be measured`,
    next: "Open the device in a fixture of the test, so that it can be measured before and after.",
  };
}

/** Whatever came after it may have been checked. A warning of the report says why it ends there. */
const NOTHING_RECORDED: WhyNothing = {
  headline: "the report ends before the run did, and no test had been checked by then",
  next: "The warnings say why it ends there.",
};

/** An error before pytest's first test is pytest's to explain: there is nothing that we could add. */
const SEE_OUTPUT = "Its own output says why.";

/** pytest's own exit statuses (`pytest.ExitCode`), as far as they say why no test ran. */
const WHY_NO_TEST: Readonly<Record<number, string>> = {
  1: "pytest could not collect its tests",
  2: "pytest could not collect its tests, or was interrupted",
  3: "pytest had an internal error",
  4: "pytest could not collect what it was asked for",
};

function whyNoTest({ processes }: RunReport["run"]): WhyNothing {
  const status = processes.map(({ exitStatus }) => exitStatus).find(Boolean) ?? 0;
  const headline = WHY_NO_TEST[status];
  if (headline === undefined) return { headline: "no test ran", next: "Check which tests the command selects." };
  return { headline: `${headline} (its exit status is ${status})`, next: SEE_OUTPUT };
}

function whyNoProcess(run: RunReport["run"]): WhyNothing {
  if (isFalseStart(run)) {
    const headline = `pytest could not start (its exit status is ${run.commandExitCode})`;
    return { headline, next: `${SEE_OUTPUT} Most often an option is wrong, or a conftest.py cannot be imported.` };
  }
  const headline = "no pytest process reported in";
  const next = "Use a command that starts pytest and passes its environment on.";
  return { headline, next: run.commandExitCode === 0 ? next : `See the command's own output first. ${next}` };
}

function incompleteOutcome({ run }: RunReport): RunOutcome {
  const refused = run.lost.filter(({ refusal }) => refusal !== null).length;
  const ended = run.lost.length - refused;
  const all = count(run.processes.length, "process", "processes");
  const parts = [
    ...(ended === 0 ? [] : [`${ended} of ${all} ended early`]),
    ...(refused === 0 ? [] : [`what ${refused} of ${all} said was refused`]),
  ];
  return {
    kind: "incomplete",
    headline: `no finding fails, but the run is incomplete: ${parts.join(", and ")}`,
    ...afterLoss(run),
  };
}

const AFTER_REFUSAL =
  "The report says why; what its tests left after that is not known. Use the plugin that comes with this tt-memwatch, or report it to us.";

/** Signals that come from outside of the tests, and who sends them. */
const SENDERS: Readonly<Record<string, string>> = {
  SIGINT: "Ctrl-C, or whatever started the run",
  SIGTERM: "a time limit, a cancelled job, or whatever started the run",
  SIGHUP: "a closed terminal or connection",
  SIGQUIT: "Ctrl-\\, or whatever started the run",
  SIGKILL: "the system when it has no memory left (see dmesg), or a time limit",
};

/** What to do about processes that ended while a test ran: nothing about a test where something else ended them. */
function afterLoss({ commandExitCode, lost, ...run }: RunReport["run"]): Pick<RunOutcome, "next" | "command"> {
  const sender = SENDERS[signalOf(commandExitCode) ?? ""];
  if (sender !== undefined) {
    const next = `${signalOf(commandExitCode)} ended the command, sent by ${sender}: the tests after it were not checked.`;
    return { next, command: null };
  }
  const ended = lost.filter(({ refusal }) => refusal === null);
  if (ended.length === 0) return { next: AFTER_REFUSAL, command: null };
  const test = ended.find((each) => each.test !== null)?.test ?? null;
  const fix = "Fix the crash; tests after it were not checked.";
  if (test === null) return { next: fix, command: null };
  return { next: `${fix} To run the lost test alone:`, command: offeredCommand(test, run) };
}

/** What was not checked is not clean, whatever the rest is. */
function uncheckedOutcome({ run }: RunReport): RunOutcome | null {
  const others = run.otherTraced.filter(({ isChecked, allocated }) => !isChecked && allocated > 0).length;
  const { checked, notChecked } = run.tests;
  const parts = [
    ...(notChecked === 0 ? [] : [count(notChecked, "test")]),
    ...(others === 0 ? [] : [count(others, "process", "processes")]),
  ];
  if (parts.length === 0) return null;
  const were = notChecked + others === 1 ? "was" : "were";
  return {
    kind: "incomplete",
    headline: `no finding fails in ${count(checked, "test")}, but ${parts.join(" and ")} ${were} not checked`,
    next: "The report says why.",
    command: null,
  };
}

/** What came after the end of the report is not clean. */
function unendedOutcome({ run }: RunReport): RunOutcome | null {
  if (run.commandExitCode !== null) return null;
  return {
    kind: "incomplete",
    headline: `no finding fails in ${count(run.tests.checked, "test")}, but the report ends before the run did`,
    next: "The warnings say why it ends there.",
    command: null,
  };
}

function cleanOutcome({ run }: RunReport): RunOutcome {
  const reservation = run.warnings.length === 0 ? "" : `, with ${count(run.warnings.length, "warning")}`;
  const headline = `clean: ${count(run.tests.checked, "test")} checked, no finding fails${reservation}`;
  const next =
    run.commandExitCode === 0
      ? "Nothing to do."
      : `The command itself exited with ${run.commandExitCode}: see its own output.`;
  return { kind: "clean", headline, next, command: null };
}
