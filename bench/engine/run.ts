/**
 * What the engine takes of a run in which every second test leaks, by the number of leaks: time of its process and the most memory it
 * had, from the first line of the plugin's to the last report written.
 *
 * Usage: node bench/engine/run.ts [--leaks 1250,5000,20000] [--rounds 2]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Figure, median, writeFigures } from "../goals/figures.ts";

const HERE = import.meta.dirname;
const PROGRAM = path.resolve(HERE, "../../bin/tt-memwatch");
const FORMATS = ["json", "junit", "markdown", "html"] as const;
/** Nothing was checked, or findings fail. */
const EXPECTED = [1, 3];
const BYTES_PER_MB = 1e6;

/** What the meter leaves. */
interface Used {
  /** User and system time of the engine's process, in milliseconds. */
  readonly cpuMs: number;
  /** The most that was resident, in bytes. */
  readonly rssBytes: number;
}

function measure(leaks: number, folder: string): Used {
  const meter = path.join(folder, "meter.json");
  const reports = FORMATS.flatMap((format) => [`--${format}`, path.join(folder, `report.${format}`)]);
  const command = [process.execPath, path.join(HERE, "speak.ts"), `${2 * leaks}`];
  const env = { ...process.env, BENCH_METER: meter, NODE_OPTIONS: `--import ${path.join(HERE, "meter.mjs")}` };
  const done = spawnSync(PROGRAM, ["run", ...reports, "--", ...command], { env, encoding: "utf8" });
  if (!EXPECTED.includes(done.status ?? -1))
    throw new Error(`${leaks} leaks: exited with ${done.status}: ${done.stderr}`);
  const told = [...done.stdout.matchAll(/(\d+) (?:leak|suspect)\b/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
  if (told !== leaks) throw new Error(`${leaks} leaks: the report tells of ${told}`);
  return JSON.parse(readFileSync(meter, "utf8"));
}

const { values } = parseArgs({
  options: { leaks: { type: "string", default: "1250,5000,20000" }, rounds: { type: "string", default: "2" } },
});
const sizes = values.leaks.split(",").map(Number);
const folder = mkdtempSync(path.join(tmpdir(), "bench-engine-"));
const used = new Map<number, Used[]>();
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const leaks of [0, ...sizes]) used.set(leaks, [...(used.get(leaks) ?? []), measure(leaks, folder)]);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Milliseconds a leak, without what starting takes. */
function msOf(leaks: number): number {
  const cpuMs = (of: number) => median((used.get(of) ?? []).map((each) => each.cpuMs));
  return (cpuMs(leaks) - cpuMs(0)) / leaks;
}

const [fewest = 0, most = 0] = [Math.min(...sizes), Math.max(...sizes)];
const megabytes = (leaks: number) => median((used.get(leaks) ?? []).map(({ rssBytes }) => rssBytes)) / BYTES_PER_MB;
const figures: readonly Figure[] = [
  {
    item: 1,
    name: `engine and reports: time a leak at ${most} leaks, of that at ${fewest}`,
    arms: Object.fromEntries(sizes.map((leaks) => [`ms a leak at ${leaks}`, msOf(leaks)])),
    value: msOf(most) / msOf(fewest),
    goal: 1.3,
    unit: " x",
    before: "1.5 x at 5,000",
    note: "",
  },
  {
    item: 1,
    name: `engine: memory at ${most} leaks, all reports written`,
    arms: Object.fromEntries(sizes.map((leaks) => [`MB at ${leaks}`, megabytes(leaks)])),
    value: megabytes(most),
    goal: 300,
    unit: " MB",
    before: "443 MB at 5,000",
    note: "40,000 tests, five reports; 94 MB of it before the first test",
  },
];
writeFigures("engine", figures);
