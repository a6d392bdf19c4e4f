/**
 * How a replay, and with it the engine of a run, bears buffers that stay: microseconds of processors that a record takes where 100,000 are
 * live all the time, against 1,000. Each replay is a process of its own; they take turns.
 *
 * Usage: node bench/recording/live.ts [--records 1000000] [--rounds 5]
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { median, writeFigures } from "../goals/figures.ts";
import { writeRecording } from "../page/made-recording.ts";

const REPLAY = path.join(import.meta.dirname, "replay.ts");
const [FEW, MANY] = [1_000, 100_000];

const { values } = parseArgs({
  options: { records: { type: "string", default: "1000000" }, rounds: { type: "string", default: "5" } },
});
const folder = mkdtempSync(path.join(tmpdir(), "bench-recording-live-"));
const arms = [FEW, MANY].map((live) => {
  const file = path.join(folder, `${live}.mcap`);
  writeRecording(file, Number(values.records), live);
  return { file, us: [] as number[] };
});
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const { file, us } of arms) {
    us.push(JSON.parse(execFileSync(process.execPath, [REPLAY, file], { encoding: "utf8" })).us);
  }
}
rmSync(folder, { recursive: true });
const [few = Number.NaN, many = Number.NaN] = arms.map(({ us }) => median(us));
const figure = {
  item: 17,
  name: `recording: reading and booking a record again with ${MANY / 1_000} k buffers live, against ${FEW / 1_000} k`,
  arms: { [`us with ${FEW}`]: few, [`us with ${MANY}`]: many },
  value: many / few,
  goal: 1.5,
  unit: " x",
  before: null,
  note: "",
};
process.stdout.write(`${writeFigures("recording-live", [figure])}\n${JSON.stringify(figure, null, 2)}\n`);
