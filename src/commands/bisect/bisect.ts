import { UsageError } from "../../core/base/usage-error.ts";
import type { Bisection, Trial } from "../../core/model/bisection.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { findCulprits } from "../../core/report/find-culprits.ts";
import { type Failure, failureIn, hasFailed, suspectsOf } from "../../core/report/suspect-tests.ts";
import { bisectionJson, bisectionText } from "../../out/report/bisection-text.ts";
import { fromHere } from "../../out/report/offered-command.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { ownProgram } from "../own-program.ts";
import { InterruptWatch } from "../run/interrupt-watch.ts";
import { invocationOf } from "../run/invocation.ts";
import { commandForTests } from "./command-for-tests.ts";
import { type BisectOptions, declareBisectFlags, parseBisectOptions } from "./options.ts";
import { NoMoreTrials, Trials } from "./trials.ts";
import { lastAttempt, type WatchedTests, watchTests } from "./watch-tests.ts";

const HELP = `
Runs the whole command once, then parts of its tests, until it knows which earlier tests make the test fail. It begins with
the tests whose memory was live at the failure, so three or four runs are usually enough. One process runs the tests that
several workers ran.

The exit code is 0 if the cause is known (earlier tests, or none: the test fails alone), 1 if it is not, 2 after wrong use, and 3 if
no pytest process reported in. Press Ctrl-C to get what is known so far.

Examples:
  tt-memwatch bisect -- pytest tests
  tt-memwatch bisect --test tests/test_mlp.py::test_decode -- python -m pytest -q tests
  tt-memwatch mock -- tt-memwatch bisect --json -- pytest`;

export const bisectCommand: CommandRow = {
  name: "bisect",
  summary: "find the earlier tests that make a test fail, by running parts of the suite",
  declare: (command) => declareBisectFlags(command).addHelpText("after", HELP),
  run: async (flags, operands, io) => bisect(parseBisectOptions(flags, operands), io),
};

async function bisect(options: BisectOptions, io: Io): Promise<number> {
  using interrupts = new InterruptWatch();
  const say = (line: string): unknown => io.stderr.write(`tt-memwatch: bisect: ${line}\n`);
  say("run 1: the whole command");
  const whole = await watchTests(options.command, options, io, interrupts);
  if (whole.record.processes.length === 0) {
    say("no pytest process reported in: see what the command says with --verbose");
    return isNeverStarted(whole.commandExitCode) ? whole.commandExitCode : ExitCode.nothingChecked;
  }
  const failure = failureIn(whole.record, whole.report, options.test);
  if (failure === null && options.test !== null) throw new UsageError(unknownTest(options.test, whole));
  if (failure === null) {
    say(interrupts.isInterrupted ? "it was interrupted before a test had failed" : "no test failed");
    return ExitCode.findings;
  }
  const bisection = await explain(failure, whole, options, io, { interrupts, say });
  io.stdout.write(options.isJson ? bisectionJson(bisection) : bisectionText(bisection));
  return bisection.kind === "found" || bisection.kind === "alone" ? ExitCode.clean : ExitCode.findings;
}

/** Which has been explained. */
function isNeverStarted(commandExitCode: number): boolean {
  return commandExitCode === ExitCode.cannotExecute || commandExitCode === ExitCode.commandNotFound;
}

async function explain(
  failure: Failure,
  whole: WatchedTests,
  options: BisectOptions,
  io: Io,
  { interrupts, say }: { readonly interrupts: InterruptWatch; readonly say: (line: string) => void },
): Promise<Bisection> {
  const { test, earlier } = failure;
  const result: Trial["result"] = hasFailed(test) ? "fails" : "passes";
  const known = { test: test.ref.test, earlier: earlier.length };
  const first = { tests: earlier.length, result, durationMs: whole.durationMs };
  if (result === "passes") return { ...known, kind: "passed", culprits: [], trials: [first], reproduce: null };
  say(`${known.test} failed, after ${earlier.length} others in its process`);
  const commandFor = commandForTests(options.command, whole.record.processes);
  const place = { cwd: io.cwd, processes: whole.report.run.processes };
  const commandOf = (some: readonly string[]) => commandFor([...some, known.test].map((each) => fromHere(each, place)));
  const trials = new Trials(
    first,
    earlier,
    async (some) => {
      const { record } = await watchTests(commandOf(some), options, io, interrupts);
      const attempt = lastAttempt(record, known.test);
      return attempt === undefined ? "unresolved" : hasFailed(attempt) ? "fails" : "passes";
    },
    { runsMax: options.runsMax, isInterrupted: () => interrupts.isInterrupted, say },
  );
  const found = await culpritsOr(trials, failure, whole);
  const isThere = found.kind !== "not-reproduced";
  const reproduce = isThere ? [...invocationOf(io, ownProgram(), []), ...commandOf(found.culprits)] : null;
  return { ...known, ...found, trials: trials.trials, reproduce };
}

/** What is known when there is no time for more. */
async function culpritsOr(
  trials: Trials,
  failure: Failure,
  { record, report }: WatchedTests,
): Promise<Pick<Bisection, "kind" | "culprits">> {
  try {
    return await findCulprits(failure.earlier, suspectsOf(failure, record, report), trials.failsAfter);
  } catch (error) {
    if (!(error instanceof NoMoreTrials)) throw error;
    return { kind: "unfinished", culprits: trials.best };
  }
}

function unknownTest(test: string, { record }: WatchedTests): string {
  const some = record.tests[0]?.ref.test;
  const example = some === undefined ? "it ran none" : `its first is ${some}`;
  return `bisect: the command ran no test ${test}; ${example}`;
}
