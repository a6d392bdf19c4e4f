import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { type Peer, ProcessRegistry, peerOf } from "./process-registry.ts";

/** No pid is as large. */
const NO_PID = 2 ** 22 + 1;

function peerWith(pid: number): Peer {
  return peerOf({ pid, uid: 0, gid: 0 });
}

const SELF = peerWith(process.pid);
const UNSEEN = peerWith(0);
const ELSEWHERE: Peer = { credentials: { pid: process.pid, uid: 0, gid: 0 }, namespace: "pid:[1]" };

test("one process is one, whatever connection it speaks on", () => {
  const registry = new ProcessRegistry();
  const first = registry.find(SELF, process.pid);
  assert.equal(registry.find(peerWith(process.ppid), process.pid), first);
  assert.deepEqual([first.id, first.pid, first.localPid, first.isLocal], [0, process.pid, process.pid, true]);
  assert.equal(registry.find(SELF, process.ppid).id, 1);
  assert.equal(registry.livenessOf(first), "alive");
});

for (const sentPid of [0, -1, -(2 ** 31)]) {
  test(`pid ${sentPid} stands for the process that connected`, () => {
    const registry = new ProcessRegistry();
    assert.equal(registry.find(SELF, sentPid), registry.find(SELF, process.pid));
  });
}

test("a pid that is taken by a process with another start time is dead", () => {
  const registry = new ProcessRegistry();
  const found = registry.find(SELF, process.pid);
  assert.equal(registry.livenessOf({ ...found, startTime: "1" }), "dead");
  assert.equal(registry.livenessOf({ ...found, startTime: null }), "dead");
});

test("a process that has gone is dead, also when it had gone before it was looked at", async () => {
  const registry = new ProcessRegistry();
  const child = spawn("cat");
  const pid = child.pid ?? 0;
  const found = registry.find(peerWith(pid), pid);
  assert.equal(registry.livenessOf(found), "alive");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(registry.livenessOf(found), "dead");
  assert.equal(registry.livenessOf(registry.find(SELF, NO_PID)), "dead");
});

test("a process of a connection that cannot be seen from here is never called dead", () => {
  const registry = new ProcessRegistry();
  for (const pid of [1, process.pid, NO_PID, 0, -1]) {
    assert.equal(registry.livenessOf(registry.find(UNSEEN, pid)), "unverifiable");
  }
});

test("in another namespace a pid is another process than here, and the one that connected can be told", () => {
  const registry = new ProcessRegistry();
  const connected = registry.find(ELSEWHERE, process.pid);
  assert.notEqual(connected, registry.find(SELF, process.pid));
  assert.deepEqual([connected.localPid, registry.livenessOf(connected)], [process.pid, "alive"]);
  const child = registry.find(ELSEWHERE, process.pid + 1);
  assert.deepEqual([child.localPid, registry.livenessOf(child)], [null, "unverifiable"]);
});

test("without credentials nobody can say whether a process lives, also where its pid is taken here", () => {
  const registry = new ProcessRegistry();
  for (const pid of [process.pid, NO_PID]) {
    assert.equal(registry.livenessOf(registry.find(peerOf(null), pid)), "unverifiable");
  }
});
