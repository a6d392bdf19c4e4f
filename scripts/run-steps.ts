/**
 * Runs steps of the Makefile side by side. What a step says is shown as a whole when it ends; in the end comes what took
 * long. After the first that fails none is begun.
 *
 * Usage: node scripts/run-steps.ts STEP...
 *        LANES=2 steps run at a time. Each runs JOBS of its tests at a time, as the Makefile says: some of them wait.
 * Exit code 1: a step failed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { cpuSeconds, formatSlowest, formatSteps, type Step } from "./step-times.ts";

const LANES = Number(process.env.LANES ?? "2");
const MS_PER_SECOND = 1_000;

/** The times of its children are the last of what a shell prints: on a pipe of their own. */
const TIMED = '"$@"; status=$?; times >&3; exit $status';

const waiting = process.argv.slice(2);
const ended: Step[] = [];
const beganMs = performance.now();
await Promise.all(Array.from({ length: LANES }, lane));
const tookS = (performance.now() - beganMs) / MS_PER_SECOND;
const failed = ended.filter(({ isPassed }) => !isPassed);
console.log(`${formatSlowest(ended)}\n${formatSteps(ended, tookS)}`);
for (const { name } of failed) console.log(`${name} failed: see above, or run: make ${name}`);
if (waiting.length > 0) console.log(`not begun: ${waiting.join(" ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

async function lane(): Promise<void> {
  while (ended.every(({ isPassed }) => isPassed)) {
    const name = waiting.shift();
    if (name === undefined) return;
    console.log(`... ${name}`);
    const step = await run(name);
    ended.push(step);
    console.log(`--- ${name} ${step.isPassed ? "passed" : "FAILED"} in ${step.tookS.toFixed(0)} s\n${step.output}`);
  }
}

async function run(name: string): Promise<Step> {
  const startedMs = performance.now();
  // One pipe for both outputs keeps their order.
  const command = ["-c", `exec 2>&1; ${TIMED}`, "sh", "make", "--no-print-directory", name];
  const child = spawn("sh", command, {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  const times = child.stdio[3];
  if (child.stdout === null || !(times instanceof Readable)) throw new Error("spawn gave no pipes");
  const [output, timesText, [exitCode]] = await Promise.all([text(child.stdout), text(times), once(child, "exit")]);
  return {
    name,
    isPassed: exitCode === 0,
    tookS: (performance.now() - startedMs) / MS_PER_SECOND,
    cpuS: cpuSeconds(timesText),
    output,
  };
}
