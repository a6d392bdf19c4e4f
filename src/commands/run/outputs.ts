import { ExitCode } from "../../core/model/exit-code.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import type { Text } from "../../files/text-bytes.ts";
import type { PageExtras } from "../../out/report/html/page-data.ts";
import { REPORTERS } from "../../out/report/reporters.ts";
import { textReport } from "../../out/report/text.ts";
import { appendReport, ReportWriteError, writeReport } from "../../out/report/write-report.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { mergeIntoJunitFiles } from "./junit-files.ts";
import { isStdoutTaken, type ReportOptions } from "./report-options.ts";

/** Width of a report that does not go to a terminal, in columns. */
const PLAIN_WIDTH = 120;

/** Writes one output; false: the reason has been printed already. */
type Attempt = () => Promise<unknown>;

type OutputOptions = Omit<ReportOptions, "rulesFile" | "failOn" | "isStrict">;

/** Whether a report shows the run over time: all else is made without keeping that. */
export function hasTimeline({ files }: Pick<ReportOptions, "files">): boolean {
  return files.some(({ format }) => format === "html");
}

/**
 * Prints the report and writes it wherever that was asked for. An output that fails is one line on standard error and
 * stops none of the others. `merged`: JUnit files of pytest's own that get the findings. Gives whether all were written.
 */
export async function writeOutputs(
  report: RunReport,
  extras: PageExtras,
  options: OutputOptions,
  merged: ReadonlySet<string>,
  io: Io,
): Promise<boolean> {
  const attempts: Attempt[] = [() => printReport(report, options, io)];
  if (isAnnotated(options, io.env)) attempts.push(() => printAnnotations(report, options, io));
  for (const { format, path } of options.files) {
    // pytest's own file gets the findings by merging; writing it anew would throw away what pytest wrote.
    if (format === "junit" && path !== null && merged.has(path)) continue;
    attempts.push(async () => {
      const text = await REPORTERS[format].render(report, extras);
      return path === null ? isPrinted(io.stdout, text) : writeReport(path, text);
    });
  }
  const summary = io.env.GITHUB_STEP_SUMMARY;
  if (summary) attempts.push(async () => appendReport(summary, await REPORTERS.markdown.render(report)));
  attempts.push(() => mergeIntoJunitFiles(merged, report, io.stderr));
  let areAllWritten = true;
  for (const attempt of attempts) areAllWritten = (await succeeds(attempt, io)) && areAllWritten;
  return areAllWritten;
}

async function succeeds(attempt: Attempt, io: Io): Promise<boolean> {
  try {
    return (await attempt()) !== false;
  } catch (error) {
    if (!(error instanceof ReportWriteError)) {
      io.faults.note(error, "writing a report");
      return false;
    }
    io.stderr.write(`tt-memwatch: ${error.message}\n`);
    return false;
  }
}

async function printReport(report: RunReport, options: OutputOptions, io: Io): Promise<boolean> {
  if (options.isQuiet && hasNothingToSay(report)) return true;
  const stream = reportStream(options, io);
  const color = hasColor(options.color, stream, io.env);
  const width = stream.columns ?? columnsOf(io.env) ?? PLAIN_WIDTH;
  const { isVerbose, isDetailed, peaks } = options;
  const text = textReport(report, { color, width, isVerbose, isDetailed, peaks });
  // What the command printed last need not have ended its line.
  return isPrinted(stream, `\n${text}`);
}

async function isPrinted(stream: NodeJS.WriteStream, text: Text): Promise<boolean> {
  return (await print(stream, text)) !== "failed";
}

function reportStream(options: OutputOptions, io: Io): NodeJS.WriteStream {
  return isStdoutTaken(options) ? io.stderr : io.stdout;
}

function isAnnotated({ annotate }: OutputOptions, env: Readonly<NodeJS.ProcessEnv>): boolean {
  return annotate === "github" || (annotate === "auto" && env.GITHUB_ACTIONS === "true");
}

/** GitHub's runner reads both streams. */
async function printAnnotations(report: RunReport, options: OutputOptions, io: Io): Promise<boolean> {
  const stream = reportStream(options, io);
  const { githubCommands } = await import("../../out/report/github-commands.ts");
  return isPrinted(stream, githubCommands(report, io.env.GITHUB_WORKSPACE || report.run.cwd));
}

/** What the user says a line has, where there is no terminal to ask. */
export function columnsOf({ COLUMNS }: Readonly<NodeJS.ProcessEnv>): number | null {
  return COLUMNS !== undefined && /^[1-9]\d{0,3}$/.test(COLUMNS) ? Number(COLUMNS) : null;
}

/** Whether to colour what goes to a stream; NO_COLOR, FORCE_COLOR and TERM count where the user left it open. */
export function hasColor(
  color: ReportOptions["color"],
  stream: NodeJS.WriteStream,
  env: Readonly<NodeJS.ProcessEnv>,
): boolean {
  return color === "auto" ? stream.isTTY === true && stream.hasColors({ ...env }) : color === "always";
}

/** Nothing of ours is wrong; that the command failed has been said by the command. */
function hasNothingToSay({ run, findings }: RunReport): boolean {
  if (run.exitCode !== ExitCode.clean && run.exitCode !== run.commandExitCode) return false;
  return run.tests.checked > 0 && run.lost.length === 0 && !findings.some(({ fails }) => fails);
}
