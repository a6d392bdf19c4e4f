import assert from "node:assert/strict";
import { test } from "node:test";
import { CannotRun } from "./cannot-run.ts";
import { describeEnd, runProgram, signalName, whyEnded } from "./run-program.ts";

const NEVER = new AbortController().signal;

test("how a program ended is named: by a signal, or by its exit code and the first exception it printed", () => {
  assert.equal(describeEnd({ exitCode: null, signal: "SIGSEGV", output: "" }), "ended with SIGSEGV");
  // As `run` passes on the end of its command.
  assert.equal(describeEnd({ exitCode: 134, signal: null, output: "" }), "ended with SIGABRT");
  const output = "E   RuntimeError: no device\nFAILED test_a\n1 failed\n";
  assert.equal(describeEnd({ exitCode: 1, signal: null, output }), "ended with 1: RuntimeError: no device");
});

test("why it ended is one line that moves no cursor", () => {
  assert.equal(whyEnded("\u001b[31mlast line\u001b[0m\n\n"), "last line");
  assert.equal(whyEnded("a\u0007b"), "a\\x07b");
  assert.equal(whyEnded(""), "");
  assert.equal(whyEnded("x".repeat(1000)).length, 300);
});

test("an exit code of up to 128 stands for no signal, nor one that no signal has", () => {
  assert.deepEqual([0, 1, 128, 139, 250, null].map(signalName), [null, null, null, "SIGSEGV", null, null]);
});

test("a program's end, a crash and that it is not there are all told", async () => {
  const place = { env: process.env, cwd: "/", interrupted: NEVER };
  const script = (text: string) => runProgram([process.execPath, "-e", text], place);
  const said = await script("process.stderr.write('a'); process.exitCode = 3");
  assert.deepEqual(said, { exitCode: 3, signal: null, output: "a" });
  assert.equal((await script("process.kill(process.pid, 'SIGABRT')")).signal, "SIGABRT");
  const none = await runProgram(["/no-such-program"], place);
  assert.deepEqual([none.exitCode, none.signal], [null, null]);
  assert.match(none.output, /ENOENT/);
});

test("an interrupt ends the program and is thrown, and nothing is started after it", async () => {
  const controller = new AbortController();
  const place = { env: process.env, cwd: "/", interrupted: controller.signal };
  const running = runProgram([process.execPath, "-e", "setInterval(() => {}, 1000)"], place);
  controller.abort(new CannotRun("interrupted"));
  await assert.rejects(running, CannotRun);
  await assert.rejects(runProgram([process.execPath, "-e", ""], place), CannotRun);
});
