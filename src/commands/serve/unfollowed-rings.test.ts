import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { ProcessRegistry, peerOf } from "../../in/sources/process-registry.ts";
import { UNFOLLOWED_MAX, UnfollowedRings } from "./unfollowed-rings.ts";

/** Of a process that has ended. */
const ENDED = spawnSync("true").pid;

const NOT_BOOKED = (): boolean => false;

function ownProcess(registry: ProcessRegistry) {
  const found = registry.find(peerOf({ pid: process.pid, uid: 0, gid: 0 }), process.pid);
  return found ?? assert.fail("there is room for a process");
}

test("a process that has ended is reported no longer, and one that cannot be looked up is", () => {
  const unfollowed = new UnfollowedRings(new ProcessRegistry());
  unfollowed.add({ pid: ENDED, localPid: ENDED }, null, "has ended");
  // Its pid is one of another namespace.
  unfollowed.add({ pid: ENDED, localPid: null }, null, "cannot be looked up");
  unfollowed.add({ pid: ENDED, localPid: process.pid }, null, "runs");
  assert.deepEqual(
    unfollowed.list().map(({ reason }) => reason),
    ["cannot be looked up", "runs"],
  );
});

test("of one ring of a process the last reason is reported, and none when the process is followed", () => {
  const unfollowed = new UnfollowedRings(new ProcessRegistry());
  const [one, other] = [
    { pid: 1, localPid: process.pid },
    { pid: 1, localPid: null },
  ];
  unfollowed.add(one, "/a.ring", "first");
  unfollowed.add(other, "/a.ring", "of the other");
  unfollowed.add(one, "/a.ring", "second");
  unfollowed.add(one, null, "third");
  assert.deepEqual(
    unfollowed.list().map(({ reason }) => reason),
    ["of the other", "second", "third"],
  );
  unfollowed.forget(one);
  assert.deepEqual(
    unfollowed.list().map(({ reason }) => reason),
    ["of the other"],
  );
});

test("the newest reasons are reported, as many as there is room for", () => {
  const unfollowed = new UnfollowedRings(new ProcessRegistry());
  for (let index = 0; index <= UNFOLLOWED_MAX; index += 1) unfollowed.add({ pid: 1, localPid: null }, `/${index}`, "");
  assert.deepEqual(
    [unfollowed.list().length, unfollowed.has("/0"), unfollowed.has("/1")],
    [UNFOLLOWED_MAX, false, true],
  );
});

test("the process of a ring that waits is known until it waits no longer", () => {
  const registry = new ProcessRegistry();
  const unfollowed = new UnfollowedRings(registry);
  const process = ownProcess(registry);
  const waiting = { process, path: "/a.ring", user: null };
  for (let time = 0; time < 2; time += 1) unfollowed.add(process, "/a.ring", "", waiting);
  registry.release(NOT_BOOKED);
  assert.equal(registry.of(process.id), process);
  assert.deepEqual([unfollowed.takeWaiting(), unfollowed.takeWaiting()], [waiting, null]);
  registry.release(NOT_BOOKED);
  assert.equal(registry.of(process.id), null);
});
