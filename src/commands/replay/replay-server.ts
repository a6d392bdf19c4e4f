import { UsageError } from "../../core/base/usage-error.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { LISTED_BUFFERS_MAX } from "../../core/model/server-view.ts";
import { withFailedReports } from "../../core/report/decide-exit-code.ts";
import { ServerAnswer } from "../../in/wire/server-requests.ts";
import { ReportWriteError, writeReport } from "../../out/report/write-report.ts";
import { collectDump, dumpText } from "../ask/server-dump.ts";
import type { Io } from "../io.ts";
import { rulesOf } from "../rules.ts";
import type { ReportOptions } from "../run/report-options.ts";
import { dumpAnswers } from "../serve/dump-answers.ts";
import { damageOf, MissingSums } from "./describe-damage.ts";
import { openSteps, withRecording } from "./open-recording.ts";
import type { PlayUntil } from "./play.ts";
import { ReplayedServer } from "./recorded-server.ts";

/**
 * Prints what `tt-memwatch dump` would have printed at the end of a recorded server, or writes its JSON; gives the exit code.
 *
 * @param until null: at the end. What was booked has no time of the recording's clock, but what was written together has
 *
 * @throws UsageError for options that have no meaning for it
 */
export async function replayServer(
  file: string,
  until: PlayUntil | null,
  options: ReportOptions,
  io: Io,
): Promise<number> {
  if (until?.kind === "test") throw new Error("a recorded server does not say when tests end");
  const other = options.files.find(({ format }) => format !== "json");
  if (other !== undefined) {
    throw new UsageError(`replay: --${other.format}: a recording of tt-memwatch serve has no tests; use --json`);
  }
  const { server, rules, warnings } = withRecording("replay", file, io, (reader) => {
    const { begun, steps } = openSteps(reader);
    if (begun.source !== "serve") throw new Error(`a recording of ${begun.source} was taken for one of serve`);
    const server = new ReplayedServer();
    const dropped = new MissingSums();
    for (const step of steps) {
      if (step.kind === "dropped") dropped.add(step.dropped);
      // Books that lack what was booked are not books.
      if (dropped.events > 0 || (until !== null && reader.reachedMs > until.time.ms)) break;
      server.take(step);
    }
    const cut =
      until === null ? damageOf(reader) : [`--until ended the books at ${until.text}, as they were written by then`];
    const warnings = [...(dropped.events === 0 ? cut : []), ...dropped.warnings()];
    return { server, rules: begun.rules, warnings };
  });
  const question = { listedMax: options.isDetailed ? null : LISTED_BUFFERS_MAX, since: null, sources: "all" as const };
  const judging = options.rulesFile === null ? rules : rulesOf(options.rulesFile, io);
  const dump = await collectDump(each(dumpAnswers(server, server.books, question, judging)));
  for (const warning of warnings) io.stderr.write(`tt-memwatch: ${warning}\n`);
  const json = `${JSON.stringify(dump, null, 2)}\n`;
  const [wanted] = options.files;
  if (wanted === undefined || wanted.path !== null) io.stdout.write(dumpText(dump));
  if (wanted === undefined) return ExitCode.clean;
  return withFailedReports(ExitCode.clean, !(await write(wanted.path, json, io)));
}

/** `path`: null: standard output. */
async function write(path: string | null, json: string, io: Io): Promise<boolean> {
  if (path === null) return io.stdout.write(json) || true;
  try {
    await writeReport(path, json);
    return true;
  } catch (error) {
    if (!(error instanceof ReportWriteError)) throw error;
    io.stderr.write(`tt-memwatch: ${error.message}\n`);
    return false;
  }
}

/** As a client takes them, which has an order of its own for what they say. */
async function* each(portions: AsyncIterable<readonly ServerAnswer[]>): AsyncGenerator<ServerAnswer> {
  for await (const portion of portions) yield* portion.map((answer) => ServerAnswer.parse(answer));
}
