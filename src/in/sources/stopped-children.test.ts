import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { processFacts } from "./proc.ts";
import { StandstillWatch } from "./stopped-children.ts";

const facts = (state: string) => ({ state, startTime: "1", hasEnded: false });

/** A child of ours, in these states one look after the other. */
function watched(pid: number, states: readonly string[]) {
  const clock = { ms: 0, look: 0 };
  const watch = new StandstillWatch(
    () => clock.ms,
    () => facts(states[clock.look] ?? "S"),
  );
  return (afterMs: number) => {
    clock.ms += afterMs;
    const found = watch.of(pid);
    clock.look += 1;
    return found;
  };
}

test("a child that was stopped is seen, and one that goes on is not", async () => {
  const child = spawn("sleep", ["60"]);
  try {
    await once(child, "spawn");
    const watch = new StandstillWatch();
    const { pid = 0 } = child;
    assert.equal(watch.of(pid), null);
    child.kill("SIGSTOP");
    while (processFacts(pid)?.state !== "T");
    assert.equal(watch.of(pid)?.kind, "stopped");
    child.kill("SIGCONT");
    while (processFacts(pid)?.state === "T");
    assert.equal(watch.of(pid), null);
  } finally {
    child.kill("SIGKILL");
  }
});

test("a process waits in the kernel when it was found so for two seconds, at every look", async () => {
  const child = spawn("sleep", ["60"]);
  try {
    await once(child, "spawn");
    const { pid = 0 } = child;
    const steady = watched(pid, ["D", "D", "D", "D"]);
    assert.deepEqual(
      [steady(0), steady(1_000), steady(999), steady(1)],
      [null, null, null, { kind: "uninterruptible", forMs: 2_000 }],
    );
    const busy = watched(pid, ["D", "D", "R", "D", "D"]);
    assert.deepEqual([busy(0), busy(1_000), busy(500), busy(500), busy(1_000)], [null, null, null, null, null]);
    const unseen = watched(pid, ["D", "D", "D"]);
    assert.deepEqual([unseen(0), unseen(1_001), unseen(1_000)], [null, null, null]);
  } finally {
    child.kill("SIGKILL");
  }
});

test("of a process that does not come from this one nothing is said", () => {
  const watch = new StandstillWatch(
    () => 0,
    () => facts("T"),
  );
  assert.equal(watch.of(process.ppid), null);
  assert.equal(watch.of(1), null);
});
