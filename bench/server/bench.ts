import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

/** What the parts have in common: the programs, where they run, and how much they do. */
export interface Bench {
  /** Holds the programs and sockets. */
  readonly folder: string;
  /** Processors for whoever reads and for whoever sends; null with one processor only. */
  readonly cores: { readonly reader: number; readonly sender: number } | null;
  readonly rounds: number;
  /** Factor on all amounts; 1 for figures to be published, less to try whether a part runs. */
  readonly scale: number;
  /** Messages of the churn part. */
  readonly churnFrames: number;
  readonly say: (progress: string) => void;
}

export interface PartResult {
  readonly title: string;
  /** One measurement each, as plain numbers with units in their names. */
  readonly rows: readonly object[];
  /** The same for people, its head first. */
  readonly table: readonly (readonly string[])[];
}

const PROGRAMS = ["load", "drain"] as const;
export type ProgramName = (typeof PROGRAMS)[number];

const COMPILER = process.env.CC ?? "cc";
const FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"];

export function buildPrograms(folder: string): void {
  for (const name of PROGRAMS) {
    const source = path.join(import.meta.dirname, `${name}.c`);
    const { status, stderr } = spawnSync(COMPILER, [...FLAGS, source, "-o", path.join(folder, name)], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${COMPILER} ${source} exited with ${status}:\n${stderr}`);
  }
}

export function programPath({ folder }: Bench, name: ProgramName): string {
  return path.join(folder, name);
}

/** The first two processors that this process may use. */
export function twoCores(): Bench["cores"] {
  const list = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  const cores = list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  const [reader, sender] = cores;
  return reader === undefined || sender === undefined ? null : { reader, sender };
}

/** Runs a program on certain processors. */
export const TASKSET = "taskset";

/** A command line that stays on one processor. */
export function pinned(core: number | undefined, command: readonly string[]): [string, ...string[]] {
  return core === undefined ? [command[0] ?? "", ...command.slice(1)] : [TASKSET, "-c", `${core}`, ...command];
}

export function scaled({ scale }: Bench, amount: number): number {
  return Math.max(1, Math.round(amount * scale));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The smallest value that `part` of all are not above. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
