import type { StoredFinding, StoredRun, StoredTest } from "../../core/model/history.ts";
import { isLeftBehind, showsWhatIsGone } from "../../core/model/left-behind.ts";
import { amountCells } from "./amounts.ts";
import { batchesOf } from "./batches.ts";
import { exportedLine } from "./exported-line.ts";
import type { HistoryStore } from "./history-store.ts";
import { signatureIds } from "./signature-ids.ts";
import type { Db, NewRow } from "./tables.ts";
import { testIds } from "./test-ids.ts";

/** How often to begin anew where another program was in the way. */
const ATTEMPTS_MAX = 5;

/** PostgreSQL's: not serializable, a deadlock, a name that was pruned meanwhile. https://www.postgresql.org/docs/15/errcodes-appendix.html */
const TRY_AGAIN: ReadonlySet<unknown> = new Set(["40001", "40P01", "23503"]);

/**
 * Stores a run as a whole, or nothing of it; gives whether it was stored, and not there already.
 *
 * @throws what `storeErrorOf` knows
 */
export async function saveRun({ db }: HistoryStore, run: StoredRun): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction().execute((transaction) => save(transaction, run));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (attempt === ATTEMPTS_MAX || !TRY_AGAIN.has(code)) throw error;
    }
  }
}

async function save(db: Db, run: StoredRun): Promise<boolean> {
  const added = await db
    .insertInto("memwatch_run")
    .values(runRow(run))
    .onConflict((conflict) => conflict.column("run").doNothing())
    .returning("id")
    .executeTakeFirst();
  if (added === undefined) return false;
  const at = { run_id: added.id, at_ms: Date.parse(run.startedAt) };
  const labels = Object.entries(run.labels).map(([name, value]) => ({ run_id: added.id, name, value }));
  if (labels.length > 0) await db.insertInto("memwatch_label").values(labels).execute();
  const named = [...run.tests, ...run.findings].flatMap(({ test }) => test ?? []);
  const idOf = await testIds(db, named, at.at_ms);
  const results = run.tests.map((test) => ({ ...at, test_id: idOf(test.test), ...resultCells(test) }));
  for (const batch of batchesOf(results)) await db.insertInto("memwatch_result").values(batch).execute();
  const signatureOf = await signatureIds(db, run.findings);
  const findings = run.findings.map((finding, position) => ({
    ...at,
    position,
    signature_id: signatureOf(finding.signature),
    test_id: finding.test === null ? null : idOf(finding.test),
    ...findingCells(finding),
  }));
  for (const batch of batchesOf(findings)) await db.insertInto("memwatch_finding").values(batch).execute();
  return true;
}

function runRow(run: StoredRun): NewRow<"memwatch_run"> {
  const { engine, ttnn, python, host, branch, board, job } = run;
  const count = (wanted: StoredTest["state"]): number => run.tests.filter(({ state }) => state === wanted).length;
  const left = run.findings.filter(isLeftBehind);
  return {
    run: run.id,
    at_ms: Date.parse(run.startedAt),
    duration_ms: Math.round(run.durationMs),
    command: JSON.stringify(run.command),
    cwd: run.cwd,
    ...{ engine, ttnn, python, host, branch, board, job },
    commit_id: run.commit,
    exit_code: run.exitCode,
    command_exit_code: run.commandExitCode,
    tests_checked: count("checked"),
    tests_not_checked: count("not-checked"),
    tests_no_device: count("no-device"),
    findings_left: left.length,
    findings_failing: run.findings.filter(({ fails }) => fails).length,
    left_bytes: left.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    export_bytes: Buffer.byteLength(exportedLine(run)),
  };
}

/** Of `is_checked`. */
const CHECKED = 1;
const CHECKED_MIDWAY = 2;

function resultCells(test: StoredTest) {
  const { state, outcome, durationMs, left, peak } = test;
  return {
    is_checked: showsWhatIsGone(test) ? (test.endedMidway === true ? CHECKED_MIDWAY : CHECKED) : 0,
    state,
    outcome,
    duration_ms: durationMs,
    ...amountCells(left, peak),
  };
}

function findingCells(finding: StoredFinding) {
  const { verdict, attempt, device, memoryType, sizeBytes, buffers, fails, origin, holders, known } = finding;
  return {
    is_left: Number(isLeftBehind(finding)),
    verdict,
    attempt,
    device,
    memory_type: memoryType,
    size_bytes: sizeBytes,
    buffers,
    fails: Number(fails),
    detail: JSON.stringify({ origin, holders, known }),
  };
}
