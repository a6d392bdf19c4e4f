import { join } from "node:path";
import { type Command, Option, type OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { readBeginning } from "../../files/open-outside-file.ts";
import { folderCandidates, makeSocketFolder } from "../../in/sources/socket-folder.ts";
import { runChild } from "../child-process.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { isPlainWord, MOCK_DEVICES, type MockDevice, mockEnvironment } from "./mock-environment.ts";

interface MockOptions {
  /** Null: the descriptor named in the environment, else the default. */
  readonly device: MockDevice | null;
  readonly command: readonly string[];
}

const Flags = z.object({ device: z.enum(MOCK_DEVICES).optional() });

/** What the Python processes left to say, of each kind; what follows is not read. */
const NOTES_BYTES_MAX = 65_536;

const HELP = `
Devices: n150 (one Wormhole chip, the default), n150x2 (two), n300 (two chips of one board), p150 (one Blackhole chip).
For two chips choose n150x2: on an n300, ttnn 0.81.1 refuses some unary operations.
A descriptor of your own in TT_METAL_MOCK_CLUSTER_DESC_PATH is used instead.

The allocator, buffers, program cache and meshes are ttnn's own; data movement and kernels are not, so values are not
computed. A trace takes the memory of an empty one and its replay does nothing; load_sub_device_manager is refused.
Works with ttnn 0.66.0 and 0.75.0 to 0.81.1, and with TT_METAL_SLOW_DISPATCH_MODE=1 also 0.68.0 to 0.74.0.

Example: tt-memwatch mock -- tt-memwatch run -- pytest tests`;

export const mockCommand: CommandRow = {
  name: "mock",
  summary: "run a command on stock ttnn without hardware",
  declare: (command: Command) =>
    command
      .usage("[--device NAME] -- COMMAND [ARGUMENT...]")
      .addOption(new Option("--device <name>", "the mock device").choices(MOCK_DEVICES))
      .argument("[command...]")
      .passThroughOptions()
      .addHelpText("after", HELP),
  run: (flags: OptionValues, operands: readonly string[], io: Io) =>
    mock({ device: Flags.parse(flags).device ?? null, command: operands }, io),
};

/** Runs a command with a mock device; gives the command's exit code, or 2 when its ttnn cannot run on one. */
async function mock({ device, command }: MockOptions, io: Io): Promise<number> {
  if (command.length === 0) {
    throw new UsageError("mock: say which command to run, for example: tt-memwatch mock -- pytest tests");
  }
  using folder = makeSocketFolder(folderCandidates(io.env).filter(isPlainWord), "");
  const env = mockEnvironment(device, folder.path, io);
  io.faults.commandBegan();
  const { exitCode } = await runChild(command, { env, stderr: io.stderr });
  io.faults.commandEnded(exitCode);
  return sayNotes(folder.path, exitCode, io);
}

/** Prints what the Python processes left to say; a refusal explains a failure, so it decides the exit code of one. */
function sayNotes(folder: string, exitCode: number, { stderr }: Io): number {
  const refusals = linesOf(join(folder, "refused"));
  for (const line of [...linesOf(join(folder, "warnings")), ...refusals]) stderr.write(`tt-memwatch mock: ${line}\n`);
  return exitCode !== 0 && refusals.length > 0 ? ExitCode.wrongUse : exitCode;
}

/** Each different line once: every worker process of a test run says the same. */
function linesOf(path: string): string[] {
  try {
    return [...new Set(readBeginning(path, NOTES_BYTES_MAX).split("\n").filter(Boolean))];
  } catch {
    // Mostly there is none; what is not a file says nothing.
    return [];
  }
}
