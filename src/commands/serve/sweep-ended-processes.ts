import type { EndedProcess } from "../../core/model/server-view.ts";
import type { ProcessRegistry } from "../../in/sources/process-registry.ts";
import type { Faults } from "../own-faults.ts";
import type { BookKeeping } from "./books-by-version.ts";
import { EndedProcesses, leftSomething } from "./left-by-ended-processes.ts";
import type { BookedMessageRecorder } from "./record-booked-messages.ts";
import type { TracedProcesses } from "./traced-processes.ts";

/** Time between the end of a process's connection and its own: it closes its descriptors first. */
const SECOND_LOOK_AFTER_MS = 100;

interface Swept {
  readonly processes: ProcessRegistry;
  readonly traced: TracedProcesses;
  readonly keeping: () => BookKeeping;
  /** Fulfilled when all that clients sent before has been booked. */
  readonly checkpoint: () => Promise<void>;
  readonly recorder: BookedMessageRecorder | null;
  readonly onEnded: (ended: readonly EndedProcess[]) => void;
  readonly faults: Faults;
}

/** Takes processes that have ended off the books, and remembers what they left. */
export class Sweeps implements Disposable {
  /** What processes that ended left. */
  readonly ended = new EndedProcesses();
  readonly #swept: Swept;
  #isDue = false;
  #secondLook: NodeJS.Timeout | null = null;

  constructor(swept: Swept) {
    this.#swept = swept;
  }

  /** Gives those that left something, ascending by pid. */
  sweep(): readonly EndedProcess[] {
    const { processes, traced, recorder } = this.#swept;
    const keeping = this.#swept.keeping();
    const { books, shadow } = keeping;
    traced.finishEnded();
    const ended = keeping
      .owners("ended")
      .filter((id) => !traced.isPaused(id))
      .toSorted((a, b) => processes.pidOf(a) - processes.pidOf(b))
      .map((id) => {
        recorder?.note({ kind: "ended", process: id });
        return books.removeOwner(id);
      })
      .filter(leftSomething);
    this.ended.add(ended);
    traced.release((id) => keeping.isBooked(id));
    for (const id of shadow?.owners() ?? []) {
      if (traced.isFollowed(id)) continue;
      recorder?.note({ kind: "forgotten", process: id });
      shadow?.removeOwner(id);
    }
    keeping.reap();
    processes.release((id) => keeping.isBooked(id));
    return ended;
  }

  /** As `sweep`, and says so. */
  sweepAndSay(): void {
    const { faults, onEnded } = this.#swept;
    faults.guard("looking for processes that have ended", () => {
      const ended = this.sweep();
      if (ended.length > 0) onEnded(ended);
    });
  }

  /** When clients have gone, rather than seconds later; what they sent last is read first. */
  async soon(): Promise<void> {
    // Many that go at once are one sweep: each looks at every process.
    if (this.#isDue || !this.#swept.keeping().sweepsAtOnce) return;
    this.#isDue = true;
    await this.#swept.checkpoint();
    this.#isDue = false;
    this.sweepAndSay();
    this.#secondLook ??= setTimeout(() => this.sweepAndSay(), SECOND_LOOK_AFTER_MS).unref();
    this.#secondLook.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#secondLook ?? undefined);
  }
}
