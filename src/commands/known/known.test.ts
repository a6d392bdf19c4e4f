import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import {
  baseline,
  END,
  home,
  path,
  read,
  replay,
  replayed,
  suppress,
  writeRecording,
  writeReport,
} from "../../../fixtures/command/known-folder.ts";
import { runOperands } from "../../../fixtures/command/run-operands.ts";
import { RUN, recordingOf } from "../../../fixtures/recording/recorded.ts";
import { finding } from "../../../fixtures/report/builders.ts";
import { suppression } from "../../../fixtures/report/known.ts";
import { Scenario } from "../../../fixtures/run/scenario.ts";
import type { NotedEntry } from "../../core/model/baseline.ts";
import { parseBaseline } from "../../in/rules/baseline-file.ts";
import { baselineText } from "../../out/report/known/baseline-text.ts";
import { baselineCommand } from "../ask/baseline.ts";

test("a baseline that is made of a run lets that run pass, and what is new or more fail", async () => {
  const good = writeRecording("good.mcap", 100, 0);
  assert.equal((await replay(good)).exitCode, 1);
  const { stdout } = await baseline("update", "base.txt", "--from", good);
  assert.equal(stdout, "base.txt has 1 entry: 1 added, 0 changed, 0 removed\n");
  const same = await replayed("--baseline", "base.txt", good);
  assert.deepEqual([same.exitCode, same.told], [0, [["t.py::a", false, "baseline"]]]);
  const worse = await replayed("--baseline", "base.txt", writeRecording("worse.mcap", 100, 200));
  assert.equal(worse.exitCode, 1);
  assert.deepEqual(worse.held.findings, { new: 1, grew: 0, known: 1 });
  const better = await replayed("--baseline", "base.txt", writeRecording("better.mcap", 0, 0));
  assert.deepEqual([better.exitCode, better.held.gone.length], [0, 1]);
});

test("a report or a recording of a good run is a baseline, too", async () => {
  const good = writeRecording("good.mcap", 100, 0);
  await replay("--json", "good.json", good);
  for (const file of [good, "good.json"]) {
    assert.equal((await replayed("--baseline", file, good)).exitCode, 0);
  }
});

test("a run of the history is a baseline by its name; where there is none yet, all is new", async () => {
  const [good, place] = [writeRecording("good.mcap", 100, 0), "--history=./h.db"];
  const first = await replayed("--baseline", "last-green", place, good);
  assert.deepEqual([first.exitCode, first.told], [1, [["t.py::a", true, "new"]]]);
  assert.match(first.held.name, /^last-green \(not in the history yet\)$/);
  const second = await replayed("--baseline", "last", place, good);
  assert.deepEqual([second.exitCode, second.told], [0, [["t.py::a", false, "baseline"]]]);
  assert.match(second.held.name, /^last \([0-9a-f]{12} of 2026-11-27 02:14\)$/);
  const { stdout } = await runOperands(baselineCommand, ["update", "b.txt", "--from", "last", place], home);
  assert.match(stdout, /^b\.txt has 1 entry: 1 added/);
});

test("an update takes what the run left, keeps what it did not check with its comment, and drops what is gone", async () => {
  const leak = (test: string, signature: string) => finding({ test, signature, sizeBytes: 1200 });
  await baseline(
    "update",
    "base.txt",
    "--from",
    writeReport("one.json", [leak("t.py::a", "s1"), leak("t.py::b", "s2")]),
  );
  const two = writeReport("two.json", [{ ...leak("t.py::b", "s3"), sizeBytes: 2400 }], ["t.py::b"]);
  const { stdout } = await baseline("update", "--json", "base.txt", "--from", two);
  const told = { file: "base.txt", entries: 2, added: 1, changed: 0, removed: 1, kept: 1, withoutFile: 0 };
  assert.deepEqual(JSON.parse(stdout), told);
  assert.match(
    read("base.txt"),
    /\[t\.py::a\]\n# leak, 1\.2 KB DRAM in 1 finding\n1200 bytes in 0 buffers of 1 test: s1\n/,
  );
});

test("a baseline's text is read as it was written, whatever is in it, and the order of findings does not matter", () => {
  const word = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('"', "[a]", "# x", "\n", "\u202e", "\ud800", " s "),
  );
  const fields = {
    signature: word,
    test: fc.option(word.filter((text) => text !== "(between tests)")),
    sizeBytes: fc.nat(),
    buffers: fc.nat(),
    checkedTests: fc.option(fc.nat()),
    note: fc.constant(null),
  };
  const entry = fc.record(fields, { noNullPrototype: true });
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { selector: ({ signature, test }) => JSON.stringify([signature, test]) }),
      (entries: NotedEntry[]) => {
        const text = baselineText(entries);
        const result = parseBaseline(text, "base.txt");
        assert.ok(result.kind === "baseline", JSON.stringify(result));
        const sorted = (some: readonly NotedEntry[]) =>
          some.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
        assert.deepEqual(sorted(result.entries), sorted(entries));
        assert.equal(baselineText(entries.toReversed()), text);
      },
    ),
  );
});

test("what a recording lacks is reported, and what it does not have is kept", async () => {
  const whole = writeRecording("whole.mcap", 100, 100);
  await baseline("update", "base.txt", "--from", whole);
  const firstTest = new Scenario().test("t.py::a", {}, { DRAM: { 64: 100 } }).events();
  writeFileSync(
    path("cut.mcap"),
    recordingOf(
      firstTest.map((event) => ({ kind: "event", event }) as const),
      null,
    ),
  );
  const cut = "cut.mcap";
  const lack = ": cut.mcap: the recording is not whole: ";
  const listed = await suppress(cut);
  assert.ok(listed.stderr.startsWith(`tt-memwatch: suppress${lack}`), listed.stderr);
  const updated = await baseline("update", "base.txt", "--from", cut);
  assert.ok(updated.stderr.startsWith(`tt-memwatch: baseline update${lack}`), updated.stderr);
  assert.match(updated.stdout, /, 0 removed, 1 kept /);
});

test("what a recorded run knew is known when it is replayed, unless another file is named, or none", async () => {
  const deeds = new Scenario()
    .test("t.py::a", {}, { DRAM: { 64: 100 } })
    .bye()
    .events();
  writeFileSync(path("s.toml"), '[[suppression]]\nreason = "known"\ntests = "*"\n');
  await replay("--json", "first.json", writeRecording("first.mcap", 100, 0));
  const known = {
    suppressions: { file: "x.toml", path: "/x.toml", entries: [suppression({ tests: "*" })] },
    baseline: { name: "base.txt", tolerance: { bytes: 0, share: 0 }, entries: [entryOfFirst()] },
  };
  const events = deeds.map((event) => ({ kind: "event", event }) as const);
  writeFileSync(path("run.mcap"), recordingOf(events, { ...END, commandExitCode: 0 }, { ...RUN, known }));
  const toldBy = async (...flags: readonly string[]) => (await replayed(...flags, "run.mcap")).told;
  assert.deepEqual(await toldBy(), [["t.py::a", false, "suppression"]]);
  assert.deepEqual(await toldBy("--no-suppressions"), [["t.py::a", false, "baseline"]]);
  assert.deepEqual(await toldBy("--no-suppressions", "--no-baseline"), [["t.py::a", true, null]]);
  const other = await replayed("--suppressions", "s.toml", "run.mcap");
  assert.deepEqual([other.told, other.suppressions.file], [[["t.py::a", false, "suppression"]], "s.toml"]);
});

function entryOfFirst() {
  const [{ signature }] = JSON.parse(read("first.json")).findings;
  return { signature, test: "t.py::a", sizeBytes: 1200, buffers: 1, checkedTests: 1 };
}

test("what cannot be meant is reported in one line, and nothing is written", async () => {
  const report = writeReport("r.json", [finding({ signature: "s" })]);
  writeFileSync(path("bad.txt"), "hello\n");
  writeFileSync(path("bad.toml"), "[[suppression]]\n");
  const recording = writeRecording("run.mcap", 100, 0);
  for (const [attempt, message] of [
    [() => suppress(), /^suppress: name a recording or a report/],
    [() => suppress("--finding", "2", "--reason", "x", report), /^suppress: r\.json has 1 finding to choose from; /],
    [() => suppress("--signature", "t", "--reason", "x", report), /^suppress: r\.json has no such signature; /],
    [() => suppress("--finding", "1", "--signature", "s", report), /both say which/],
    [
      () => suppress("--finding", "1", "--reason", "x".repeat(4_001), report),
      /^mem.*:7:1: suppression\.0\.reason is "x/,
    ],
    [() => suppress("--reason", "x", report), /^suppress: --reason applies to one finding; choose it with --finding/],
    [() => suppress("--until", "2099-12-31", report), /^suppress: --until applies to one finding; choose it/],
    [
      () => suppress("--finding", "1", "--reason", "x", "--until", "2020-01-31", report),
      /^suppress: --until 2020-01-31 has passed; name today \(\d{4}-\d\d-\d\d\) or a later day$/,
    ],
    [() => suppress("--finding", "1", report), /^suppress: say why it is accepted: --reason/],
    [() => suppress("--finding", "1", "--reason", "x", "--file", "bad.toml", report), /^bad\.toml:1:1: suppression\.0/],
    [() => baseline("update", "base.txt"), /^baseline update: name the file and a run/],
    [() => baseline("update", "bad.txt", "--from", report), /^bad\.txt:1:1: "hello" is not a baseline's; wanted/],
    [() => baseline("save", "--from", report), /^baseline: --from goes with update$/],
    [() => replay("--baseline", "bad.txt", recording), /^bad\.txt:1:1: "hello" is not a baseline's/],
    [
      () => replay("--baseline", "no.txt", recording),
      /^the baseline no\.txt cannot be read: there is no such file; tt-/,
    ],
    [() => replay("--suppressions", "no.toml", recording), /^the suppressions in no\.toml cannot be read: there is no/],
    [() => replay("--suppressions", "bad.toml", recording), /^bad\.toml:1:1: suppression\.0\.reason is missing/],
    [() => replay("--baseline-tolerance", "1 KB", recording), /--baseline-tolerance needs a baseline; name one with/],
  ] as const) {
    await assert.rejects(attempt, { name: "UsageError", message });
  }
  assert.equal(read("bad.txt"), "hello\n");
});

for (const [what, words, reason] of [
  ["the baseline", ["--baseline", "b.txt", "--json", "b.txt"], /^replay: --baseline and --json both name .*b\.txt/],
  [
    "the suppressions",
    ["--suppressions", "b.txt", "--junit", "b.txt"],
    /^replay: --suppressions and --junit both name/,
  ],
  ["the rules", ["--rules", "b.txt", "--markdown", "b.txt"], /^replay: --rules and --markdown both name/],
  ["the history", ["--history=b.db", "--json", "b.db"], /^replay: --history and --json both name/],
  [
    "the recording, by a link",
    ["--json", "link"],
    /^replay: FILE .*run\.mcap and --json .*link are one file; give each/,
  ],
] as const) {
  test(`a report does not replace ${what}`, async () => {
    const run = writeRecording("run.mcap", 100, 0);
    symlinkSync(run, path("link"));
    for (const name of ["b.txt", "b.db"]) writeFileSync(path(name), "what was there");
    const before = readFileSync(path(run));
    await assert.rejects(replay(...words, run), { name: "UsageError", message: reason });
    assert.deepEqual(readFileSync(path(run)), before);
    for (const name of ["b.txt", "b.db"]) assert.equal(read(name), "what was there");
  });
}

test("the history that a run is held against and stored in is one file", async () => {
  const { exitCode } = await replay("--history=h.db", "--baseline", "last", writeRecording("run.mcap", 100, 0));
  assert.equal(exitCode, 1);
});

test("what cannot be written is called what it is", async () => {
  const run = writeRecording("run.mcap", 100, 0);
  await assert.rejects(suppress("--finding", "1", "--reason", "x", "--file", "none/x.toml", run), {
    name: "UsageError",
    message:
      /^cannot write the suppressions to ".*none\/x\.toml": no such file or directory \(ENOENT\); make the folder/,
  });
  await assert.rejects(baseline("update", "none/x", "--from", run), {
    name: "UsageError",
    message: /^cannot write the baseline to ".*none\/x": no such file/,
  });
});
