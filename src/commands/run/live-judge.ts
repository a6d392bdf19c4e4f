import type { RunLedger } from "../../core/ledger/run/run-ledger.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { LiveCauses } from "../../core/model/live-snapshot.ts";
import type { RunRecord } from "../../core/model/run-record.ts";
import { causesLeftOut, liveCauses, notJudged } from "../../core/report/live-causes.ts";

/** A run of more tests is judged at its end only: meanwhile nothing else would be done for too long. */
export const JUDGED_TESTS_MAX = 2_000;

/** Time between two verdicts, at least; and that many times as long as the last one took, which is 1 % of a core. */
const JUDGE_EVERY_MS = 1_000;
const PAUSE_TIMES = 100;

export interface JudgedNow {
  readonly causes: LiveCauses;
  readonly leftOut: number;
}

/** Judges a run while it goes on, as if it ended now, and seldom enough. */
export class LiveJudge {
  readonly #judge: (record: RunRecord) => readonly Finding[];
  #judged: JudgedNow = { causes: notJudged("no test has ended"), leftOut: 0 };
  #nextAtMs = 0;

  /** `judge`: gives the verdicts on a run that ended as it is recorded. */
  constructor(judge: (record: RunRecord) => readonly Finding[]) {
    this.#judge = judge;
  }

  /** What was judged last. */
  get last(): JudgedNow {
    return this.#judged;
  }

  /** `atMs`: since the run began. */
  judge(ledger: RunLedger, testsDone: number, atMs: number): JudgedNow {
    if (testsDone > JUDGED_TESTS_MAX && this.#judged.causes.judgedAtMs === null) return TOO_MANY;
    if (testsDone === 0 || testsDone > JUDGED_TESTS_MAX || atMs < this.#nextAtMs) return this.#judged;
    const startMs = performance.now();
    const findings = this.#judge(ledger.recordSoFar());
    this.#judged = { causes: liveCauses(findings, atMs), leftOut: causesLeftOut(findings) };
    this.#nextAtMs = atMs + Math.max(JUDGE_EVERY_MS, PAUSE_TIMES * (performance.now() - startMs));
    return this.#judged;
  }
}

const TOO_MANY: JudgedNow = {
  causes: notJudged(`over ${JUDGED_TESTS_MAX} tests have ended: they are judged at the end`),
  leftOut: 0,
};
