import type { RunEvent } from "../../core/model/event.ts";
import type { RecordedRing } from "../../core/model/recording.ts";
import {
  INDEX_TESTS_MAX,
  type IndexedTest,
  type RecordedCheckpoint,
  type RecordingIndex,
} from "../../core/model/recording-index.ts";

type OpenTest = { -readonly [Key in keyof IndexedTest]: IndexedTest[Key] };

/** Makes the index of a recording while its events come. */
export class IndexBuilder {
  readonly #tests: IndexedTest[] = [];
  readonly #running = new Map<number, OpenTest>();
  /** By the paths of their rings. */
  readonly #processes = new Map<string, number>();
  readonly #rings = new Map<string, Pick<RecordedRing, "ring" | "pid">>();
  readonly #checkpoints: RecordedCheckpoint[] = [];
  #moreTests = 0;

  note(event: RunEvent): void {
    switch (event.kind) {
      case "test-begin": {
        const about = { ...event.ref, repeat: event.repeat, process: event.process };
        this.#running.set(event.process, { ...about, endNs: null, contexts: null });
        break;
      }
      case "context": {
        const test = this.#running.get(event.process);
        if (test !== undefined) test.contexts = [test.contexts?.[0] ?? event.number, event.number];
        break;
      }
      case "test-end":
        this.#end(event.process, event.atNs);
        break;
      case "tracing":
        if (event.ring !== null) this.#processes.set(event.ring, event.process);
        break;
      default:
        break;
    }
  }

  noteRing({ ring, path, pid }: RecordedRing): void {
    this.#rings.set(path, { ring, pid });
  }

  noteCheckpoint(checkpoint: RecordedCheckpoint): void {
    this.#checkpoints.push(checkpoint);
  }

  index(): RecordingIndex {
    const rings = [...this.#rings].map(([path, ring]) => ({ ...ring, process: this.#processes.get(path) ?? null }));
    const [tests, checkpoints] = [[...this.#tests, ...this.#running.values()], this.#checkpoints];
    return { tests, moreTests: this.#moreTests, rings, checkpoints };
  }

  #end(process: number, endNs: number | null): void {
    const test = this.#running.get(process);
    this.#running.delete(process);
    if (test === undefined) return;
    if (this.#tests.length < INDEX_TESTS_MAX) this.#tests.push({ ...test, endNs });
    else this.#moreTests += 1;
  }
}
