import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import { LiveReader } from "../../in/sources/live-snapshot-reader.ts";
import type { TopSource } from "../../out/live/top/top-view.ts";
import { UsageHistory } from "../../out/live/top/usage-history.ts";
import { LiveRegions } from "./live-regions.ts";

interface Heard {
  readonly history: UsageHistory;
  snapshot: LiveSnapshot;
  /** When that was, by `performance.now()`. */
  heardMs: number;
  isGone: boolean;
}

/**
 * All programs that send snapshots, with their last ones; then what regions say of all others. One that has ended is kept until
 * another one starts.
 */
export class LiveSources implements Disposable {
  readonly #heard = new Map<string, Heard>();
  readonly #reader: LiveReader;
  readonly #regions: LiveRegions;
  readonly #problems = new Set<string>();

  /** `onChange`: a snapshot came. `onFirst`: one has come of each that was there at the beginning. */
  constructor(place: string, onChange: (snapshot: LiveSnapshot | null) => void, onFirst: () => void) {
    this.#regions = new LiveRegions(() => onChange(this.#regions.snapshot(this.#known())));
    this.#reader = new LiveReader(place, {
      onSnapshot: (id, snapshot) => {
        this.#note(id, snapshot);
        onChange(snapshot);
      },
      onEnd: (id, problem) => {
        if (problem !== null) this.#problems.add(problem);
        const heard = this.#heard.get(id);
        if (heard !== undefined) heard.isGone = true;
        onChange(null);
      },
      onFirst,
    });
  }

  /** In the order in which they started, regions last. */
  all(): readonly TopSource[] {
    const told = [...this.#heard.values()]
      .toSorted((a, b) => (a.snapshot.source.startedAt < b.snapshot.source.startedAt ? -1 : 1))
      .map(({ snapshot, history, heardMs, isGone }) => {
        const silentMs = performance.now() - heardMs;
        return { snapshot, isGone, silentMs, historyOf: (name: string) => history.of(name) };
      });
    return [...told, ...this.#regions.topSource(this.#known())];
  }

  /** Why programs are not listened to. */
  get problems(): readonly string[] {
    return [...this.#problems];
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
    this.#regions[Symbol.dispose]();
  }

  /** Processes of which somebody reports. */
  #known(): ReadonlySet<number> {
    const told = [...this.#heard.values()].filter(({ isGone }) => !isGone);
    return new Set(told.flatMap(({ snapshot }) => snapshot.processes.map(({ pid }) => pid)));
  }

  #note(id: string, snapshot: LiveSnapshot): void {
    const known = this.#heard.get(id);
    if (known === undefined) for (const [other, { isGone }] of this.#heard) if (isGone) this.#heard.delete(other);
    const heard = known ?? { history: new UsageHistory(), snapshot, heardMs: 0, isGone: false };
    heard.snapshot = snapshot;
    heard.heardMs = performance.now();
    heard.history.note(snapshot);
    this.#heard.set(id, heard);
  }
}
