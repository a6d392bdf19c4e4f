/**
 * What an export of a recording costs beside reading it: seconds of processors of `tt-memwatch export` against those of `inspect`, which reads
 * and checks each record and keeps nothing; and how much more memory ten times the records take.
 *
 * Usage: node bench/export/run.ts [--records 10000000]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Figure, writeFigures } from "../goals/figures.ts";
import { RING_RECORDS } from "../recording/made-ring.ts";
import { makeRecording } from "./made-recording.ts";

const FORMATS = ["perfetto", "pprof", "torch-memory-viz", "speedscope", "csv", "parquet"];
const TIMES_MORE = 10;

const { values } = parseArgs({ options: { records: { type: "string", default: "10000000" } } });
const turns = Math.max(TIMES_MORE, Math.round(Number(values.records) / RING_RECORDS));
const folder = mkdtempSync(path.join(tmpdir(), "bench-export-"));
const [large, small] = [path.join(folder, "large.mcap"), path.join(folder, "small.mcap")];

interface Cost {
  readonly seconds: number;
  readonly peakMb: number;
}

/** Of one program, by GNU time. */
function costOf(...args: readonly string[]): Cost {
  const timed = ["-f", "%U %S %M", "bin/tt-memwatch", ...args];
  const { status, stderr } = spawnSync("/usr/bin/time", timed, {
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [user = 0, system = 0, kilobytes = 0] = stderr.trim().split(/\s+/).slice(-3).map(Number);
  if (status !== 0 || Number.isNaN(kilobytes)) throw new Error(`${args.join(" ")}: ${stderr}`);
  return { seconds: user + system, peakMb: kilobytes / 1024 };
}

function figuresOf(format: string, read: Cost): Figure[] {
  const exported = (file: string): Cost => costOf("export", "--to", format, "-o", path.join(folder, "out"), file);
  const [some, all] = [exported(small), exported(large)];
  const common = { item: 19, before: null };
  return [
    {
      ...common,
      name: `export: time to ${format}, beside reading and checking the recording`,
      arms: { "s to read": read.seconds, "s to export": all.seconds },
      value: all.seconds / read.seconds,
      goal: 25,
      unit: " x",
      note: `${((all.seconds / (turns * RING_RECORDS)) * 1e6).toFixed(1)} us a record`,
    },
    {
      ...common,
      name: `export: memory to ${format}, of ${TIMES_MORE} times the records`,
      arms: { "MB of a tenth": some.peakMb, "MB of all": all.peakMb },
      value: all.peakMb / some.peakMb,
      goal: 3,
      unit: " x",
      note: `${all.peakMb.toFixed(0)} MB`,
    },
  ];
}

try {
  makeRecording(small, Math.round(turns / TIMES_MORE));
  makeRecording(large, turns);
  const read = costOf("inspect", large);
  const figures = FORMATS.flatMap((format) => figuresOf(format, read));
  process.stdout.write(`${writeFigures("export", figures)}\n${JSON.stringify(figures, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
