import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Deed, END, recordingOf } from "../../fixtures/recording/recorded.ts";
import { Faults } from "../../src/commands/own-faults.ts";
import { type Played, play } from "../../src/commands/replay/play.ts";
import type { Finding } from "../../src/core/model/finding.ts";
import { grade } from "../../src/core/verdicts/grade.ts";
import { RecordingReader } from "../../src/in/recording/recording-reader.ts";

/** What is said of a run, and which tests are known to have ended. */
export interface Judged {
  readonly findings: readonly Finding[];
  readonly ended: ReadonlySet<string>;
}

/** Records what was heard, reads the first part of that (1: all), has the ledger take it and judges it by the default rules. */
export function judgeRun(deeds: readonly Deed[], part: number): Judged {
  const bytes = recordingOf(withFlushes(deeds), part < 1 ? null : END);
  const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-judged-"));
  const faults = new Faults(process.stderr);
  const io = { env: {}, cwd: "/suite", stdout: process.stdout, stderr: process.stderr, faults };
  try {
    const file = join(folder, "run.mcap");
    writeFileSync(file, bytes.subarray(0, Math.floor(bytes.length * part)));
    using reader = RecordingReader.open(file);
    const played = play(reader, { until: null, hasTimeline: false }, io);
    const findings = grade(played.record, played.run.rules, played.hashOf);
    if (faults.count > 0) throw new Error("a fault of the program's own");
    return { findings, ended: endedTests(played) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A second goes by after so many deeds. */
const DEEDS_OF_A_SECOND = 100;

function withFlushes(deeds: readonly Deed[]): Deed[] {
  return deeds.flatMap((deed, index): Deed[] => (index % DEEDS_OF_A_SECOND === 0 ? [{ kind: "flush" }, deed] : [deed]));
}

function endedTests({ record }: Played): Set<string> {
  return new Set(record.tests.filter(({ outcome }) => outcome !== null).map(({ ref }) => ref.test));
}
