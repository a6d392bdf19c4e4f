import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { cpuSeconds, type Step, slowest } from "./step-times.ts";

const RUN_STEPS = fileURLToPath(new URL("run-steps.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-steps-"));
after(() => rmSync(folder, { recursive: true }));

/** Each of `one` and `two` waits for the other. */
const MAKEFILE = `
one:
	@echo one begins; echo >there; read x <back; echo one ends
two:
	@echo two begins; read x <there; echo >back; echo two ends >&2
fails:
	@echo it says why; false
`;
writeFileSync(join(folder, "Makefile"), MAKEFILE);
execFileSync("mkfifo", ["there", "back"], { cwd: folder });

/** Far more than it takes: for who waits in vain. */
const END_WITHIN_MS = 30_000;

function runSteps(lanes: number, ...steps: readonly string[]) {
  const env = { ...process.env, LANES: String(lanes) };
  const { status, stdout } = spawnSync(process.execPath, [RUN_STEPS, ...steps], {
    cwd: folder,
    env,
    encoding: "utf8",
    timeout: END_WITHIN_MS,
  });
  return { status, stdout };
}

test("steps run side by side, and what they say is not mixed", () => {
  const { status, stdout } = runSteps(2, "one", "two");
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^--- one passed in \d+ s\none begins\none ends\n/m);
  assert.match(stdout, /^--- two passed in \d+ s\ntwo begins\ntwo ends\n/m);
  assert.match(stdout, /^\| together +\|/m);
});

test("after a step that fails none is begun, and it is named", () => {
  const { status, stdout } = runSteps(1, "fails", "one");
  assert.equal(status, 1);
  assert.match(stdout, /^--- fails FAILED in \d+ s\nit says why\n/m);
  assert.match(stdout, /^fails failed: see above, or run: make fails\nnot begun: one\n$/m);
});

test("what took long is read from pytest's words and from the reporter's", () => {
  const output =
    "1.50s call     tests/test_a.py::test_x[b c]\n0.02s setup    a.py::t\n20.00s file     e2e/a.test.ts\nends 3.00s\n";
  const step: Step = { name: "test-all", isPassed: true, tookS: 1, cpuS: 1, output };
  assert.deepEqual(slowest([step]), [
    ["test-all", "e2e/a.test.ts", 20],
    ["test-all", "tests/test_a.py::test_x[b c]", 1.5],
    ["test-all", "a.py::t", 0.02],
  ]);
});

test("CPU time is that of the children, user and system", () => {
  assert.equal(cpuSeconds("0m0.01s 0m0.02s\n1m2.50s 0m3.25s\n"), 65.75);
});
