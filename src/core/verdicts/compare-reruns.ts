import { growsSteadily } from "../base/steady-growth.ts";
import type { AllocationsReport } from "../model/allocations-report.ts";
import type { Finding, Verdict } from "../model/finding.ts";
import { growthRateOf } from "../model/growth-rate.ts";
import type { RerunMemory, Reruns, Trend } from "../model/reruns.ts";

/** What is compared of one run of the command. */
export interface RerunToCompare {
  readonly findings: readonly Finding[];
  readonly allocations: AllocationsReport | null;
}

type Place = Pick<RerunMemory, "source" | "device" | "memoryType">;

/** Compares the runs of one command, in the order they ended. The first is the warm-up: what it fills stays filled. */
export function compareReruns(runs: readonly RerunToCompare[]): Reruns {
  const places = new Map<string, { place: Place; sizeBytes: number[] }>();
  for (const [index, run] of runs.entries()) {
    for (const { place, sizeBytes } of heldBy(run)) {
      const key = JSON.stringify(place);
      const known = places.get(key) ?? { place, sizeBytes: runs.map(() => 0) };
      known.sizeBytes[index] = (known.sizeBytes[index] ?? 0) + sizeBytes;
      places.set(key, known);
    }
  }
  const left = runs.map(testsThatLeft);
  const [warmUp = new Set<string>(), ...others] = left;
  return {
    runs: runs.length,
    memory: [...places.values()].map(({ place, sizeBytes }) => {
      const compared = sizeBytes.slice(1);
      return { ...place, sizeBytes, trend: trendOf(compared), growsBy: growthRateOf(compared) };
    }),
    inEveryRun: [...(others[0] ?? [])].filter((test) => others.every((tests) => tests.has(test))),
    onlyInWarmUp: [...warmUp].filter((test) => !others.some((tests) => tests.has(test))),
  };
}

/** What tests left counts whether or not its device was closed before the run ended. */
function heldBy({ findings, allocations }: RerunToCompare): { place: Place; sizeBytes: number }[] {
  const ofTests = findings.filter(isLeft).map(({ device, memoryType, sizeBytes }) => {
    return { place: { source: "tests" as const, device, memoryType }, sizeBytes };
  });
  const ofServer = (allocations?.total ?? []).map(({ device, memoryType, sizeBytes }) => {
    return { place: { source: "server" as const, device, memoryType }, sizeBytes };
  });
  const atExit = (allocations?.atExit ?? []).map(({ sizeBytes }) => {
    return { place: { source: "at-exit" as const, device: null, memoryType: null }, sizeBytes };
  });
  return [...ofTests, ...ofServer, ...atExit];
}

/** Without the warm-up. */
function trendOf(compared: readonly number[]): Trend {
  const steps = compared.slice(1).map((size, index) => size - (compared[index] ?? 0));
  if (steps.length === 0) return "unknown";
  if (steps.every((step) => step > 0) || growsSteadily(compared)) return "grows";
  return steps.every((step) => step === 0) ? "steady" : "varies";
}

/** Verdicts on memory that was still there when its test was over and nothing that belongs to it was left to clear. */
const LEFT: ReadonlySet<Verdict> = new Set(["leak", "suspect", "retained", "expected"]);

/** What a wider fixture held went with the fixture. */
function isLeft({ verdict, fixture }: Finding): boolean {
  return LEFT.has(verdict) && !(verdict === "retained" && fixture !== null);
}

function testsThatLeft({ findings }: RerunToCompare): Set<string> {
  const left = findings.filter(({ test, verdict }) => test !== null && LEFT.has(verdict));
  return new Set(left.flatMap(({ test }) => test ?? []));
}
