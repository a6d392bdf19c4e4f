import { resolve } from "node:path";
import type { OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { folderCandidates, makeSocketFolder } from "../../in/sources/socket-folder.ts";
import { declareJsonFlag } from "../ask/options.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { hasColor } from "../run/outputs.ts";
import { CannotRun } from "./cannot-run.ts";
import { findPython } from "./find-python.ts";
import { runChecks } from "./run-checks.ts";
import { ownEnvironment } from "./run-suite.ts";
import { selftestJson } from "./selftest-json.ts";
import { isAllRight } from "./selftest-outcome.ts";
import { selftestText } from "./selftest-text.ts";

const HELP = `
PYTHON is a Python with ttnn and pytest (default: the first of python3 and python on the PATH that has ttnn). The self-test
opens the first device and plants leaks of every kind and innocent memory. It compares each verdict, byte count, line and
holder with what it planted, and what the tracer follows with ttnn's own list, in some 20 seconds. If an untested version of
ttnn passes, tt-memwatch remembers it and traces it from then on.

The exit code is 0 if all is right, 1 if something is off, 2 after wrong use, and 3 if it could not run.

Examples:
  tt-memwatch selftest
  tt-memwatch selftest -- .venv/bin/python
  tt-memwatch mock -- tt-memwatch selftest`;

const Flags = z.object({ json: z.boolean().default(false) });

export const selftestCommand: CommandRow = {
  name: "selftest",
  summary: "prove on your own ttnn and device that the reports are right",
  declare: (command) =>
    declareJsonFlag(command).usage("[--json] [-- PYTHON]").argument("[python...]").addHelpText("after", HELP),
  run: selftest,
};

async function selftest(flags: OptionValues, operands: readonly string[], io: Io): Promise<number> {
  const [named, another] = operands;
  if (another !== undefined) throw new UsageError(`selftest: got ${operands.join(" ")}; wanted one PYTHON at most`);
  using folder = makeSocketFolder(folderCandidates(io.env), "");
  const place = { env: ownEnvironment(io.env, folder.path), cwd: folder.path, interrupted: interruptSignal() };
  try {
    const found = await findPython(named === undefined ? null : pathOf(named, io.cwd), place);
    if (found.kind === "none") throw new CannotRun(found.reason);
    const outcome = await runChecks({ ...place, python: found.command }, io);
    const isJson = Flags.parse(flags).json;
    io.stdout.write(isJson ? selftestJson(outcome) : selftestText(outcome, hasColor("auto", io.stdout, io.env)));
    return isAllRight(outcome) ? ExitCode.clean : ExitCode.findings;
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    io.stderr.write(`tt-memwatch: selftest: could not run: ${error.message}\n`);
    return ExitCode.nothingChecked;
  }
}

/** As a shell finds it: a name on the PATH, else a path from here. Our programs run elsewhere. */
function pathOf(python: string, cwd: string): string {
  return python.includes("/") ? resolve(cwd, python) : python;
}

/** Aborted when a signal asks for an end; the same one may come again, from a terminal and from `mock`. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(name, () => controller.abort(new CannotRun(`it was interrupted by ${name}`)));
  }
  return controller.signal;
}
