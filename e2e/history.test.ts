import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { END, RUN, recordingOf } from "../fixtures/recording/recorded.ts";
import { Scenario } from "../fixtures/run/scenario.ts";
import type { PageData } from "../src/core/model/page.ts";
import { ENVIRONMENT } from "./environment.ts";
import { AS_NOBODY, OTHER_USER } from "./other-user.ts";
import { ask, PROGRAM, readText } from "./run-harness.ts";

/** A folder that anybody can read, with a recording of a run that left memory. */
function recordedIn(
  startedAt = RUN.startedAt,
  folder = mkdtempSync(join(tmpdir(), "tt-memwatch-history-")),
): { readonly folder: string; readonly recording: string } {
  after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const recording = join(folder, "run.mcap");
  const scenario = new Scenario().test("a", {}, { DRAM: { 64: 100 } }).bye();
  const deeds = scenario.events().map((event) => ({ kind: "event", event }) as const);
  writeFileSync(recording, recordingOf(deeds, END, { ...RUN, startedAt }));
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

test("a page has what earlier runs left of its findings, where a history is asked for", () => {
  const { folder, recording } = recordedIn();
  const page = join(folder, "page.html");
  const pageOf = (...words: readonly string[]): PageData => {
    ask("replay", "-q", "--html", page, ...words, recording);
    return JSON.parse(readText(page));
  };
  const place = `--history=${join(folder, "history.db")}`;
  assert.deepEqual([pageOf(place).findings[0]?.history, pageOf().fixed], [null, null]);
  recordedIn("2026-11-28T02:14:03.000Z", folder);
  const later = pageOf(place);
  const { state, runs, first, course } = later.findings[0]?.history ?? {};
  assert.deepEqual([state, runs, first?.startedAt, later.fixed], ["known", 1, RUN.startedAt, []]);
  assert.deepEqual(
    course?.map(({ sizeBytes }) => sizeBytes),
    [1200, 1200],
  );
});
