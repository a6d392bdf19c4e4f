import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { runChild } from "./child-process.ts";

const { PATH } = process.env;

for (const { name, script, expected } of [
  {
    name: "the exit code is the command's",
    script: "exit 7",
    expected: { hasStarted: true, exitCode: 7, signal: null },
  },
  {
    name: "a death by signal is 128 and its number",
    script: "kill -TERM $$",
    expected: { hasStarted: true, exitCode: 143, signal: "SIGTERM" },
  },
  {
    name: "the command has the environment it is given",
    script: "exit $CODE",
    expected: { hasStarted: true, exitCode: 5, signal: null },
  },
]) {
  test(name, async () => {
    assert.deepEqual(
      await runChild(["sh", "-c", script], { env: { PATH, CODE: "5" }, stderr: process.stderr }),
      expected,
    );
  });
}

test("the command is looked for on the path it is given", async () => {
  const stderr = new PassThrough();
  const { hasStarted, exitCode } = await runChild(["sh", "-c", "true"], { env: { PATH: "/nowhere" }, stderr });
  stderr.end();
  assert.deepEqual([hasStarted, exitCode], [false, 127]);
  assert.equal(await text(stderr), "tt-memwatch: sh: command not found\n");
});

test("aborting ends the command", async () => {
  const signal = AbortSignal.abort();
  const end = await runChild(["sleep", "60"], { env: { PATH }, stderr: process.stderr, signal });
  assert.deepEqual(end, { hasStarted: true, exitCode: 143, signal: "SIGTERM" });
});

test("no signal listener is left behind", async () => {
  const counts = () =>
    ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"].map((name) => process.listenerCount(name));
  const before = counts();
  await runChild(["true"], { env: { PATH }, stderr: process.stderr });
  assert.deepEqual(counts(), before);
});
