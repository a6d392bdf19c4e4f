import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

const CHILD_PROCESS = new URL("./child-process.ts", import.meta.url).href;

/** A process group of its own, in which we run a command that says which signals it has had, until SIGTERM ends it. */
function startGroup(command: readonly string[]) {
  const source = `
import { runChild } from ${JSON.stringify(CHILD_PROCESS)};
await runChild(${JSON.stringify(command)}, { env: process.env, stderr: process.stderr });
`;
  const args = ["--input-type=module", "--eval", source];
  return spawn(process.execPath, args, { detached: true, stdio: ["ignore", "pipe", "inherit"] });
}

const TELLS = "trap 'echo INT' INT; trap 'exit 0' TERM; echo READY; while :; do sleep 0.02; done";

for (const [what, command, isForGroup] of [
  ["to us alone is passed on", ["sh", "-c", TELLS], false],
  ["to the group has reached the command of the group, and is not passed on", ["sh", "-c", TELLS], true],
  ["to the group is passed on to a command that has left it", ["setsid", "sh", "-c", TELLS], true],
] as const) {
  test(`an interrupt that is sent ${what}`, async () => {
    const group = startGroup(command);
    let said = "";
    group.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    await once(group.stdout, "data");
    assert.ok(group.pid);
    process.kill(isForGroup ? -group.pid : group.pid, "SIGINT");
    // It is passed on after the interrupt, if that is.
    group.kill("SIGTERM");
    await once(group, "close");
    assert.equal(said, `READY\nINT\n`);
  });
}
