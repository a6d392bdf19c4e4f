import type { LiveSnapshot } from "../../../core/model/live-snapshot.ts";

/** Length of what one value stands for. */
const VALUE_MS = 1_000;
/** Values that are kept of each memory: more than any terminal shows. */
const VALUES_MAX = 300;

interface Series {
  /** Number of the second that the last value is of. */
  second: number;
  readonly values: number[];
}

/** What each memory of one source had in use, second by second: the most of each. */
export class UsageHistory {
  readonly #series = new Map<string, Series>();

  note({ atMs, devices }: LiveSnapshot): void {
    const second = Math.floor(atMs / VALUE_MS);
    for (const { pid, device, openedAs, memories } of devices) {
      for (const { memoryType, usedBytes } of memories) {
        this.#add(memoryName({ pid, device, openedAs, memoryType }), second, usedBytes);
      }
    }
  }

  /** Oldest first. */
  of(name: string): readonly number[] {
    return this.#series.get(name)?.values ?? [];
  }

  #add(name: string, second: number, usedBytes: number): void {
    const series = this.#series.get(name) ?? { second, values: [usedBytes] };
    this.#series.set(name, series);
    const { values } = series;
    const last = values.at(-1) ?? 0;
    if (second <= series.second) {
      values[values.length - 1] = Math.max(last, usedBytes);
      return;
    }
    // What was not reported in between was as before.
    const missed = Math.min(VALUES_MAX, second - series.second - 1);
    values.push(...Array.from({ length: missed }, () => last), usedBytes);
    values.splice(0, values.length - VALUES_MAX);
    series.second = second;
  }
}

/** Names a memory of a source. */
export function memoryName(memory: {
  readonly pid: number | null;
  readonly device: number;
  readonly openedAs: number | null;
  readonly memoryType: string;
}): string {
  return `${memory.pid} ${memory.device} ${memory.openedAs} ${memory.memoryType}`;
}
