/**
 * What watching costs a suite that leaks: the whole command, bare and watched in two modes, in turn.
 *
 * Usage: node bench/plugin/leaks.ts [--ttnn 0.81.1] [--rounds 3] [--suite 1200] [--suite 6000]
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Figure, median, writeFigures } from "../goals/figures.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PROGRAM = path.join(ROOT, "bin/tt-memwatch");
const SUITE = path.join(import.meta.dirname, "leaking");
/** Exit codes of a run whose findings fail. */
const EXPECTED = [0, 1];
/** A suite that takes longer is stopped, in seconds: nothing near a goal does. */
const STOP_AFTER_S = 90;

/** Suites by the number of their tests, with what a run of each took of the bare time before. */
const SUITES = {
  1200: { leaks: 200, before: { growth: "10.8 x", always: "23 x" } },
  6000: { leaks: 3000, before: { growth: "over 80 x, stopped", always: null } },
} as const;
type Suite = keyof typeof SUITES;

const GOALS = { growth: 2, always: 4 } as const;
type Mode = keyof typeof GOALS;
const ARMS = ["bare", "growth", "always"] as const;
type ArmName = (typeof ARMS)[number];

/** Seconds that the whole command takes; where it was stopped, so many. */
function timed(arm: ArmName, suite: Suite, ttnn: string): number {
  const watched = arm === "bare" ? [] : [PROGRAM, "run", "--quiet", "--clear", arm, "--"];
  const python = path.join(ROOT, `.venv/ttnn-${ttnn}/bin/python`);
  const pytest = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE];
  const size = { BENCH_TESTS: `${suite}`, BENCH_LEAKS: `${SUITES[suite].leaks}` };
  const startMs = performance.now();
  const done = spawnSync(PROGRAM, ["mock", "--", ...watched, ...pytest], {
    // With PYTHONDONTWRITEBYTECODE Python would compile the plugin at each start.
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: undefined, LOGURU_LEVEL: "WARNING", ...size },
    encoding: "utf8",
    timeout: STOP_AFTER_S * 1000,
  });
  const isStopped = done.error !== undefined && "code" in done.error && done.error.code === "ETIMEDOUT";
  if (!isStopped && !EXPECTED.includes(done.status ?? -1))
    throw new Error(`${arm} exited with ${done.status}:\n${done.stdout}${done.stderr}`);
  return (performance.now() - startMs) / 1000;
}

function measure(suite: Suite, ttnn: string, rounds: number): Record<ArmName, number> {
  const seconds: Record<ArmName, number[]> = { bare: [], growth: [], always: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const arm of ARMS) {
      // Once stopped is enough.
      if ((seconds[arm].at(-1) ?? 0) < STOP_AFTER_S) seconds[arm].push(timed(arm, suite, ttnn));
    }
  }
  return { bare: median(seconds.bare), growth: median(seconds.growth), always: median(seconds.always) };
}

const GROWTH_NOTE =
  "starting and ending the command takes 0.23 s; most of the rest are looks for holders near tests that leak, and searches that several share";

function figureOf(suite: Suite, mode: Mode, arms: Record<ArmName, number>): Figure {
  const isStopped = arms[mode] >= STOP_AFTER_S;
  return {
    item: 1,
    name: `${suite} tests, ${SUITES[suite].leaks} leak, \`--clear ${mode}\`: of the bare time`,
    arms: { bare: arms.bare, [mode]: arms[mode] },
    value: arms[mode] / arms.bare,
    goal: GOALS[mode],
    unit: " x",
    before: SUITES[suite].before[mode],
    note: isStopped ? `stopped after ${STOP_AFTER_S} s` : mode === "growth" ? GROWTH_NOTE : "",
  };
}

const { values } = parseArgs({
  options: {
    ttnn: { type: "string", default: "0.81.1" },
    rounds: { type: "string", default: "3" },
    suite: { type: "string", multiple: true, default: ["1200", "6000"] },
  },
});
const suites = ([1200, 6000] as const).filter((suite) => values.suite.includes(`${suite}`));
const figures = suites.flatMap((suite) => {
  const arms = measure(suite, values.ttnn, Number(values.rounds));
  return [figureOf(suite, "growth", arms), figureOf(suite, "always", arms)];
});
writeFigures("leaks", figures, { ttnn: values.ttnn });
