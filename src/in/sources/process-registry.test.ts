import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { type Peer, ProcessRegistry, peerOf, SENDERS_MAX, type SenderProcess } from "./process-registry.ts";

/** No pid is as large. */
const NO_PID = 2 ** 22 + 1;

function peerWith(pid: number): Peer {
  return peerOf({ pid, uid: 0, gid: 0 });
}

function find(registry: ProcessRegistry, peer: Peer, pid: number): SenderProcess {
  const found = registry.find(peer, pid);
  assert.ok(found !== null, `no room for ${pid}`);
  return found;
}

const SELF = peerWith(process.pid);
const UNSEEN = peerWith(0);
const ELSEWHERE: Peer = { credentials: { pid: process.pid, uid: 0, gid: 0 }, namespace: "pid:[1]" };

test("one process is one, whatever connection it speaks on", () => {
  const registry = new ProcessRegistry();
  const first = find(registry, SELF, process.pid);
  assert.equal(find(registry, peerWith(process.ppid), process.pid), first);
  assert.deepEqual([first.id, first.pid, first.localPid, first.isLocal], [0, process.pid, process.pid, true]);
  assert.equal(find(registry, SELF, process.ppid).id, 1);
  assert.equal(registry.livenessOf(first), "alive");
});

for (const sentPid of [0, -1, -(2 ** 31)]) {
  test(`pid ${sentPid} stands for the process that connected`, () => {
    const registry = new ProcessRegistry();
    assert.equal(find(registry, SELF, sentPid), find(registry, SELF, process.pid));
  });
}

test("a pid that is taken by a process with another start time is dead", () => {
  const registry = new ProcessRegistry();
  const found = find(registry, SELF, process.pid);
  assert.equal(registry.livenessOf({ ...found, startTime: "1" }), "ended");
  assert.equal(registry.livenessOf({ ...found, startTime: null }), "ended");
});

test("a process that has gone is dead, also when it had gone before it was looked at", async () => {
  const registry = new ProcessRegistry();
  const child = spawn("cat");
  const pid = child.pid ?? 0;
  const found = find(registry, peerWith(pid), pid);
  assert.equal(registry.livenessOf(found), "alive");
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(registry.livenessOf(found), "ended");
  assert.equal(registry.livenessOf(find(registry, SELF, NO_PID)), "ended");
});

test("a process of a connection that cannot be seen from here is never called dead", () => {
  const registry = new ProcessRegistry();
  for (const pid of [1, process.pid, NO_PID, 0, -1]) {
    assert.equal(registry.livenessOf(find(registry, UNSEEN, pid)), "unverifiable");
  }
});

test("in another namespace a pid is another process than here, and the one that connected is known", () => {
  const registry = new ProcessRegistry();
  const connected = find(registry, ELSEWHERE, process.pid);
  assert.notEqual(connected, find(registry, SELF, process.pid));
  assert.deepEqual([connected.localPid, registry.livenessOf(connected)], [process.pid, "alive"]);
  const child = find(registry, ELSEWHERE, process.pid + 1);
  assert.deepEqual([child.localPid, registry.livenessOf(child)], [null, "unverifiable"]);
});

test("without credentials nobody can say whether a process lives, also where its pid is taken here", () => {
  const registry = new ProcessRegistry();
  for (const pid of [process.pid, NO_PID]) {
    assert.equal(registry.livenessOf(find(registry, peerOf(null), pid)), "unverifiable");
  }
});

test("a process that no connection speaks for and that has nothing booked is forgotten, and its place used again", () => {
  const registry = new ProcessRegistry();
  const [booked, connected, neither] = [1, 2, 3].map((more) => find(registry, UNSEEN, NO_PID + more).id);
  registry.join(connected ?? -1);
  registry.release((id) => id === booked);
  assert.deepEqual([registry.known, registry.of(neither ?? -1)], [2, null]);
  assert.equal(find(registry, UNSEEN, NO_PID + 4).id, neither);
  assert.equal(registry.leave(connected ?? -1), true);
  registry.release(() => false);
  assert.equal(registry.known, 0);
});

test("processes up to the limit are known, one more is not, until others are forgotten", () => {
  const registry = new ProcessRegistry();
  for (let pid = 1; pid <= SENDERS_MAX; pid += 1) find(registry, UNSEEN, pid);
  assert.equal(registry.find(UNSEEN, SENDERS_MAX + 1), null);
  assert.equal(find(registry, UNSEEN, SENDERS_MAX).id, SENDERS_MAX - 1);
  registry.release(() => false);
  assert.equal(find(registry, UNSEEN, SENDERS_MAX + 1).pid, SENDERS_MAX + 1);
});

test("a process has gone when the last of the connections that speak for it has", () => {
  const registry = new ProcessRegistry();
  const { id } = find(registry, SELF, process.pid);
  registry.join(id);
  registry.join(id);
  assert.deepEqual([registry.leave(id), registry.leave(id)], [false, true]);
});

test("a process that is there and could not be looked at when it was first seen is not called dead", () => {
  const registry = new ProcessRegistry();
  const found = find(registry, SELF, process.pid);
  assert.equal(registry.livenessOf({ ...found, startTime: "?" }), "unverifiable");
  assert.equal(registry.livenessOf({ ...found, localPid: NO_PID, startTime: "?" }), "ended");
});
