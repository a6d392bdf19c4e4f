import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { baseline, replayed, suppress, writeRecording } from "../../../fixtures/command/known-folder.ts";
import { finding } from "../../../fixtures/report/builders.ts";
import { leftoverTogether } from "../../core/known/leftover.ts";
import { patternOf } from "../../core/known/suppression-match.ts";
import { parseSuppressions } from "../../in/rules/suppressions-file.ts";
import { suppressionText } from "../../out/report/known/suppression-text.ts";

test("a suppression that is written for a finding accepts it, as much of it as there was, and until its day", async () => {
  const recording = writeRecording("run.mcap", 100, 0);
  const listed = await suppress(recording);
  assert.match(listed.stdout, /^1 +1\.2 KB +DRAM +suspect +t\.py::a$/m);
  const words = ["--finding", "1", "--reason", 'a "table"', "--owner", "me", "--until", "2099-12-31"];
  assert.match((await suppress(...words, recording)).stdout, /^memwatch-suppressions\.toml accepts v2:dram:a:/);
  const file = ["--suppressions", "memwatch-suppressions.toml"];
  const accepted = await replayed(...file, recording);
  assert.deepEqual([accepted.exitCode, accepted.told], [0, [["t.py::a", false, "suppression"]]]);
  const [{ state, findings, sizeBytes, owner, reason }] = accepted.suppressions.entries;
  assert.deepEqual([state, findings, sizeBytes, owner, reason], ["used", 1, 1200, "me", 'a "table"']);
  const gone = writeRecording("gone.mcap", 0, 0);
  assert.equal((await replayed(...file, gone)).exitCode, 0);
  assert.equal((await replayed("--strict", ...file, gone)).exitCode, 1);
  await assert.rejects(suppress(...words, recording), {
    message: /memwatch-suppressions\.toml:\d+ is a suppression of it/,
  });
});

test("tests of one name in two files share a signature, and are known each for itself", async () => {
  const tests = ["a.py::x", "b.py::x"] as const;
  const [ofA, ofB] = [writeRecording("a.mcap", 100, 0, tests), writeRecording("b.mcap", 0, 100, tests)];
  const both = writeRecording("both.mcap", 100, 100, tests);
  const isNew = { exitCode: 1, told: [["b.py::x", true, "new"]] };
  await baseline("update", "base.txt", "--from", ofA);
  for (const name of [ofA, "base.txt"]) {
    const { exitCode, told } = await replayed("--baseline", name, ofB);
    assert.deepEqual({ exitCode, told }, isNew);
  }
  await suppress("--finding", "1", "--reason", "known", ofA);
  const { exitCode, told } = await replayed("--suppressions", "memwatch-suppressions.toml", ofB);
  assert.deepEqual([exitCode, told[0]], [1, ["b.py::x", true, null]]);
  const [{ signature }] = JSON.parse((await suppress("--json", both)).stdout);
  const words = ["--signature", signature, "--reason", "known"];
  await assert.rejects(suppress(...words, both), { message: /: 2 tests of both\.mcap have that signature; choose/ });
  await suppress(...words, ofB);
  assert.equal((await replayed("--suppressions", "memwatch-suppressions.toml", both)).exitCode, 0);
});

test("a suppression's text is read as it was written, whatever the user says", () => {
  const word = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom('"""', "\n[[suppression]]", "\u0000", "\u202e", "\\"),
  );
  const words = fc.record({
    reason: word,
    owner: fc.option(word),
    ref: fc.option(word),
    signature: word,
    test: fc.option(word),
  });
  fc.assert(
    fc.property(words, ({ signature, test: name, ...said }) => {
      const left = leftoverTogether([finding({ signature, test: name })]);
      assert.ok(left !== null);
      const result = parseSuppressions(
        suppressionText(left, { ...said, tests: patternOf(left), until: "2026-03-31" }),
        "s.toml",
      );
      assert.ok(result.kind === "suppressions", JSON.stringify(result));
      const [entry] = result.entries;
      const { reason, owner, ref, until } = entry ?? {};
      assert.deepEqual({ reason, owner, ref, until }, { ...said, until: "2026-03-31" });
      assert.deepEqual([result.entries.length, entry?.signature], [1, signature]);
    }),
  );
});
