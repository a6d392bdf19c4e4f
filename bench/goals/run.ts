/**
 * Runs benches one after the other; each leaves its rows for the table of goals in the place of its last ones, or prints tables of its own.
 *
 * Usage: node bench/goals/run.ts [NAME]...
 */
import { spawnSync } from "node:child_process";
import { KEPT_FIGURES } from "./figures.ts";

const [OLDEST, NEWEST] = [".venv/ttnn-0.66.0/bin/python", ".venv/ttnn-0.81.1/bin/python"];
const MOCK = ["bin/tt-memwatch", "mock", "--"];

/** The commands of each bench. */
const BENCHES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  start: [["node", "bench/start/run.ts"]],
  engine: [["node", "bench/engine/run.ts"]],
  plugin: [["node", "bench/plugin/run.ts"]],
  leaks: [["node", "bench/plugin/leaks.ts"]],
  failing: [[NEWEST, "bench/plugin/suites.py", "--only", "failing", NEWEST]],
  large: [[NEWEST, "bench/plugin/suites.py", "--only", "large", NEWEST]],
  searches: [
    [...MOCK, OLDEST, "bench/plugin/searches.py"],
    [...MOCK, NEWEST, "bench/plugin/searches.py"],
  ],
  wrapping: [
    [...MOCK, OLDEST, "bench/plugin/wrapping.py"],
    [...MOCK, NEWEST, "bench/plugin/wrapping.py"],
  ],
  tracer: [
    [...MOCK, OLDEST, "bench/tracer/pairs.py"],
    [...MOCK, NEWEST, "bench/tracer/pairs.py"],
  ],
  examples: [[NEWEST, "bench/tracer/examples.py", NEWEST]],
  reader: [["node", "bench/tracer/run.ts"]],
  recording: [
    ["node", "bench/recording/run.ts"],
    ["node", "bench/recording/live.ts"],
    [NEWEST, "bench/recording/whole.py", NEWEST],
  ],
  export: [["node", "bench/export/run.ts"]],
  page: [
    ["node", "bench/page/run.ts"],
    ["node", "bench/page/recording.ts"],
    ["node", "bench/page/live.ts"],
  ],
  top: [["node", "bench/top/run.ts"]],
  metrics: [["node", "bench/metrics/run.ts"]],
  regions: [["node", "bench/regions/run.ts"]],
  history: [["node", "bench/history/run.ts"]],
  parsers: [["node", "bench/parsers/run.ts"]],
  verdicts: [["node", "bench/verdicts/run.ts"]],
  server: [
    ["node", "bench/server/run.ts"],
    ["node", "bench/server/floods.ts"],
  ],
};

/** What is run where none is named: the server's takes ten minutes, and its goals are others. */
const USUAL = Object.keys(BENCHES).filter((name) => name !== "server");

const names = process.argv.length > 2 ? process.argv.slice(2) : USUAL;
for (const name of names) {
  const commands = BENCHES[name];
  if (commands === undefined) throw new Error(`no bench ${name}, want one of ${Object.keys(BENCHES).join(", ")}`);
  for (const [program = "", ...args] of commands) {
    process.stderr.write(`bench ${name}: ${[program, ...args].join(" ")}\n`);
    const { status } = spawnSync(program, args, {
      stdio: "inherit",
      env: { ...process.env, BENCH_FIGURES: KEPT_FIGURES },
    });
    if (status !== 0) process.exitCode = 1;
  }
}
