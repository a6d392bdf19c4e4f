import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runOperands } from "../../fixtures/command/run-operands.ts";
import { recordingOf } from "../../fixtures/recording/recorded.ts";
import { Scenario } from "../../fixtures/run/scenario.ts";
import { ownFile } from "../files/own-files.ts";
import { replayCommand } from "./replay/replay.ts";

const home = mkdtempSync(join(tmpdir(), "tt-memwatch-output-"));
after(() => rmSync(home, { recursive: true }));

const scenario = new Scenario().test("t.py::a", {}, {}).bye();
const END = { commandExitCode: 0, durationMs: 1, warnings: [], allocations: null, rings: [], statements: [] };
writeFileSync(
  join(home, "run.mcap"),
  recordingOf(
    scenario.events().map((event) => ({ kind: "event", event })),
    END,
  ),
);
await runOperands(replayCommand, ["--history=h.db", "run.mcap"], home);

/** Runs the program with standard output at `to`, which the shell opens. */
function program(words: string, to: string) {
  const script = `"$0" "$1" ${words} ${to}`;
  const command = ["-c", script, process.execPath, ownFile("src/main.ts")];
  return spawnSync("bash", command, { cwd: home, encoding: "utf8" });
}

for (const words of [
  "--help",
  "inspect run.mcap",
  "diff run.mcap run.mcap",
  "replay --json - --color never run.mcap",
  "history --history=h.db export",
  "top --once run.mcap",
]) {
  test(`a full disk for what "${words}" prints is one clear line and exit code 2`, () => {
    const { status, stderr } = program(words, "> /dev/full");
    assert.match(
      stderr,
      /^tt-memwatch: cannot write to standard output: no space left on device \(ENOSPC\); make room /m,
    );
    assert.equal(stderr.match(/^tt-memwatch:.*(?:cannot|fault)/gm)?.length, 1, stderr);
    assert.equal(status, 2);
  });
}

test("a reader that has seen enough is not a failure", () => {
  const { stdout, stderr } = program("history --history=h.db export", '| true; echo "$PIPESTATUS"');
  assert.deepEqual([stdout, stderr], ["0\n", ""]);
});
