import type { RunEvent } from "../../core/model/event.ts";
import type { CutEvent } from "./event-cutter.ts";

type EventOf<Kind extends RunEvent["kind"]> = Extract<RunEvent, { kind: Kind }>;

interface EarlierTest {
  readonly begin: EventOf<"test-begin">;
  /** By number. */
  readonly contexts: Map<number, EventOf<"context">>;
  end: EventOf<"test-end"> | null;
}

/** The tests of one process so far, for the names of those whose memory is live. */
export class EarlierTests {
  readonly #byContext = new Map<number, EarlierTest>();
  readonly #told = new Set<EarlierTest>();
  #running: EarlierTest | null = null;

  note(event: CutEvent): void {
    if (event.kind === "test-begin") this.#running = { begin: event, contexts: new Map(), end: null };
    if (event.kind === "context" && this.#running !== null) {
      this.#running.contexts.set(event.number, event);
      this.#byContext.set(event.number, this.#running);
    }
    if (event.kind === "test-end" && this.#running !== null) {
      this.#running.end = event;
      this.#running = null;
    }
  }

  /** That the tests of these contexts ran, each once, and nothing of what they did. Those that did not end yet are left out. */
  tell(contexts: ReadonlySet<number>): readonly CutEvent[] {
    const tests = new Set([...contexts].toSorted((a, b) => a - b).flatMap((each) => this.#byContext.get(each) ?? []));
    return [...tests].flatMap((test) => {
      if (test.end === null || this.#told.has(test)) return [];
      this.#told.add(test);
      const live = [...test.contexts.values()].filter(({ number }) => contexts.has(number));
      return [test.begin, ...live, test.end];
    });
  }
}
