import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ask, LEAKING_TEST, makeFolder, makeSuite, NEWEST, programOf, readReport, runRecorded } from "./run-harness.ts";

const PYTEST = programOf(NEWEST, "pytest");

const SUPPRESSIONS = `
[[suppression]]
reason = "kept on purpose"
tests = "test_a.py::*"
until = 2999-12-31

[[suppression]]
reason = "long gone"
tests = "test_a.py::*"
holder = "test_a.GONE"
`;

test("a run takes the suppressions in its folder and is held against a baseline; its recording replays to the same", async () => {
  const json = join(makeFolder(), "report.json");
  const cwd = makeSuite({
    "test_a.py": LEAKING_TEST,
    "test_b.py": LEAKING_TEST,
    "memwatch-suppressions.toml": SUPPRESSIONS,
    "base.txt": "tt-memwatch-baseline 1\n",
  });
  const run = await runRecorded(json, ["--baseline", "base.txt"], [PYTEST, "-q"], { cwd });
  assert.equal(run.exitCode, 1, run.stderr);
  assert.match(run.stdout, /^suppressions +memwatch-suppressions\.toml: 1 unused, 1 used$/m);
  assert.match(run.stdout, /^baseline +base\.txt, 0 entries: 1 new$/m);
  const { findings } = readReport(json);
  assert.deepEqual(
    findings.map(({ test: name, verdict, fails, known, baseline }) => [name, verdict, fails, known?.by, baseline]),
    [
      ["test_b.py::test_leak", "suspect", true, undefined, "new"],
      ["test_a.py::test_leak", "suspect", false, "suppression", null],
      [null, "fixed", false, undefined, null],
    ],
  );
  const updated = ask("baseline", "update", join(cwd, "base.txt"), "--from", json);
  assert.match(updated.stdout, /base\.txt has 1 entry: 1 added, 0 changed, 0 removed$/m);
  const replay = ask("replay", "--baseline", join(cwd, "base.txt"), `${json}.mcap`);
  assert.equal(replay.exitCode, 0, replay.stdout);
  assert.equal(ask("diff", json, `${json}.mcap`).exitCode, 0);
});
