import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { afterEach, test } from "node:test";
import { commandLine, innermostPid, isTaken, pidNamespace, processFacts } from "./proc.ts";

/** No pid is as large. */
const NO_PID = 2 ** 22 + 1;

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill();
});

/** A shell that has said a line. */
async function shell(script: string, ...args: readonly string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn("sh", ["-c", script, "sh", ...args], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  const [line] = await once(child.stdout, "data");
  return { child, line: String(line).trim() };
}

/** What happens to another process is nowhere told. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

test("a process that runs has a start time, and the same one each time", () => {
  const facts = processFacts(process.pid);
  assert.match(facts?.startTime ?? "", /^\d+$/);
  assert.equal(facts?.hasEnded, false);
  assert.deepEqual(processFacts(process.pid), facts);
});

test("a process that nobody has waited for has ended, though its pid is taken", async () => {
  // The shell becomes a program that knows nothing of the child it has, and then the child ends.
  const { child, line } = await shell("exec 3<&0; head -n 1 <&3 >&2 & echo $!; exec tail -f /dev/null");
  await until(() => commandLine(child.pid ?? 0)?.startsWith("tail") === true);
  const zombie = Number(line);
  assert.equal(processFacts(zombie)?.hasEnded, false);
  child.stdin?.end();
  await until(() => processFacts(zombie)?.hasEnded !== false);
  assert.deepEqual([processFacts(zombie)?.hasEnded, isTaken(zombie)], [true, true]);
});

test("a name with spaces and parentheses does not hide the state", async () => {
  const { line } = await shell('printf "a) Z 1" > /proc/$$/comm; echo $$; read _');
  assert.equal(processFacts(Number(line))?.hasEnded, false);
  assert.match(processFacts(Number(line))?.startTime ?? "", /^\d+$/);
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
  const { line } = await shell("echo $$; read _", "two\nlines", "\u001b[31m");
  assert.equal(commandLine(Number(line)), "sh -c echo $$; read _ sh two lines [31m");
});
