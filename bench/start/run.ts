/**
 * What starting costs: `true` alone and under each command, in turn.
 *
 * Usage: node bench/start/run.ts [--rounds 20]
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Figure, median, writeFigures } from "../goals/figures.ts";

const NOTE = "what Node takes to start and to load; 0.19 and 0.10 s on a machine twice as fast";

const PROGRAM = path.resolve(import.meta.dirname, "../../bin/tt-memwatch");

const ARMS = {
  bare: ["true"],
  run: [PROGRAM, "run", "--quiet", "--", "true"],
  mock: [PROGRAM, "mock", "--", "true"],
} as const;
type ArmName = keyof typeof ARMS;
const NAMES = Object.keys(ARMS) as ArmName[];

function seconds(name: ArmName): number {
  const [program, ...args] = ARMS[name];
  const startMs = performance.now();
  const { error } = spawnSync(program, args, { stdio: "ignore" });
  if (error !== undefined) throw error;
  return (performance.now() - startMs) / 1000;
}

const { values } = parseArgs({ options: { rounds: { type: "string", default: "20" } } });
const times: Record<ArmName, number[]> = { bare: [], run: [], mock: [] };
// The first start after a change keeps what Node makes of the sources.
for (const name of NAMES) seconds(name);
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const name of NAMES) times[name].push(seconds(name));

function figureOf(name: "run" | "mock", goal: number, before: string | null): Figure {
  const arms = { bare: median(times.bare), [name]: median(times[name]) };
  const value = median(times[name]) - median(times.bare);
  return { item: 8, name: `\`${name} -- true\`, over \`true\``, arms, value, goal, unit: " s", before, note: NOTE };
}

writeFigures("start", [figureOf("run", 0.3, "0.8 to 1.1 s"), figureOf("mock", 0.2, null)]);
