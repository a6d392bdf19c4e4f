import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { runOperands } from "../../../fixtures/command/run-operands.ts";
import {
  ask,
  heldAgainst,
  history,
  home,
  knownOfDay,
  LEAK,
  placeAt,
  store,
} from "../../../fixtures/history/asked-history.ts";
import { MONTH, statesFound, statesOfDay } from "../../../fixtures/history/month.ts";
import { NO_POSTGRES, type OwnPostgres, startPostgres } from "../../../fixtures/history/postgres.ts";
import { dayAt, NOWHERE, type Planted, reportOfDay, storedDay } from "../../../fixtures/history/runs.ts";
import { storeDay } from "../../../fixtures/history/store-day.ts";
import type { FindingHistory, ListedRun, StoredRun, Surroundings } from "../../core/model/history.ts";
import { diffCommand } from "../known/diff.ts";
import { keepRun } from "./keep-run.ts";

describe("a history in a file", () => contract((name) => join(home, `${name}.db`), storeInThread));

describe("a history on a PostgreSQL server", { skip: NO_POSTGRES }, () => {
  let server: OwnPostgres | null = null;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server?.stop());
  contract((name) => server?.database(name) ?? "", storeDay);
});

/** A thread that waits for a file waits as a whole. */
async function storeInThread(where: string, day: number): Promise<void> {
  const worker = new Worker(new URL("../../../fixtures/history/store-worker.ts", import.meta.url), {
    workerData: { where, day },
  });
  assert.deepEqual(await once(worker, "exit"), [0]);
}

/** What every history does. `make`: where there is a new one; `storeAtOnce`: stores the run of a day while others are stored. */
function contract(make: (name: string) => string, storeAtOnce: typeof storeDay): void {
  it("has each run once, the last one first, and lists those that are asked for", async () => {
    const place = placeAt(make("listed"));
    const surroundings = { ...NOWHERE, host: "ci-1", commit: "4f0c9a1be23d77", branch: "main" };
    await store(place, 1, [], { ...surroundings, labels: { suite: "nightly", team: 'o"ps%' } });
    assert.equal((await store(place, 2, [LEAK], { ...surroundings, branch: "topic" })).isNew, true);
    assert.equal((await store(place, 2, [LEAK], surroundings)).isNew, false);
    const runs: readonly ListedRun[] = (await ask(place, "runs")).runs;
    assert.deepEqual(
      runs.map(({ startedAt, branch, left, leftBytes, labels }) => ({ startedAt, branch, left, leftBytes, labels })),
      [
        { startedAt: dayAt(2), branch: "topic", left: 1, leftBytes: 49_152, labels: {} },
        { startedAt: dayAt(1), branch: "main", left: 0, leftBytes: 0, labels: { suite: "nightly", team: 'o"ps%' } },
      ],
    );
    const idsOf = async (...words: readonly string[]) =>
      (await ask(place, "runs", ...words)).runs.map(({ id }: ListedRun) => id);
    const [second, first] = runs.map(({ id }) => id);
    assert.deepEqual(await idsOf("--limit", "1"), [second]);
    assert.deepEqual(await idsOf("--branch", "main"), [first]);
    assert.deepEqual(await idsOf("--label", 'team=o"ps%'), [first]);
    assert.deepEqual(await idsOf("--label", "suite=nightly", "--label", "team=ops"), []);
    assert.deepEqual(await idsOf("--host", "ci-1", "--branch", "topic"), [second]);
    const { stdout } = await history(place, "runs");
    assert.match(stdout, /2026-11-02 02:00 +topic +4f0c9a1be +ci-1 +0\.66\.0 +2 +48\.0 KB in 1 finding +0\n/);
    assert.match(stdout, /\ntt-memwatch: 2 runs\n$/);
  });

  it("tells the right state of each finding on each day of a month", async () => {
    const place = placeAt(make("month"));
    for (const { day, tests, left } of MONTH) {
      const before = await heldAgainst(place, reportOfDay(day, tests, left));
      await keepRun(place, storedDay(day, tests, left));
      const findings: readonly FindingHistory[] = (await ask(place, "findings")).findings;
      assert.deepEqual(statesFound(findings), statesOfDay(day), `day ${day}`);
      assert.deepEqual(before, day === 1 ? null : knownOfDay(findings, day), `day ${day} before it is stored`);
    }
    const { stdout } = await history(place, "findings", "--state", "known,fixed");
    assert.match(
      stdout,
      /^known +2026-11-01 +2026-11-30 +29 +48\.0 KB +DRAM +tests\/unit\/test_a\.py::test_alpha \(renamed\)/m,
    );
    assert.match(stdout, /^fixed +2026-11-05 +2026-11-19, gone 2026-11-20 +10 /m);
  });

  it("tells tests of one name in two files apart, though they have one signature", async () => {
    const place = placeAt(make("files"));
    const [one, other]: readonly Planted[] = ["tests/test_a.py::test_a", "tests/test_b.py::test_a"].map((test) => ({
      test,
    }));
    if (one === undefined || other === undefined) return assert.fail();
    const told: string[][] = [];
    for (const [day, left] of [[one], [one, other], [other], [other, one]].entries()) {
      const leaks = left.map((each) => ({ ...each, statement: "KEPT.append(x)" }));
      await keepRun(place, sameSignature(storedDay(day + 1, [one.test, other.test], leaks)));
      const { findings }: { readonly findings: readonly FindingHistory[] } = await ask(place, "findings");
      told.push(findings.map(({ test, state, runs }) => `${test} ${state} ${runs}`).toSorted());
    }
    assert.deepEqual(told, [
      [`${one.test} new 1`],
      [`${one.test} known 2`, `${other.test} new 1`],
      [`${one.test} fixed 2`, `${other.test} known 2`],
      [`${one.test} came-back 3`, `${other.test} known 3`],
    ]);
  });

  it("takes nothing for fixed where the test was skipped or failed", async () => {
    const place = placeAt(make("unfinished"));
    await store(place, 1, [LEAK]);
    const outcomes = ["skipped", "failed", "error", "xfailed", "passed"] as const;
    const states: string[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const run = storedDay(index + 2, [LEAK.test], []);
      await keepRun(place, { ...run, tests: run.tests.map((test) => ({ ...test, outcome })) });
      const { findings }: { readonly findings: readonly FindingHistory[] } = await ask(place, "findings");
      states.push(...findings.map(({ state }) => state));
    }
    assert.deepEqual(states, ["new", "new", "new", "new", "fixed"]);
  });

  it("takes what a wider fixture left for fixed only where its process went on until the fixture ended", async () => {
    const place = placeAt(make("midway"));
    const first = storedDay(1, [LEAK.test], [LEAK]);
    const ofFixture = first.findings.map((each) => ({ ...each, signature: "v2:dram:fixture_table:4f0c9a1be23d" }));
    await keepRun(place, { ...first, findings: [...first.findings, ...ofFixture] });
    const states: string[][] = [];
    for (const [day, endedMidway] of [
      [2, true],
      [3, false],
    ] as const) {
      const run = storedDay(day, [LEAK.test], []);
      await keepRun(place, { ...run, tests: run.tests.map((test) => ({ ...test, endedMidway })) });
      const { findings }: { readonly findings: readonly FindingHistory[] } = await ask(place, "findings");
      states.push(findings.map(({ signature, state }) => `${signature.split(":")[2]} ${state}`).toSorted());
    }
    assert.deepEqual(states, [
      ["fixture_table new", "test_a fixed"],
      ["fixture_table fixed", "test_a fixed"],
    ]);
  });

  it("tells states by the runs that are asked for alone", async () => {
    const place = placeAt(make("branches"));
    const on = (branch: string): Surroundings => ({ ...NOWHERE, branch });
    await store(place, 1, [LEAK], on("main"));
    await store(place, 2, [], on("topic"));
    await store(place, 3, [LEAK], on("main"));
    await store(place, 4, [], on("topic"));
    const statesOf = async (...words: readonly string[]) => {
      const { findings }: { readonly findings: readonly FindingHistory[] } = await ask(place, "findings", ...words);
      return findings.map(({ state, runs }) => [state, runs]);
    };
    assert.deepEqual(await statesOf("--branch", "main"), [["known", 2]]);
    assert.deepEqual(await statesOf("--branch", "topic"), []);
    assert.deepEqual(await statesOf(), [["fixed", 2]]);
  });

  it("shows a test over runs, and names tests that are alike where there is none", async () => {
    const place = placeAt(make("test"));
    for (const [index, sizeBytes] of [0, 24, 24, 48].entries()) {
      const left = sizeBytes === 0 ? [] : [{ ...LEAK, sizeBytes: sizeBytes * 1024 }];
      await store(place, index + 1, left);
    }
    const { runs } = await ask(place, "test", LEAK.test);
    assert.deepEqual(
      runs.map(({ left, peak }: { left: object; peak: object }) => [left, peak]),
      [0, 24, 24, 48].map((kb) => [{ DRAM: kb * 1024, L1: 0, L1_SMALL: 0 }, { DRAM: (kb + 16) * 1024 }]),
    );
    assert.equal((await ask(place, "test", `../../suite/${LEAK.test}`)).test, LEAK.test);
    const { stdout } = await history(place, "test", LEAK.test);
    assert.match(stdout, /^ {2}left DRAM +▁▅▅█ {2}0 B to 48\.0 KB\n {2}peak DRAM +▃▆▆█ {2}16\.0 KB to 64\.0 KB$/m);
    const message =
      /^history: no such run has the test test_; there is tests\/test_a\.py::test_a, tests\/test_a\.py::test_b$/;
    await assert.rejects(history(place, "test", "test_"), { name: "UsageError", message });
  });

  it("has a run by name, to compare with another: the last one, the last green one, that of a branch, any by its id", async () => {
    const place = placeAt(make("named"));
    await store(place, 1, [], { ...NOWHERE, branch: "main" });
    const failing = storedDay(2, [LEAK.test], [LEAK], { ...NOWHERE, branch: "topic" });
    await keepRun(place, { ...failing, exitCode: 1 });
    const diff = (...runs: readonly string[]) =>
      runOperands(diffCommand, ["--json", `--history=${place.where}`, ...runs], home, { HOME: home });
    for (const before of ["branch:main", "last-green"]) {
      const { exitCode, stdout } = await diff(before, "last");
      const compared = JSON.parse(stdout);
      assert.deepEqual([exitCode, compared.before.startedAt, compared.after.startedAt], [1, dayAt(1), dayAt(2)]);
      assert.deepEqual(
        compared.leftovers.map(({ change, after: { test, buffers } }: ComparedRow) => [change, test, buffers]),
        [["new", LEAK.test, 1]],
      );
    }
    assert.equal((await diff(`run:${failing.id}`, "branch:topic")).exitCode, 0);
    const message = /^diff: branch:other: the history has no such run; tt-memwatch history lists what it has$/;
    await assert.rejects(diff("branch:other", "last"), { name: "UsageError", message });
  });

  it("says by how much what a test leaves grows a day, and since which commit", async () => {
    const place = placeAt(make("growth"));
    for (let day = 1; day <= 9; day += 1) {
      const sizeBytes = 24 * 1024 * Math.max(0, day - 2);
      await store(place, day, sizeBytes === 0 ? [] : [{ ...LEAK, sizeBytes }], { ...NOWHERE, commit: `c0ffee${day}` });
    }
    const { growth } = await ask(place, "test", LEAK.test);
    const perDay = { bytes: 24_576, lowBytes: 24_576, highBytes: 24_576 };
    const refs = { lastWithout: growth[0]?.lastWithout.commit, firstWith: growth[0]?.firstWith.commit };
    assert.deepEqual([growth[0]?.perDay, refs], [perDay, { lastWithout: "c0ffee2", firstWith: "c0ffee3" }]);
    const { stdout } = await history(place, "test", LEAK.test);
    const line =
      "  left DRAM grows exactly 24.0 KB a day since 2026-11-03 at c0ffee3; not yet on 2026-11-02 at c0ffee2";
    assert.ok(stdout.includes(`${line}\n`), stdout);
  });

  it("exports what another one imports: the same runs, findings and export", async () => {
    const [one, other] = [placeAt(make("exported")), placeAt(make("imported"))];
    const odd = { test: `tests/test_a.py::test_b[${"x".repeat(700)}\u0000]`, earlierSignatures: ["DRAM:1"] };
    await store(one, 1, [LEAK], { ...NOWHERE, board: "n300", labels: { suite: "nightly" } });
    await store(one, 2, [LEAK, odd]);
    const { stdout: exported } = await history(one, "export");
    const file = join(home, "exported.jsonl");
    writeFileSync(file, exported);
    assert.match((await history(other, "import", file)).stdout, /: stored 2 runs\n$/);
    assert.match((await history(other, "import", file)).stdout, /: stored 0 runs; 2 had been stored before\n$/);
    assert.equal((await history(other, "export")).stdout, exported);
    assert.deepEqual(await ask(other, "findings"), await ask(one, "findings"));
    assert.equal((await history(one, "export", "--label", "suite=nightly")).stdout, `${exported.split("\n")[0]}\n`);
  });

  it("goes on with a finding under the name that a newer version gives it", async () => {
    const place = placeAt(make("signatures"));
    const old = { ...LEAK, statement: "as an earlier version saw it" };
    const earlierSignatures = [storedDay(1, [LEAK.test], [old]).findings[0]?.signature ?? ""];
    await store(place, 1, [old]);
    await store(place, 2, [{ ...LEAK, earlierSignatures }]);
    await store(place, 3, [old]);
    const findings: readonly FindingHistory[] = (await ask(place, "findings")).findings;
    assert.deepEqual(
      findings.map(({ state, runs }) => [state, runs]),
      [["known", 3]],
    );
  });

  it("removes the oldest runs by age and by size, but never the last one", async () => {
    const place = placeAt(make("pruned"));
    for (let day = 1; day <= 4; day += 1) await store(place, day, [LEAK]);
    const lineBytes = (await history(place, "export")).stdout.length / 4;
    assert.match(
      (await history(place, "prune", "--keep-size", `${Math.ceil(lineBytes * 3)}`)).stdout,
      /removed 1 run\n/,
    );
    assert.match((await history(place, "prune", "--keep-size", "1")).stdout, /removed 2 runs\n/);
    const old = { ...place, retention: { ageMs: 1, sizeBytes: null } };
    assert.deepEqual(await store(old, 5, []), { isNew: true, removed: 1 });
    assert.deepEqual(
      (await ask(place, "runs")).runs.map(({ startedAt }: ListedRun) => startedAt),
      [dayAt(5)],
    );
    assert.deepEqual((await ask(place, "findings")).findings, []);
  });

  it("takes 20 runs at once, also where it was not there", async () => {
    const place = placeAt(make("crowded"));
    const days = Array.from({ length: 20 }, (_, index) => index + 1);
    await Promise.all(days.map((day) => storeAtOnce(place.where, day)));
    const { runs } = await ask(place, "runs", "--limit", "100");
    assert.deepEqual(
      runs.map(({ startedAt }: ListedRun) => startedAt),
      days.map(dayAt).reverse(),
    );
    const [finding] = (await ask(place, "findings")).findings;
    assert.deepEqual([finding.state, finding.runs], ["known", 20]);
  });
}

interface ComparedRow {
  readonly change: string;
  readonly after: { readonly test: string; readonly buffers: number };
}

/** As tests of one package with one helper have it. */
function sameSignature(run: StoredRun): StoredRun {
  return { ...run, findings: run.findings.map((each) => ({ ...each, signature: "v2:dram:test_a:0123456789ab" })) };
}
