import { UsageError } from "../../core/base/usage-error.ts";
import { baselineLeftovers, type ReportedRun } from "../../core/known/leftover.ts";
import type { Baseline, BaselineEntry, NotedEntry } from "../../core/model/baseline.ts";
import type { StoredRun } from "../../core/model/history.ts";
import { parseBaseline } from "../../in/rules/baseline-file.ts";
import { reportedRun } from "../history/reported-run.ts";
import type { Io } from "../io.ts";
import { readNamedFile } from "../named-file.ts";
import { type HistoryPlaceOf, kindOfSource, readSource } from "./read-source.ts";
import { readStoredRun, storedName, wantedRun } from "./stored-source.ts";

/** Largest baseline that is read. */
const BASELINE_BYTES_MAX = 67_108_864;

const BASELINE_FILE = {
  what: "the baseline",
  sizeBytesMax: BASELINE_BYTES_MAX,
  remedy: "tt-memwatch baseline update FILE --from REPORT writes one",
};

/**
 * What a good run left, by the name that the user gave: a baseline's file, that run's recording or report, or a run of the
 * history. Where the history does not have it yet, nothing is known.
 *
 * @throws UsageError with the place of what is wrong
 */
export async function readBaseline(
  command: string,
  name: string,
  place: HistoryPlaceOf,
  io: Io,
): Promise<Pick<Baseline, "name" | "entries">> {
  const wanted = wantedRun(name);
  if (wanted !== null) return storedBaseline(name, await readStoredRun(wanted, place()));
  if (kindOfSource(name, BASELINE_FILE, io) === "other") return { name, entries: readBaselineFile(name, io) };
  return { name, entries: entriesOf(await readSource(command, name, place, io)) };
}

function storedBaseline(name: string, run: StoredRun | null): Pick<Baseline, "name" | "entries"> {
  if (run === null) return { name: `${name} (not in the history yet)`, entries: [] };
  return { name: storedName(name, run), entries: entriesOf(reportedRun(run)) };
}

function entriesOf(run: ReportedRun): readonly BaselineEntry[] {
  return baselineLeftovers(run).map(({ signature, test, sizeBytes, buffers, checkedTests }) => {
    return { signature, test, sizeBytes, buffers, checkedTests };
  });
}

/** The entries of a baseline's file. Throws UsageError. */
export function readBaselineFile(name: string, io: Io): readonly NotedEntry[] {
  const result = parseBaseline(readNamedFile(name, BASELINE_FILE, io), name);
  if (result.kind === "faults") throw new UsageError(result.faults.join("\n"));
  return result.entries;
}
