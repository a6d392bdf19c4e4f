import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, type } from "node:os";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** What `make bench` measured last, on whichever machine: a file for each bench, kept with the sources, of which docs/benchmarks.md is made. */
export const KEPT_FIGURES = path.join(ROOT, "bench/goals/measured");

/** Where each bench leaves what it measured, a file for each. What is measured to try something out is not kept. */
export const FIGURES_FOLDER = process.env.BENCH_FIGURES ?? path.join(ROOT, "build/bench");

/** One row of the table of goals. */
export interface Figure {
  /** Number of what is wanted, by which the rows are ordered. */
  readonly item: number;
  /** What was measured, in words. */
  readonly name: string;
  /** What was measured of each arm, in its own unit; arms took turns. */
  readonly arms: Readonly<Record<string, number>>;
  /** What is held against the goal; null: it could not be measured, and the note says why. */
  readonly value: number | null;
  /** At most. */
  readonly goal: number;
  /** Of value and goal, as it stands behind a number: " x", " ms". */
  readonly unit: string;
  /** The same before the work on it began; null: nobody measured. */
  readonly before: string | null;
  /** Why the goal is missed, or how the value is to be read; empty: nothing to say. */
  readonly note: string;
}

/** What one bench measured, and on what. */
export interface Measured {
  readonly bench: string;
  /** ISO 8601, UTC. */
  readonly measuredAt: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly figures: readonly Figure[];
}

/** Leaves what a bench measured for the table; gives the file's path. */
export function writeFigures(bench: string, figures: readonly Figure[], versions: Measured["versions"] = {}): string {
  const file = path.join(FIGURES_FOLDER, `${bench}.json`);
  const measured: Measured = {
    bench,
    measuredAt: new Date().toISOString(),
    machine: `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${type()} ${release()}`,
    versions: { node: process.versions.node, ...versions },
    figures,
  };
  mkdirSync(FIGURES_FOLDER, { recursive: true });
  writeFileSync(file, `${JSON.stringify(measured, null, 2)}\n`);
  return file;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
