import { resolve } from "node:path";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import type { ReportedRun } from "../../core/known/leftover.ts";
import { ranTests } from "../../core/known/ran-tests.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { readBeginning } from "../../files/open-outside-file.ts";
import { parseReport, REPORT_BYTES_MAX, type ReportFile } from "../../in/report/report-file.ts";
import type { WantedRun } from "../../out/store/find-run.ts";
import type { HistoryPlace } from "../history/history-place.ts";
import { reportedRun } from "../history/reported-run.ts";
import type { Io } from "../io.ts";
import { type NamedKind, readingNamed, readNamedFile } from "../named-file.ts";
import { replayedRun } from "../replay/replayed-run.ts";
import { readStoredRun, storedName, wantedRun } from "./stored-source.ts";

/** What every recording begins with, behind a byte that is not text. */
const RECORDING_MAGIC = "MCAP";

/** As much of a file as shows what it is, in bytes. */
const BEGINNING_BYTES = 64;

/** A run whose findings the user named, and by what name. */
export interface NamedRun extends ReportedRun {
  readonly name: string;
  readonly run: Pick<RunReport["run"], "command" | "startedAt">;
  /** Absolute: to which node ids are relative. */
  readonly rootDirs: readonly string[];
}

/** Where the history is, asked for only where a run of it is named. */
export type HistoryPlaceOf = () => HistoryPlace;

/** What a file has, by its beginning. */
export type SourceKind = "recording" | "report" | "other";

/**
 * The findings of a run by the name that the user gave: a recording, which is replayed, a report as JSON, or a run of the
 * history (`last`, `last-green`, `branch:NAME`, `run:ID`). What a recording lacks is reported on standard error.
 *
 * @param command whose operand it is, for the message
 * @throws UsageError where it is none of these, or cannot be read
 */
export async function readSource(command: string, name: string, place: HistoryPlaceOf, io: Io): Promise<NamedRun> {
  const wanted = wantedRun(name);
  if (wanted !== null) return storedSource(command, name, wanted, place());
  const kind = {
    what: `${command}:`,
    remedy:
      "name a recording (run --record FILE), a report (run --json FILE), or last, last-green, branch:NAME or run:ID",
    sizeBytesMax: REPORT_BYTES_MAX,
  };
  if (kindOfSource(name, kind, io) === "recording") return recordedSource(command, name, io);
  return namedRun(name, parseReport(readNamedFile(name, kind, io), name));
}

function recordedSource(command: string, name: string, io: Io): NamedRun {
  const { report, lacks } = replayedRun(command, name, io);
  for (const lack of lacks) io.stderr.write(`tt-memwatch: ${command}: ${printable(name)}: ${lack}\n`);
  return namedRun(name, report);
}

function namedRun(name: string, { run, tests, findings }: Pick<ReportFile, "run" | "tests"> & ReportedRun): NamedRun {
  const rootDirs = run.processes.map(({ rootDir }) => rootDir);
  return { name, run, findings, tests: ranTests(tests, run.processes), rootDirs };
}

async function storedSource(command: string, name: string, wanted: WantedRun, place: HistoryPlace): Promise<NamedRun> {
  const run = await readStoredRun(wanted, place);
  if (run === null) {
    throw new UsageError(`${command}: ${name}: the history has no such run; tt-memwatch history lists what it has`);
  }
  return { name: storedName(name, run), run, rootDirs: [run.cwd], ...reportedRun(run) };
}

/** What that file has; `kind`: what it should be, for the message. Throws UsageError where it cannot be read. */
export function kindOfSource(name: string, kind: NamedKind, io: Io): SourceKind {
  const beginning = readingNamed(name, kind, () => readBeginning(resolve(io.cwd, name), BEGINNING_BYTES, "own"));
  if (beginning.slice(0, RECORDING_MAGIC.length + 1).endsWith(RECORDING_MAGIC)) return "recording";
  return beginning.trimStart().startsWith("{") ? "report" : "other";
}
