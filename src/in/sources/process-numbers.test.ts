import assert from "node:assert/strict";
import { test } from "node:test";
import { PROCESSES_MAX, ProcessNumbers } from "./process-numbers.ts";

const FIRST = { pid: 10, session: 1, parent: null };

test("processes are numbered from 0, and their attempts counted for each alone", () => {
  const numbers = new ProcessNumbers();
  assert.deepEqual([numbers.number(FIRST), numbers.number({ ...FIRST, pid: 11 })], [0, 1]);
  assert.deepEqual(
    [numbers.countAttempt(0, "a"), numbers.countAttempt(1, "a"), numbers.countAttempt(0, "a")],
    [1, 1, 2],
  );
});

test("a session that follows another in its process goes on with its number and attempts", () => {
  const numbers = new ProcessNumbers();
  numbers.number(FIRST);
  numbers.countAttempt(0, "a");
  numbers.end(0);
  assert.equal(numbers.number({ ...FIRST, session: 2 }), 0);
  assert.equal(numbers.countAttempt(0, "a"), 2);
});

for (const [what, next, isEnded] of [
  ["of another process", { ...FIRST, pid: 11, session: 2 }, true],
  ["within another session", { ...FIRST, session: null }, false],
  ["that is not the next", { ...FIRST, session: 3 }, true],
  ["of a later process with the same pid", FIRST, true],
  ["whose session before is still heard", { ...FIRST, session: 2 }, false],
] as const) {
  test(`a session ${what} is a process of its own`, () => {
    const numbers = new ProcessNumbers();
    numbers.number(FIRST);
    if (isEnded) numbers.end(0);
    assert.equal(numbers.number(next), 1);
    numbers.countAttempt(0, "a");
    assert.equal(numbers.countAttempt(1, "a"), 1);
  });
}

test("children forked for a test are processes of their own that count attempts with their parent", () => {
  const numbers = new ProcessNumbers();
  numbers.number(FIRST);
  numbers.countAttempt(0, "a");
  const children = [21, 22].map((pid) => numbers.number({ pid, session: 1, parent: 10 }));
  assert.deepEqual(children, [1, 2]);
  assert.deepEqual(
    children.map((process) => numbers.countAttempt(process, "a")),
    [2, 3],
  );
});

test("a process beyond what a report can hold has no number, and a session that follows another keeps its own", () => {
  const numbers = new ProcessNumbers();
  for (let pid = 0; pid < PROCESSES_MAX - 1; pid += 1) numbers.number({ ...FIRST, pid });
  const last = { ...FIRST, pid: PROCESSES_MAX };
  assert.equal(numbers.number(last), PROCESSES_MAX - 1);
  assert.equal(numbers.number({ ...FIRST, pid: PROCESSES_MAX + 1 }), null);
  numbers.end(PROCESSES_MAX - 1);
  assert.equal(numbers.number({ ...last, session: 2 }), PROCESSES_MAX - 1);
});
