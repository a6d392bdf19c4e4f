/** Processes of one run; each is in the report. */
export const PROCESSES_MAX = 10_000;

/** Who introduces itself, as far as it matters for what it belongs to. */
export interface Newcomer {
  readonly pid: number;
  /** Number of the pytest session in its process; null: it runs within another session. */
  readonly session: number | null;
  /** The process that it was forked from; null: it was not. */
  readonly parent: number | null;
}

interface Known {
  readonly pid: number;
  readonly session: number | null;
  hasEnded: boolean;
  /** How often each test began, in the process and in all that it forked. */
  readonly attempts: Map<string, number>;
}

/**
 * Numbers processes from 0. The sessions that follow one another in a process are one process; what a process forked
 * for its tests are processes of their own that count attempts with it.
 */
export class ProcessNumbers {
  readonly #known: Known[] = [];

  /** The number of a process that has just introduced itself: a new one, or that of its session before; null: there are too many. */
  number({ pid, session, parent }: Newcomer): number | null {
    const earlier = session === null ? -1 : this.#known.findLastIndex((known) => isFollowedBy(known, pid, session));
    const before = this.#known[earlier];
    const forkedFrom = parent === null ? undefined : this.#known.findLast((known) => known.pid === parent);
    const attempts = (before ?? forkedFrom)?.attempts ?? new Map<string, number>();
    const process = before === undefined ? this.#known.length : earlier;
    if (process >= PROCESSES_MAX) return null;
    this.#known[process] = { pid, session, hasEnded: false, attempts };
    return process;
  }

  /** The attempt at a test that begins now, from 1. */
  countAttempt(process: number, test: string): number {
    const attempts = this.#known[process]?.attempts ?? new Map<string, number>();
    const attempt = (attempts.get(test) ?? 0) + 1;
    attempts.set(test, attempt);
    return attempt;
  }

  /** A session of the process has ended. */
  end(process: number): void {
    const known = this.#known[process];
    if (known !== undefined) known.hasEnded = true;
  }
}

function isFollowedBy(known: Known, pid: number, session: number): boolean {
  return known.hasEnded && known.pid === pid && known.session !== null && known.session + 1 === session;
}
