import { basename, join, relative } from "node:path";
import { printable } from "../../core/base/printable.ts";
import { PYTEST_USAGE_ERROR } from "../../core/model/exit-code.ts";
import type { RunSummary } from "../../core/model/run-report.ts";
import { quoteShell } from "./quote-shell.ts";

/** The command that runs one test alone, to be pasted where the run was started. */
export function offeredCommand(
  test: string,
  run: Pick<RunSummary, "invocation" | "command" | "cwd" | "processes">,
): string {
  const words = [...run.invocation, ...startOfPytest(run.command), ...ownOptions(run.command), fromHere(test, run)];
  return printable(words.map(quoteShell).join(" "));
}

/** How the run's command starts pytest; what is not seen to start it is replaced. */
function startOfPytest(command: readonly string[]): readonly string[] {
  const at = pytestAt(command);
  return at === null ? ["pytest"] : command.slice(0, at + 1);
}

/** Whether a command was pytest itself, and ended before pytest asked any plugin for anything. */
export function isFalseStart({ command, commandExitCode }: Pick<RunSummary, "command" | "commandExitCode">): boolean {
  return commandExitCode === PYTEST_USAGE_ERROR && pytestAt(command) !== null;
}

/** The place of the word in a command that starts pytest: of "pytest", "../venv/bin/python -m pytest", "uv run pytest". */
export function pytestAt(command: readonly string[]): number | null {
  const at = command.findIndex((word) => /^(?:pytest|py\.test)$/.test(basename(word)));
  const isStart =
    at === 0 ||
    (at > 0 && (command[at - 1] === "-m" ? at <= MODULE_WORDS_MAX : STARTERS.has(basename(command[0] ?? ""))));
  return isStart ? at : null;
}

/** Options of our plugin that take no value. */
const SWITCHES: ReadonlySet<string> = new Set(["--memwatch-fail", "--memwatch-explain"]);

/** What the command tells our plugin, which decides verdicts as our own options do. */
function ownOptions(command: readonly string[]): readonly string[] {
  const at = pytestAt(command);
  const words = at === null ? [] : command.slice(at + 1);
  return words.filter((word, index) => {
    const [before = "", after = ""] = [words[index - 1], words[index + 1]];
    return (
      isOwn(word) || isValueOfOwn(before) || isOwnSetting(word, before) || (word === "-o" && isOwnSetting(after, word))
    );
  });
}

/** Of `-o memwatch_dram=1KB`, as pytest sets a value of its ini file. */
function isOwnSetting(word: string, before: string): boolean {
  return before === "-o" && word.startsWith("memwatch_");
}

function isOwn(word: string): boolean {
  return word.startsWith("--memwatch-");
}

function isValueOfOwn(before: string): boolean {
  return isOwn(before) && !before.includes("=") && !SWITCHES.has(before);
}

/** "python -m pytest", and up to two options of Python in between. */
const MODULE_WORDS_MAX = 4;

/** Programs that start the one their last words name. */
const STARTERS: ReadonlySet<string> = new Set([
  "env",
  "nice",
  "nohup",
  "pipenv",
  "poetry",
  "timeout",
  "uv",
  "xvfb-run",
]);

/** A test as pytest is asked for it. Node ids begin with a path from pytest's root directory, and pytest takes paths from where it is started. */
export function fromHere(test: string, { cwd, processes }: Pick<RunSummary, "cwd" | "processes">): string {
  const [rootDir, another] = new Set(processes.map((process) => process.rootDir));
  if (rootDir === undefined || another !== undefined) return test;
  const [file = "", ...parts] = test.split("::");
  return [relative(cwd, join(rootDir, file)), ...parts].join("::");
}
