import type { LiveSnapshot } from "../../core/model/live-snapshot.ts";
import type { RegionsSnapshot } from "../../core/model/memory-region.ts";
import { buildRegionsLive } from "../../core/report/live-region-programs.ts";
import { regionPrograms } from "../../core/report/region-programs.ts";
import type { TopSource } from "../../out/live/top/top-view.ts";
import { UsageHistory } from "../../out/live/top/usage-history.ts";
import { engineVersion } from "../engine-version.ts";
import { RegionSource } from "../regions/region-source.ts";

/** Regions are read so often. A machine of 32 chips takes 2 ms (docs/benchmarks.md), so this is 0.2 % of a core. */
const READ_EVERY_MS = 1_000;

/** The programs that report nothing and count in regions, as one more source. */
export class LiveRegions implements Disposable {
  readonly #source = new RegionSource();
  readonly #startedAt = new Date().toISOString();
  readonly #startMs = performance.now();
  readonly #history = new UsageHistory();
  readonly #timer: NodeJS.Timeout;
  #read: RegionsSnapshot;
  #atMs = 0;

  /** `onRead`: they were read again. */
  constructor(onRead: () => void) {
    this.#read = this.#source.readIfAny();
    this.#timer = setInterval(() => {
      this.#read = this.#source.readIfAny();
      this.#atMs = performance.now() - this.#startMs;
      onRead();
    }, READ_EVERY_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** What programs hold that are none of these. null: there are none. */
  snapshot(known: ReadonlySet<number>): LiveSnapshot | null {
    const programs = regionPrograms(this.#read.regions, known);
    if (programs.length === 0) return null;
    const source = {
      command: "regions",
      pid: process.pid,
      title: [this.#read.folder],
      engine: engineVersion(),
    } as const;
    return buildRegionsLive({ source: { ...source, startedAt: this.#startedAt }, atMs: this.#atMs }, programs);
  }

  /** The same with what came before. */
  topSource(known: ReadonlySet<number>): readonly TopSource[] {
    const snapshot = this.snapshot(known);
    if (snapshot === null) return [];
    this.#history.note(snapshot);
    return [{ snapshot, isGone: false, silentMs: null, historyOf: (name) => this.#history.of(name) }];
  }
}
