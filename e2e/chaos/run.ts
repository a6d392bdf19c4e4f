/**
 * The fault campaign: an engine and a server are disturbed at random, beside each other, and after each step what has to
 * hold is looked at. The same seed gives the same steps.
 *
 * CHAOS_SECONDS=600 CHAOS_SEED=1 node e2e/chaos/run.ts
 * CHAOS_ROUNDS=1 node e2e/chaos/run.ts     (each kind of fault once, however long it takes)
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markdownTable } from "markdown-table";
import { buildInjection, hasCompiler } from "./programs.ts";
import { Random } from "./random.ts";
import { RUN_FAULTS, type RunFault, RunSteps } from "./run-step.ts";
import { SERVER_FAULTS, type ServerFault, ServerSteps } from "./server-step.ts";

const seed = Number(process.env.CHAOS_SEED ?? `${Date.now() % 1_000_000}`);
const { CHAOS_ROUNDS, CHAOS_SECONDS = "600" } = process.env;
const limit =
  CHAOS_ROUNDS === undefined
    ? { rounds: Number.POSITIVE_INFINITY, ms: Number(CHAOS_SECONDS) * 1_000, text: `${CHAOS_SECONDS} s` }
    : { rounds: Number(CHAOS_ROUNDS), ms: Number.POSITIVE_INFINITY, text: `each fault ${CHAOS_ROUNDS} times` };

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

interface Result {
  readonly outcome: string;
  readonly wrong: readonly string[];
}

/** Injects the faults in turn, so that a short campaign has each of them, until the limit. Gives what is wrong. */
async function inject<Kind extends Fault>(
  faults: readonly Kind[],
  step: (fault: Kind, random: Random) => Promise<Result>,
): Promise<string[]> {
  const random = new Random(seed);
  const wrong: string[] = [];
  for (let round = 0; round < limit.rounds; round += 1) {
    for (const fault of faults) {
      if (performance.now() >= untilMs) return wrong;
      const result = await step(fault, random);
      outcomes.note(fault, result.outcome);
      for (const each of result.wrong) {
        wrong.push(`round ${round}, ${fault}: ${each}`);
        process.stderr.write(`chaos: WRONG in ${wrong.at(-1)}\n`);
      }
    }
  }
  return wrong;
}

if (!hasCompiler()) {
  process.stdout.write("chaos: found no C compiler, so no faults are injected: sudo apt-get install gcc, or set CC\n");
  process.exit(0);
}
process.stdout.write(`chaos: ${limit.text}, seed ${seed}; again with CHAOS_SEED=${seed}\n`);
const folder = mkdtempSync(join(tmpdir(), "chaos-"));
const place = { folder, library: buildInjection(folder) };
const [runs, servers] = [new RunSteps(place), new ServerSteps(place, seed)];
const outcomes = new Outcomes();
const untilMs = performance.now() + limit.ms;
const [ofRuns, ofServers] = await Promise.all([
  inject(RUN_FAULTS, (fault, random) => runs.step(fault, random)),
  inject(SERVER_FAULTS, (fault, random) => servers.step(fault, random)),
]);
const end = await servers.finish();
const wrong = [...ofRuns, ...ofServers, ...end.wrong.map((each) => `end of the server: ${each}`)];
process.stdout.write(`${outcomes.table()}\n\nmemory of the server: ${end.memory}\n`);
process.stdout.write(wrong.length === 0 ? "all that has to hold held\n" : `WRONG:\n${wrong.join("\n")}\n`);
rmSync(folder, { recursive: true, force: true });
process.exitCode = wrong.length === 0 ? 0 : 1;
