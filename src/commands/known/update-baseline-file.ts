import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { UsageError } from "../../core/base/usage-error.ts";
import { updateBaseline } from "../../core/known/update-baseline.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { baselineText, noteOf } from "../../out/report/known/baseline-text.ts";
import { historyPlaceOrOwn } from "../history/history-place.ts";
import type { Io } from "../io.ts";
import { writeNamed } from "../write-named.ts";
import { goneFiles } from "./gone-files.ts";
import { readBaselineFile } from "./read-baseline.ts";
import { readSource } from "./read-source.ts";

interface UpdateOptions {
  readonly file: string | undefined;
  /** A recording or a report. */
  readonly from: string | undefined;
  readonly history: string | undefined;
  readonly isJson: boolean;
}

/** `tt-memwatch baseline update FILE --from RUN`: gives the exit code. */
export async function updateBaselineFile({ file, from, history, isJson }: UpdateOptions, io: Io): Promise<number> {
  if (!file || !from) {
    throw new UsageError("baseline update: name the file and a run: tt-memwatch baseline update FILE --from REPORT");
  }
  const path = resolve(io.cwd, file);
  const before = existsSync(path) ? readBaselineFile(file, io) : [];
  const place = () => historyPlaceOrOwn("baseline update", history, io);
  const run = await readSource("baseline update", from, place, io);
  const { entries, ...amounts } = updateBaseline(before, run, noteOf, goneFiles(run.rootDirs, run.tests));
  await writeNamed(path, "the baseline", baselineText(entries));
  const told = { file, entries: entries.length, ...amounts };
  io.stdout.write(isJson ? `${JSON.stringify(told)}\n` : textOf(told));
  return ExitCode.clean;
}

interface Told {
  readonly file: string;
  readonly entries: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly kept: number;
  readonly withoutFile: number;
}

function textOf({ file, entries, added, changed, removed, kept, withoutFile }: Told): string {
  const unchecked = kept === 0 ? "" : `, ${kept} kept whose tests were not all checked`;
  const changes = `${added} added, ${changed} changed, ${removed} removed${unchecked}`;
  const lost =
    withoutFile === 0
      ? ""
      : `; the files of ${withoutFile} of these are gone: delete those entries, unless the files were renamed and not run`;
  return `${printable(file)} has ${count(entries, "entry", "entries")}: ${changes}${lost}\n`;
}
