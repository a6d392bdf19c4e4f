/**
 * The fault campaign: engine and server are disturbed at random, and after each step what has to hold is looked at. The
 * same seed gives the same steps.
 *
 * CHAOS_SECONDS=600 CHAOS_SEED=1 node e2e/chaos/run.ts
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markdownTable } from "markdown-table";
import { buildInjection } from "./programs.ts";
import { Random } from "./random.ts";
import { RUN_FAULTS, type RunFault, RunSteps } from "./run-step.ts";
import { SERVER_FAULTS, type ServerFault, ServerSteps } from "./server-step.ts";

const seconds = Number(process.env.CHAOS_SECONDS ?? "600");
const seed = Number(process.env.CHAOS_SEED ?? `${Date.now() % 1_000_000}`);

type Fault = RunFault | ServerFault;

/** How often each fault was injected, and how it came out. */
class Outcomes {
  readonly #counts = new Map<string, Map<string, number>>();

  note(fault: Fault, outcome: string): void {
    const counts = this.#counts.get(fault) ?? new Map<string, number>();
    this.#counts.set(fault, counts);
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  table(): string {
    const rows = [...this.#counts].map(([fault, counts]) => {
      const steps = [...counts.values()].reduce((sum, count) => sum + count, 0);
      return [fault, `${steps}`, [...counts].map(([outcome, count]) => `${count} x ${outcome}`).join("; ")];
    });
    return markdownTable([["injected", "steps", "outcomes"], ...rows]);
  }
}

process.stdout.write(`chaos: ${seconds} s, seed ${seed}; again with CHAOS_SEED=${seed}\n`);
const folder = mkdtempSync(join(tmpdir(), "chaos-"));
const random = new Random(seed);
const place = { folder, library: buildInjection(folder) };
const [runs, servers] = [new RunSteps(place), new ServerSteps(place, seed)];
const outcomes = new Outcomes();
const wrong: string[] = [];
const untilMs = performance.now() + seconds * 1_000;
for (let number = 0; performance.now() < untilMs; number += 1) {
  // In turn, so that a short campaign has some of each.
  for (const [fault, step] of [
    [RUN_FAULTS[number % RUN_FAULTS.length], (each: Fault) => runs.step(each as RunFault, random)],
    [SERVER_FAULTS[number % SERVER_FAULTS.length], (each: Fault) => servers.step(each as ServerFault, random)],
  ] as const) {
    if (fault === undefined || performance.now() >= untilMs) continue;
    const result = await step(fault);
    outcomes.note(fault, result.outcome);
    for (const each of result.wrong) {
      wrong.push(`step ${number}, ${fault}: ${each}`);
      process.stderr.write(`chaos: WRONG in ${wrong.at(-1)}\n`);
    }
  }
}
const end = await servers.finish();
wrong.push(...end.wrong.map((each) => `end of the server: ${each}`));
process.stdout.write(`${outcomes.table()}\n\nmemory of the server: ${end.memory}\n`);
process.stdout.write(wrong.length === 0 ? "all that has to hold held\n" : `WRONG:\n${wrong.join("\n")}\n`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = wrong.length === 0 ? 0 : 1;
