/** What steps took, as tables. */
import { markdownTable } from "markdown-table";

export interface Step {
  readonly name: string;
  readonly isPassed: boolean;
  readonly tookS: number;
  readonly cpuS: number;
  readonly output: string;
}

const SLOWEST_SHOWN = 15;

/** As pytest's `--durations` and slowest-files.ts write it: `8.32s call     tests/test_holders.py::test_it`. */
const DURATION = /^([\d.]+)s (?:call|setup|teardown|file) +(\S.*)$/gm;

/** Seconds of the children, user and system, in what the shell's `times` printed. 0: it printed something else. */
export function cpuSeconds(times: string): number {
  const children = times.trim().split("\n").at(-1) ?? "";
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  );
}

/** The tests and files that took longest, over all steps. */
export function slowest(steps: readonly Step[]): readonly (readonly [step: string, what: string, tookS: number])[] {
  return steps
    .flatMap(({ name, output }) =>
      [...output.matchAll(DURATION)].map(([, tookS, what = ""]) => [name, what, Number(tookS)] as const),
    )
    .sort(([, , a], [, , b]) => b - a)
    .slice(0, SLOWEST_SHOWN);
}

export function formatSlowest(steps: readonly Step[]): string {
  const rows = slowest(steps).map(([name, what, tookS]) => [tookS.toFixed(1), name, what]);
  return rows.length === 0 ? "" : `${table(["slowest, s", "step", "file or test"], rows)}\n`;
}

/** `tookS` is of all together, which is less than their sum. */
export function formatSteps(steps: readonly Step[], tookS: number): string {
  const rows = steps
    .toSorted((a, b) => b.tookS - a.tookS)
    .map((step) => [step.name, step.tookS.toFixed(1), step.cpuS.toFixed(1)]);
  const cpuS = steps.reduce((sum, step) => sum + step.cpuS, 0);
  return table(["step", "took, s", "CPU, s"], [...rows, ["together", tookS.toFixed(1), cpuS.toFixed(1)]]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable([head, ...rows]);
}
