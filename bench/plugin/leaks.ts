/**
 * What watching costs a suite that leaks: 146 short tests of which 65 leave something, the whole command with and without. The reference is the
 * same suite without tt-memwatch, in the same run; "searches" is what looking for holders takes of it.
 *
 * Usage: node bench/plugin/leaks.ts [--ttnn 0.81.1] [--rounds 3] [--json]
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PROGRAM = path.join(ROOT, "bin/tt-memwatch");
const SUITE = path.join(import.meta.dirname, "leaking");
const WATCHED = ["run", "--quiet"] as const;
/** Exit codes of a run whose findings fail. */
const EXPECTED = [0, 1];
/** Of the bare time, the searches apart. */
const GOAL = 2;

const ARMS = {
  bare: { watched: [], env: {} },
  growth: { watched: [...WATCHED, "--clear", "growth", "--"], env: {} },
  "growth, no search": { watched: [...WATCHED, "--clear", "growth", "--"], env: { TT_MEMWATCH_HOLDERS: "off" } },
  always: { watched: [...WATCHED, "--clear", "always", "--"], env: {} },
  "always, no search": { watched: [...WATCHED, "--clear", "always", "--"], env: { TT_MEMWATCH_HOLDERS: "off" } },
} as const;

type ArmName = keyof typeof ARMS;

/** Seconds that the whole command takes. */
function timed(name: ArmName, ttnn: string): number {
  const { watched, env } = ARMS[name];
  const program = watched.length > 0 ? [PROGRAM, ...watched] : [];
  const pytest = [
    path.join(ROOT, `.venv/ttnn-${ttnn}/bin/python`),
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    SUITE,
  ];
  const startMs = performance.now();
  const done = spawnSync(PROGRAM, ["mock", "--", ...program, ...pytest], {
    env: { ...process.env, LOGURU_LEVEL: "WARNING", ...env },
    encoding: "utf8",
  });
  if (!EXPECTED.includes(done.status ?? -1))
    throw new Error(`${name} exited with ${done.status}:\n${done.stdout}${done.stderr}`);
  return (performance.now() - startMs) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const { values } = parseArgs({
  options: {
    ttnn: { type: "string", default: "0.81.1" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const names = Object.keys(ARMS) as ArmName[];
const seconds = new Map<ArmName, number[]>(names.map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round += 1) {
  for (const name of names) {
    process.stderr.write(`\r\u001b[Kround ${round + 1} of ${values.rounds}: ${name}`);
    seconds.get(name)?.push(timed(name, values.ttnn));
  }
}
process.stderr.write("\r\u001b[K");
const bare = median(seconds.get("bare") ?? []);
const rows = names.map((name) => {
  const time = median(seconds.get(name) ?? []);
  return { arm: name, seconds: time, ofBare: time / bare, goal: name.endsWith("no search") ? GOAL : null };
});
const table = markdownTable(
  [
    ["", "seconds", "of bare", "goal"],
    ...rows.map(({ arm, seconds: time, ofBare, goal }) => [
      arm,
      time.toFixed(2),
      ofBare.toFixed(2),
      goal === null ? "" : `<= ${goal}`,
    ]),
  ],
  { align: ["l", "r", "r", "r"] },
);
process.stdout.write(`${values.json ? JSON.stringify(rows, null, 2) : table}\n`);
