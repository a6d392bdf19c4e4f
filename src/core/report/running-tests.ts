import type { RunEvent } from "../model/event.ts";

/** A test that runs. */
export interface RunningTest {
  /** pytest's node id. */
  readonly test: string;
  /** When it was heard that it began, on the clock of whoever reports. */
  readonly sinceMs: number;
  /** When its process reported anything last. */
  readonly heardMs: number;
}

/** Which test each process runs, and since when. */
export class RunningTests {
  readonly #running = new Map<number, RunningTest>();

  /** `atMs`: when it was heard. */
  note(event: RunEvent, atMs: number): void {
    switch (event.kind) {
      case "test-begin":
        this.#running.set(event.process, { test: event.ref.test, sinceMs: atMs, heardMs: atMs });
        break;
      case "test-end":
      case "process-begin":
      case "process-end":
      case "process-lost":
        this.#running.delete(event.process);
        break;
      default:
        if ("process" in event) this.#hear(event.process, atMs);
        break;
    }
  }

  /** null: none does. */
  of(process: number): RunningTest | null {
    return this.#running.get(process) ?? null;
  }

  #hear(process: number, heardMs: number): void {
    const running = this.#running.get(process);
    if (running !== undefined) this.#running.set(process, { ...running, heardMs });
  }
}
