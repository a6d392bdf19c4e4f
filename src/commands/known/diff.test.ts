import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runOperands } from "../../../fixtures/command/run-operands.ts";
import { recordingOf } from "../../../fixtures/recording/recorded.ts";
import { finding, runReport, testReport } from "../../../fixtures/report/builders.ts";
import { Scenario } from "../../../fixtures/run/scenario.ts";
import type { Finding } from "../../core/model/finding.ts";
import { jsonReport } from "../../out/report/json.ts";
import { diffCommand } from "./diff.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-diff-"));
after(() => rmSync(home, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(join(home, name), content);
  return name;
}

function reportFile(name: string, findings: readonly Finding[]): string {
  return write(name, [...jsonReport(runReport({ tests: [testReport("a")], findings }))].join(""));
}

const leak = finding({ test: "a", sizeBytes: 1200, signature: "DRAM:100:a" });
const none = reportFile("none.json", []);
const one = reportFile("one.json", [leak]);
const two = reportFile("two.json", [{ ...leak, sizeBytes: 1300 }]);

const diff = (...operands: readonly string[]) => runOperands(diffCommand, operands, home);

test("the exit code is 1 where something is new or grew that fails, 3 where nothing was checked, else 0", async () => {
  assert.equal((await diff(none, one)).exitCode, 1);
  assert.equal((await diff(one, two)).exitCode, 1);
  assert.equal((await diff("--tolerance", "100 B", one, two)).exitCode, 0);
  assert.equal((await diff("--tolerance", "8%", one, two)).exitCode, 1);
  assert.equal((await diff("--tolerance", "8.4%", one, two)).exitCode, 0);
  assert.equal((await diff(two, one)).exitCode, 0);
  const empty = write("empty.json", [...jsonReport(runReport())].join(""));
  assert.equal((await diff(one, empty)).exitCode, 3);
});

test("as JSON it has both runs and each leftover before and after", async () => {
  const { stdout } = await diff("--json", one, two);
  const { schema, before, after, leftovers } = JSON.parse(stdout);
  assert.equal(schema, "urn:tt-memwatch:diff:1");
  assert.deepEqual([before.name, after.name], ["one.json", "two.json"]);
  assert.deepEqual(
    leftovers.map(({ change, fails, before, after }: (typeof leftovers)[number]) => {
      return [change, fails, before.sizeBytes, after.sizeBytes, after.signature];
    }),
    [["grew", true, 1200, 1300, "DRAM:100:a"]],
  );
});

test("a recording is replayed, and compares with a report", async () => {
  const scenario = new Scenario().test("a", {}, { DRAM: { 64: 100 } }).bye();
  const events = scenario.events().map((event) => ({ kind: "event", event }) as const);
  const recording = write("run.mcap", recordingOf(events));
  assert.match((await diff(none, recording)).stdout, /^new, fails +1\.2 KB +DRAM +a$/m);
  assert.match((await diff(recording, none)).stdout, /: 1 gone\.$/m);
});

test("what a recording lacks is reported on standard error, and tests that it does not have are not checked", async () => {
  const events = new Scenario().test("b", {}, {}).events();
  const cut = write(
    "ended-early.mcap",
    recordingOf(
      events.map((event) => ({ kind: "event", event }) as const),
      null,
    ),
  );
  const { stdout, stderr } = await diff(one, cut);
  assert.match(stderr, /^tt-memwatch: diff: ended-early\.mcap: the recording is not whole: it was cut: .*\n$/);
  assert.match(stdout, /: 1 not checked\.$/m);
});

for (const [what, operands, message] of [
  ["no run", [], /^diff: name two runs/],
  ["one run", [one], /^diff: name two runs/],
  ["a file that is not there", [one, "no.json"], /^diff: no\.json cannot be read: there is no such file; name a rec/],
  ["a folder", [".", one], /^diff: \. cannot be read: it is a folder, wanted a regular file; name/],
  ["what is neither", [write("x.txt", "hello"), one], /^x\.txt: it is no JSON/],
  [
    "a recording that is cut at once",
    [write("cut.mcap", Buffer.from("\x89MCAP0\r\n", "latin1")), one],
    /^diff: cut\.mcap: nothing of it/,
  ],
  ["two formats", ["--json", "--markdown", one, one], /^diff: --json and --markdown are two formats; name one$/],
] as const) {
  test(`${what} is wrong use, told in one line`, async () => {
    await assert.rejects(diff(...operands), { name: "UsageError", message });
  });
}
