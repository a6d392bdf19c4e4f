import { resolve } from "node:path";
import type { Command, OptionValues } from "commander";
import { z } from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { withFailedReports } from "../../core/report/exit-code.ts";
import type { CommandRow } from "../command-row.ts";
import type { Io } from "../io.ts";
import { rulesOf } from "../rules.ts";
import { junitFilesOf } from "../run/junit.ts";
import { hasTimeline, writeOutputs } from "../run/outputs.ts";
import { judge, reportOf } from "../run/report-of-run.ts";
import {
  applyFlags,
  checkDifferent,
  declareJudgingFlags,
  declarePrintingFlags,
  parseReportFlags,
  ReportFlags,
} from "../run/report-options.ts";
import { keepHeapSmall } from "../run/small-heap.ts";
import { recordingOperand, withRecording } from "./open-recording.ts";
import { play } from "./play.ts";

const Flags = z.object({ ...ReportFlags.shape, until: z.string().optional() });

const HELP = `
Judges what tt-memwatch run --record FILE kept, by the rules of that run or by others, and reports it in the same way.
The exit code is what run's was, or would have been by these rules.

Examples:
  tt-memwatch replay run.mcap
  tt-memwatch replay --rules memwatch.toml --html report.html run.mcap
  tt-memwatch replay --until tests/test_mlp.py::test_mlp run.mcap`;

export const replayCommand: CommandRow = {
  name: "replay",
  summary: "report on a run that was recorded",
  declare: (command: Command) => {
    declareJudgingFlags(command.usage("[options] FILE"));
    return declarePrintingFlags(command)
      .option("--until <test>", "report the run as it was when this test had ended the first time")
      .argument("[file]")
      .addHelpText("after", HELP);
  },
  run: (flags, operands, io) => replay(flags, operands, io),
};

async function replay(values: OptionValues, operands: readonly string[], io: Io): Promise<number> {
  keepHeapSmall();
  const file = recordingOperand("replay", operands);
  const flags = Flags.parse(values);
  if (flags.until === "") {
    throw new UsageError("replay: --until needs the id of a test, for example --until tests/test_mlp.py::test_mlp");
  }
  const options = parseReportFlags("replay", flags, values, io.cwd);
  checkDifferent("replay", options.files, { name: "FILE", path: resolve(io.cwd, file) });
  const given = options.rulesFile === null ? null : rulesOf(options.rulesFile, io);
  const playing = { until: flags.until ?? null, hasTimeline: hasTimeline(options) };
  const played = withRecording("replay", file, io, (reader) => play(reader, playing, io));
  const { rules: recorded, ...begun } = played.run;
  const findings = judge(played, applyFlags(given ?? recorded, options), io);
  const report = reportOf(played, findings, { ...begun, durationMs: played.durationMs }, io);
  // pytest's own file was the run's to add to; here it is only if the user names it.
  const named = new Set(options.files.map(({ path }) => path));
  const merged = new Set([...junitFilesOf(report)].filter((path) => named.has(path)));
  const areAllWritten = await writeOutputs(report, options, merged, io);
  return withFailedReports(report.run.exitCode, !areAllWritten);
}
