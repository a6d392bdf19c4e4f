import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { test } from "node:test";
import { commandLine, innermostPid, isTaken, pidNamespace, processFacts } from "./proc.ts";

/** No pid is as large. */
const NO_PID = 2 ** 22 + 1;

/** A shell that has said a line. */
async function shell(script: string, ...args: readonly string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn("sh", ["-c", script, "sh", ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return { child, line: String(line).trim() };
}

test("a process that runs has a start time, and the same one each time", () => {
  const facts = processFacts(process.pid);
  assert.match(facts?.startTime ?? "", /^\d+$/);
  assert.equal(facts?.hasEnded, false);
  assert.deepEqual(processFacts(process.pid), facts);
});

test("a process that nobody has waited for has ended, though its pid is taken", async () => {
  // The shell becomes a program that knows nothing of the child it has.
  const { child, line } = await shell("(exit 0) & echo $!; read _ < /proc/$!/stat; exec cat");
  const zombie = Number(line);
  while (processFacts(zombie)?.hasEnded === false) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(processFacts(zombie)?.hasEnded, true);
  assert.equal(isTaken(zombie), true);
  child.kill();
});

test("a name with spaces and parentheses does not hide the state", async () => {
  const { child, line } = await shell('printf "a) Z 1" > /proc/$$/comm; echo $$; read _');
  assert.equal(processFacts(Number(line))?.hasEnded, false);
  assert.match(processFacts(Number(line))?.startTime ?? "", /^\d+$/);
  child.kill();
});

test("where there is no process there are no facts", () => {
  assert.deepEqual(
    [processFacts(NO_PID), isTaken(NO_PID), pidNamespace(NO_PID), innermostPid(NO_PID), commandLine(NO_PID)],
    [null, false, null, null, null],
  );
});

test("a process of this namespace is seen with the pid it sees", () => {
  assert.equal(innermostPid(process.pid), process.pid);
  assert.equal(pidNamespace(process.pid), pidNamespace("self"));
  assert.equal(pidNamespace("self"), readlinkSync("/proc/self/ns/pid"));
});

test("a command is one line, whatever its arguments hold", async () => {
  const { child, line } = await shell("echo $$; read _", "two\nlines", "\u001b[31m");
  assert.equal(commandLine(Number(line)), "sh -c echo $$; read _ sh two lines [31m");
  child.kill();
});
