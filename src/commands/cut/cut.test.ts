import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runOperands } from "../../../fixtures/command/run-operands.ts";
import { recordingOf } from "../../../fixtures/recording/recorded.ts";
import { A, B, C, Story } from "../../../fixtures/recording/story.ts";
import { BANKS, fixtureRef, Scenario } from "../../../fixtures/run/scenario.ts";
import { ownFile } from "../../files/own-files.ts";
import { RecordingReader } from "../../in/recording/recording-reader.ts";
import { Faults } from "../own-faults.ts";
import { replayedRun } from "../replay/replayed-run.ts";
import { cutCommand } from "./cut.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-cut-"));
after(() => rmSync(home, { recursive: true }));

writeFileSync(join(home, "run.mcap"), "");
linkSync(join(home, "run.mcap"), join(home, "hard.mcap"));
symlinkSync("run.mcap", join(home, "link.mcap"));

const FILE = join(home, "run.mcap");

function report(file: string) {
  const faults = new Faults(process.stderr);
  const { report: made } = replayedRun("cut", file, {
    env: {},
    cwd: home,
    stdout: process.stdout,
    stderr: process.stderr,
    faults,
  });
  assert.equal(faults.count, 0);
  return made;
}

const cut = (name: string, ...words: readonly string[]) =>
  runOperands(cutCommand, ["--test", name, "-o", "cut.mcap", ...words, "run.mcap"], home);

/** A leaves 64, which is freed while C runs; B leaves 128 and finds what A left; C leaves 192, which is of another size. */
const STORY = new Story()
  .test(A, {}, { 64: 2048 })
  .test(B, { 64: 2048 }, { 64: 2048, 128: 4096 })
  .test(C, { 64: 2048, 128: 4096 }, { 128: 4096, 192: 1024 });

for (const [name, verdict] of [
  [A, "late-free"],
  [B, "suspect"],
  [C, "suspect"],
] as const) {
  test(`around ${name} a cut recording has the same finding, whatever ran before and after`, async () => {
    writeFileSync(FILE, STORY.recording());
    const { stdout } = await cut(name);
    assert.match(stdout, /^cut\.mcap: .* KB, 1 finding of .*, as in run\.mcap\n$/);
    const [whole, part] = [report("run.mcap"), report("cut.mcap")];
    const ofTest = (made: typeof whole) => made.findings.filter((finding) => finding.test === name);
    assert.deepEqual(
      ofTest(part).map((finding) => finding.verdict),
      [verdict],
    );
    const [found, wanted] = [ofTest(part)[0], ofTest(whole)[0]];
    assert.deepEqual(
      [found?.origin, found?.holders, found?.sizeBytes],
      [wanted?.origin, wanted?.holders, wanted?.sizeBytes],
    );
    assert.deepEqual(
      part.tests.map((each) => each.test),
      [name],
    );
    assert.deepEqual(
      part.findings.filter((finding) => finding.fails && finding.test !== name),
      [],
    );
    assert.equal(part.run.tracing[0]?.lost, 0);
  });
}

test("a test may be named without the folders before its file, and one that several could be is not guessed", async () => {
  writeFileSync(FILE, STORY.recording());
  const { stdout } = await cut("test_other.py::TestSecret::test_c");
  assert.match(stdout, new RegExp(`1 finding of ${C}, as in run`));
  writeFileSync(FILE, new Story().test(A, {}, {}).test(A.replace("secret/", "other/"), {}, {}).recording());
  await assert.rejects(cut("test_secret.py::test_a[secret]"), {
    message: `cut: --test test_secret.py::test_a[secret]: it could be ${A} or ${A.replace("secret/", "other/")}`,
  });
});

test("a test that ran out of memory keeps the names of those whose memory was live, and nothing else of them", async () => {
  const story = new Story().test(A, {}, { 64: 2048 }).test(B, { 64: 2048 }, { 64: 2048 });
  writeFileSync(
    FILE,
    story.test(C, { 64: 2048 }, { 64: 2048, 192: 1024 }).failing("t.py::t", { 64: 2048, 192: 1024 }).recording(),
  );
  for (const [words, named] of [
    [[], [A, C]],
    [["--redact"], ["d2/f1.py::n1[p1]", "d2/f2.py::n2::n3"]],
  ] as const) {
    await cut("t.py::t", ...words);
    const { outOfMemory, findings, tests } = report("cut.mcap");
    assert.deepEqual(
      outOfMemory[0]?.live.map(({ test: name }) => name),
      named,
    );
    assert.deepEqual(
      findings.map((finding) => [finding.verdict, finding.fixture?.name, finding.test]),
      [["expected", "what ran before", null]],
    );
    assert.deepEqual(
      tests.map(({ state }) => state),
      ["no-device", "no-device", "checked"],
    );
  }
});

test("a verdict that depends on other tests is reported", async () => {
  const same = new Story()
    .test(A, {}, { 64: 2048 })
    .test(A.replace("[secret]", "[other]"), { 64: 2048 }, { 64: 2048, 128: 2048 });
  writeFileSync(FILE, same.recording());
  const { stdout } = await cut(A);
  assert.match(
    stdout,
    /not all as in run\.mcap\nleak of 24\.0 KB DRAM is suspect in it: the verdict depends on other tests\n$/,
  );
});

test("what a wider fixture made in the test, and what became of it, stays", async () => {
  const weights = fixtureRef("weights");
  const story = new Scenario().begin("a").look("fixture", { DRAM: { 64: 10 } }, { fixture: weights });
  const rest = story
    .look("after", { DRAM: { 64: 10 } })
    .end("a")
    .begin("b")
    .look("before", { DRAM: { 64: 10 } });
  const events = rest.endFixture(weights).look("close", {}).endDevice().end("b").bye().events();
  writeFileSync(FILE, recordingOf(events.map((event) => ({ kind: "event", event }))));
  const { stdout } = await cut("a");
  assert.match(stdout, /1 finding of a, as in run\.mcap/);
});

/** All that is in a recording, as text. */
function textOf(file: string): string {
  using reader = RecordingReader.open(file);
  const steps = [...reader.steps()].map((step) => (step.kind === "records" ? step.kind : step));
  return JSON.stringify(steps, (_, value) => (typeof value === "bigint" ? `${value}` : value));
}

test("redacted, it has none of the names and the same finding; unused stacks are in neither", async () => {
  writeFileSync(FILE, STORY.recording());
  await cut(B);
  assert.match(textOf(join(home, "cut.mcap")), /SecretModel/);
  assert.doesNotMatch(textOf(join(home, "cut.mcap")), /unused/);
  const { stdout } = await cut(B, "--redact");
  const [, name = ""] = /1 finding of (.*), as in/.exec(stdout) ?? [];
  assert.match(name, /^d\d\/f\d\.py::n\d+$/);
  assert.deepEqual(textOf(join(home, "cut.mcap")).match(/.{20}(secret|suite|test_).{20}/gi), null);
  const [finding] = report("cut.mcap").findings.filter((each) => each.test === name);
  assert.deepEqual([finding?.verdict, finding?.sizeBytes, finding?.origin?.line], ["suspect", 4096 * BANKS, 12]);
  assert.match(finding?.origin?.file ?? "", /^d\d\/f\d\.py$/);
  assert.equal(finding?.origin?.operation, "ttnn.zeros");
});

test("a small part of a long run is small", async () => {
  const long = new Story();
  for (let number = 0; number < 300; number += 1) long.test(`test_many.py::test_many[${number}]`, {}, {});
  writeFileSync(FILE, long.recording());
  await cut("test_many.py::test_many[150]");
  assert.ok(statSync(join(home, "cut.mcap")).size < statSync(FILE).size / 2);
});

for (const [words, reason] of [
  [["-o", "x.mcap", "run.mcap"], /^cut: --test needs the id of a test/],
  [["--test", A, "run.mcap"], /^cut: -o needs the name of a file/],
  [
    ["--test", A, "-o", "run.mcap", "run.mcap"],
    /^cut: FILE and -o both name .*run\.mcap; give each a file of its own$/,
  ],
  [["--test", A, "-o", "link.mcap", "run.mcap"], /^cut: FILE .*run\.mcap and -o .*link\.mcap are one file; /],
  [["--test", A, "-o", "run.mcap", "hard.mcap"], /^cut: FILE .*hard\.mcap and -o .*run\.mcap are one file; /],
  [
    ["--test", "none", "-o", "x.mcap", "run.mcap"],
    /^cut: --test none: no such test began in run\.mcap; name one by its node id$/,
  ],
  [["--test", A, "-o", "x.mcap", "none.mcap"], /^cut: none\.mcap cannot be read: there is no such file/],
  [["--test", A, "-o", "none/x.mcap", "run.mcap"], /there is no folder/],
  [["--test", A, "-o", "-", "run.mcap"], /^cut: -o needs a file of its own; it cannot go to standard output$/],
  [["--test", A, "-o", "/dev/full", "run.mcap"], /^cut: -o \/dev\/full is not a regular file; name one, or a new one$/],
] as const) {
  test(`"cut ${words.join(" ")}" is refused: ${reason.source}`, async () => {
    const recording = STORY.recording();
    writeFileSync(FILE, recording);
    await assert.rejects(runOperands(cutCommand, words, home), { name: "UsageError", message: reason });
    assert.deepEqual(readFileSync(FILE), recording);
  });
}

for (const before of [null, "what was there"]) {
  test(`a full disk is one line, and leaves ${before === null ? "no file" : before}`, () => {
    const folder = mkdtempSync(join(home, "full-"));
    writeFileSync(join(folder, "run.mcap"), STORY.recording());
    if (before !== null) writeFileSync(join(folder, "out.mcap"), before);
    const words = [ownFile("src/main.ts"), "cut", "--test", A, "-o", "out.mcap", "run.mcap"];
    const limited = ["-c", 'ulimit -f 1; exec "$0" "$@"', process.execPath, ...words];
    const { status, stderr } = spawnSync("sh", limited, { cwd: folder, encoding: "utf8" });
    assert.match(
      stderr,
      /^tt-memwatch: cannot write the recording to ".*out\.mcap": file too large \(EFBIG\); [^\n]+\n$/,
    );
    assert.equal(status, 2);
    assert.deepEqual(readdirSync(folder), before === null ? ["run.mcap"] : ["out.mcap", "run.mcap"]);
    if (before !== null) assert.equal(readFileSync(join(folder, "out.mcap"), "utf8"), before);
  });
}
