import type { TraceSink } from "../../core/model/traced.ts";
import { RingReader } from "../../in/regions/ring-reader.ts";

/** Processes that are remembered; the one that announced itself first goes first. */
export const TRACED_MAX = 256;

/** Nothing is read of a ring but its header. */
const NOBODY: TraceSink = { record: () => {}, lost: () => {} };

/** The processes that said they are traced, as long as their rings are there and have not ended. */
export class TracedProcesses {
  readonly #rings = new Map<string, number>();

  get count(): number {
    return this.#rings.size;
  }

  note(pid: number, ring: string): void {
    this.#rings.set(ring, pid);
    const [oldest] = this.#rings.keys();
    if (this.#rings.size > TRACED_MAX && oldest !== undefined) this.#rings.delete(oldest);
  }

  list(): { readonly pid: number; readonly ring: string }[] {
    for (const ring of this.#rings.keys()) if (!isWritten(ring)) this.#rings.delete(ring);
    return [...this.#rings].map(([ring, pid]) => ({ pid, ring }));
  }
}

/** Whether there is a ring that its process has not ended. A path that a client sent may name anything, and costs nothing but its place. */
function isWritten(path: string): boolean {
  try {
    using reader = RingReader.open(path, NOBODY);
    return reader !== null && !reader.isEnded;
  } catch (error) {
    // Without a descriptor left nobody knows.
    return error instanceof Error && "code" in error && (error.code === "EMFILE" || error.code === "ENFILE");
  }
}
