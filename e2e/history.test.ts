import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { recordingOf } from "../fixtures/recording/recorded.ts";
import { Scenario } from "../fixtures/run/scenario.ts";
import { ENVIRONMENT } from "./environment.ts";
import { AS_NOBODY, OTHER_USER } from "./other-user.ts";
import { ask, PROGRAM } from "./run-harness.ts";

/** A folder that anybody can read, with a recording of a run that left memory. */
function recordedIn(): { readonly folder: string; readonly recording: string } {
  const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-history-"));
  after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const recording = join(folder, "run.mcap");
  const scenario = new Scenario().test("a", {}, { DRAM: { 64: 100 } }).bye();
  writeFileSync(recording, recordingOf(scenario.events().map((event) => ({ kind: "event", event }) as const)));
  return { folder, recording };
}

test("a full disk costs a run its place in the history, and nothing else", () => {
  const { folder, recording } = recordedIn();
  const env = { ...ENVIRONMENT, NODE_DISABLE_COMPILE_CACHE: "1" };
  const where = join(folder, "history.db");
  // Files of so many blocks of 512 bytes stand for a full disk.
  const script = 'ulimit -f 8; exec "$0" replay --history="$1" "$2"';
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script, PROGRAM, where, recording], {
    encoding: "utf8",
    env,
  });
  const plain = ask("replay", recording);
  assert.deepEqual([status, stdout], [plain.exitCode, plain.stdout]);
  assert.match(
    stderr,
    /^tt-memwatch: the run was not stored: the history .*history\.db cannot be used: the disk .*\n$/,
  );
  assert.match(ask("replay", "-q", `--history=${where}`, recording).stdout, /SUSPECT/);
  assert.match(ask("history", `--history=${where}`).stdout, /: 1 run\n$/);
});

test("a history that may not be written to can be read, and costs a run nothing", { skip: OTHER_USER.skip }, () => {
  const { folder, recording } = recordedIn();
  const where = join(folder, "history.db");
  ask("replay", `--history=${where}`, recording);
  chmodSync(where, 0o444);
  const before = readFileSync(where);
  const asNobody = (...args: readonly string[]) => {
    const [launcher = "", ...rest] = [...AS_NOBODY, OTHER_USER.program, ...args];
    return spawnSync(launcher, rest, { encoding: "utf8", env: { ...ENVIRONMENT, HOME: folder } });
  };
  assert.match(asNobody("history", `--history=${where}`).stdout, /: 1 run\n$/);
  const { status, stderr } = asNobody("replay", `--history=${where}`, recording);
  assert.equal(status, ask("replay", recording).exitCode);
  assert.match(
    stderr,
    /^tt-memwatch: the run was not stored: the history .* cannot be used: it may not be written to\n$/,
  );
  assert.deepEqual(readFileSync(where), before);
});
