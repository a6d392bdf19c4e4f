import { statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../../core/base/usage-error.ts";
import { parseReport, REPORT_BYTES_MAX } from "../../in/report/report-file.ts";
import type { Io } from "../io.ts";
import { type HistoryPlaceOf, kindOfSource } from "../known/read-source.ts";
import { readStoredRun, storedName, wantedRun } from "../known/stored-source.ts";
import { readNamedFile } from "../named-file.ts";
import { replayedRun } from "../replay/replayed-run.ts";
import { AskedReport, type AskedRun, ofHistory, ofRecording, ofReport } from "./asked-run.ts";

const KIND = {
  what: "the run",
  remedy:
    "name a recording (run --record FILE), a report (run --json FILE), last, last-green, branch:NAME or run:ID of the history, or live",
  sizeBytesMax: REPORT_BYTES_MAX,
};

/** Runs by name. A file that was read last is kept until it changes: several questions are asked of one run. */
export class AskedRuns {
  readonly #place: HistoryPlaceOf;
  readonly #io: Io;
  #last: { readonly key: string; readonly run: AskedRun } | null = null;

  constructor(place: HistoryPlaceOf, io: Io) {
    this.#place = place;
    this.#io = io;
  }

  /** @throws UsageError where there is no such run, or it cannot be read */
  async open(name: string): Promise<AskedRun> {
    const wanted = wantedRun(name);
    if (wanted !== null) {
      const run = await readStoredRun(wanted, this.#place());
      if (run === null) throw new UsageError(`${name}: the history has no such run; ask history what it has`);
      return ofHistory({ name: storedName(name, run), run, findings: run.findings });
    }
    const kind = kindOfSource(name, KIND, this.#io);
    const key = this.#identityOf(name);
    if (this.#last?.key === key) return this.#last.run;
    const run = kind === "recording" ? this.#replay(name) : this.#read(name);
    this.#last = { key, run };
    return run;
  }

  #replay(name: string): AskedRun {
    const { report, lacks } = replayedRun("mcp", name, this.#io);
    return ofRecording(name, report, lacks);
  }

  #read(name: string): AskedRun {
    const text = readNamedFile(name, KIND, this.#io);
    parseReport(text, name);
    return ofReport(name, AskedReport.parse(JSON.parse(text)));
  }

  #identityOf(name: string): string {
    const path = resolve(this.#io.cwd, name);
    const { ino, size, mtimeMs } = statSync(path);
    return JSON.stringify([path, ino, size, mtimeMs]);
  }
}
