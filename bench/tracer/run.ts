import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { markdownTable } from "markdown-table";
import { TracedMemory } from "../../src/core/ledger/run/traced-memory.ts";
import { makeRingFolder } from "../../src/in/sources/ring-folder.ts";
import { RingFollower } from "../../src/in/sources/ring-follower.ts";

// How much of a core it takes to follow a ring of the default size, and whether anything is lost, by the rate at which it
// is written. The reference is the same process doing nothing for as long.

const DEFAULT_CAPACITY = 131_072;
const HERE = fileURLToPath(new URL(".", import.meta.url));
const NATIVE = join(HERE, "../../clients/native/src");

const RATES = [
  { rate: 1_000, seconds: 5, goal: "< 10 % of a core" },
  { rate: 100_000, seconds: 5, goal: "" },
  { rate: 1_000_000, seconds: 5, goal: "none lost" },
  { rate: 2_000_000, seconds: 5, goal: "" },
] as const;

function build(folder: string): string {
  const output = join(folder, "load");
  const sources = [join(HERE, "load.cpp"), join(NATIVE, "ring.cpp")];
  execFileSync(process.env.CXX ?? "c++", [
    "-std=c++17",
    "-O2",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-o",
    output,
    ...sources,
  ]);
  return output;
}

async function idle(seconds: number): Promise<number> {
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  return share(before, seconds * 1000);
}

/** Of a core, from 0 to 1. */
function share(before: NodeJS.CpuUsage, ms: number): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / ms;
}

async function follow(load: string, rate: number, seconds: number): Promise<readonly string[]> {
  using folder = makeRingFolder();
  const memory = new TracedMemory();
  using follower = new RingFollower(folder, () => memory);
  const ring = join(folder.path, "1.1.ring");
  const before = process.cpuUsage();
  const began = performance.now();
  const child = spawn(load, [ring, `${DEFAULT_CAPACITY}`, `${rate * seconds}`, `${rate}`], { stdio: "pipe" });
  await once(child, "close");
  const ms = performance.now() - began;
  const used = share(before, ms);
  follower.finish();
  const [{ records = 0, lost = 0 } = {}] = follower.rings();
  const achieved = (rate * seconds) / (ms / 1000);
  return [records.toLocaleString("en"), Math.round(achieved).toLocaleString("en"), `${lost}`, percent(used)];
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

using builds = makeRingFolder();
const load = build(builds.path);
const rows = [["events a second", "events", "achieved", "lost", "of a core", "doing nothing", "goal"]];
for (const { rate, seconds, goal } of RATES) {
  const nothing = await idle(seconds);
  rows.push([rate.toLocaleString("en"), ...(await follow(load, rate, seconds)), percent(nothing), goal]);
}
process.stdout.write(`${markdownTable(rows, { align: ["r", "r", "r", "r", "r", "r", "l"] })}\n`);
