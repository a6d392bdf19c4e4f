import { writeSync } from "node:fs";
import { resolve } from "node:path";
import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { namedTest, severalText } from "../../core/model/named-test.ts";
import type { RecordedEnd } from "../../core/model/recording.ts";
import { placeOf, replaceFileBy } from "../../files/replace-file.ts";
import { RecordingError } from "../../in/recording/recording-error.ts";
import type { RecordingReader } from "../../in/recording/recording-reader.ts";
import { ChunkedFile } from "../../out/recording/chunked-file.ts";
import { Recorder } from "../../out/recording/recorder.ts";
import type { CommandRow } from "../command-row.ts";
import { checkDifferent } from "../different-files.ts";
import type { Io } from "../io.ts";
import { newRecordingPath } from "../recording-path.ts";
import { openSteps, recordingOperand, withRecording } from "../replay/open-recording.ts";
import { replayedRun } from "../replay/replayed-run.ts";
import { writingNamed } from "../write-named.ts";
import { compareCut } from "./compare-cut.ts";
import { RecordingCutter } from "./cut-recording.ts";
import { Redaction } from "./redaction.ts";
import { ReplacementNames } from "./replacement-names.ts";
import { findTest, type TestProcess, testsBegun } from "./test-windows.ts";

const Flags = z.object({
  test: z.string().optional(),
  output: z.string().optional(),
  redact: z.boolean().default(false),
});

const HELP = `
Makes a small recording of one test for a bug report. It keeps all attempts and repeats of the test, and what became of the
memory that it left. Of the tests before, it keeps what was on the devices when the test began, and if the test ran out of
memory, also the names of the tests that held it. A replay gives the same findings for the test, except those that depend on
other tests, such as several tests that left the same. The command prints what differs.

--redact replaces the names of tests, folders, files, functions, fixtures, subtests and holders, each by the same new name
throughout. It leaves out the command line, text that people wrote (reasons, references), suppressions and baselines.
Operations of ttnn, sizes, addresses, times, line numbers, pids and versions stay. A recording names host and user only as
parts of paths.

Example: tt-memwatch cut run.mcap --test tests/test_mlp.py::test_mlp -o bug.mcap --redact`;

export const cutCommand: CommandRow = {
  name: "cut",
  summary: "make a small recording around a test, for a bug report",
  declare: (command: Command) =>
    command
      .usage("--test TEST -o OUT [--redact] FILE")
      .option("--test <test>", "the test, by its node id; folders before its file may be left out")
      .option("-o, --output <file>", "where to write it")
      .option("--redact", "replace the names that the suite and its paths use")
      .argument("[file]")
      .addHelpText("after", HELP),
  run: async (values: OptionValues, operands: readonly string[], io: Io) => cut(Flags.parse(values), operands, io),
};

async function cut(flags: z.output<typeof Flags>, operands: readonly string[], io: Io): Promise<number> {
  const file = recordingOperand("cut", operands);
  const { test: wantedTest, output } = flags;
  if (!wantedTest)
    throw new UsageError("cut: --test needs the id of a test, for example --test tests/test_mlp.py::test_mlp");
  if (!output) throw new UsageError("cut: -o needs the name of a file, for example -o bug.mcap");
  const out = newRecordingPath("cut", "-o", output, io.cwd);
  checkDifferent("cut", [{ name: "FILE", path: resolve(io.cwd, file) }], [{ name: "-o", path: out }]);
  const test = testNamed(wantedTest, file, io);
  const processes = withRecording("cut", file, io, (reader) => findTest(test, openSteps(reader).steps));
  const names = flags.redact ? new ReplacementNames() : null;
  let sizeBytes = 0;
  await writingNamed(out, "the recording", () =>
    replaceFileBy(placeOf(out), (target) => {
      sizeBytes = withRecording("cut", file, io, (reader) => write(target, test, processes, names, reader));
    }),
  );
  const { report: wanted } = replayedRun("cut", file, io);
  const { report: found } = replayedRun("cut", output, io);
  const name = names?.nodeId(test) ?? test;
  const { findings, differences } = compareCut({ report: wanted, test }, { report: found, test: name });
  const what = `${count(findings, "finding")} of ${printable(name)}`;
  io.stdout.write(
    `${printable(output)}: ${formatBytes(sizeBytes)}, ${what}, ${differences.length === 0 ? "as in" : "not all as in"} ${printable(file)}\n`,
  );
  for (const line of differences) io.stdout.write(`${printable(line)}\n`);
  return ExitCode.clean;
}

/** The id of the test that is meant. Throws UsageError where none is, or several could be. */
function testNamed(wanted: string, file: string, io: Io): string {
  const named = namedTest(
    wanted,
    withRecording("cut", file, io, (reader) => testsBegun(openSteps(reader).steps)),
  );
  if (named.kind === "one") return named.test;
  const said = `cut: --test ${printable(wanted)}`;
  if (named.kind === "several") throw new UsageError(`${said}: it could be ${severalText(named.tests)}`);
  throw new UsageError(`${said}: no such test began in ${printable(file)}; name one by its node id`);
}

/** Gives how large it is. `target`: the descriptor of an empty file. */
function write(
  target: number,
  test: string,
  processes: ReadonlyMap<number, TestProcess>,
  names: ReplacementNames | null,
  reader: RecordingReader,
): number {
  const { begun, steps } = openSteps(reader);
  if (begun.source !== "run") throw new RecordingError(`it is a recording of tt-memwatch ${begun.source}, not of run`);
  const redaction = names === null ? null : new Redaction(names);
  let sizeBytes = 0;
  const write = (bytes: Uint8Array): void => {
    for (let written = 0; written < bytes.length; ) written += writeSync(target, bytes, written);
    sizeBytes += bytes.length;
  };
  const nowNs = (): bigint => BigInt(Math.round(reader.reachedMs)) * 1_000_000n;
  const recorder = new Recorder(new ChunkedFile(write), { isBehind: () => false, nowNs });
  recorder.begin(redaction?.run(begun, test) ?? begun);
  const cutter = new RecordingCutter(test, processes, recorder, redaction);
  let end: RecordedEnd | null = null;
  for (const step of steps) {
    if (step.kind === "end") end = step.end;
    else cutter.take(step);
  }
  cutter.end(end);
  return sizeBytes;
}
