import assert from "node:assert/strict";
import { test } from "node:test";
import { recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import type { ProcessInfo } from "../model/event.ts";
import type { RunRecord } from "../model/run-record.ts";
import { testOrderOf } from "./test-order.ts";

const NOTHING = {};

function tests(process: number, ...names: readonly (readonly [name: string, index: number])[]): Scenario {
  const scenario = new Scenario(process);
  for (const [name, index] of names) scenario.test(name, NOTHING, NOTHING, { index });
  return scenario;
}

function sorted(record: RunRecord, names: readonly (string | null)[]): readonly (string | null)[] {
  return names.toSorted(testOrderOf(record));
}

/** The record with the processes in these roles. */
function withRoles({ processes, ...rest }: RunRecord, roles: readonly ProcessInfo["role"][]): RunRecord {
  const inRoles = processes.map((process, index) => {
    const role = roles[index] ?? "single";
    return { ...process, info: { ...process.info, role, parent: role === "fork" ? 100 : null } };
  });
  return { ...rest, processes: inRoles };
}

test("tests are in the order in which they were collected, whatever their names", () => {
  const record = recordOf(tests(0, ["t[32]", 0], ["t[128]", 1], ["a", 2]));
  assert.deepEqual(sorted(record, ["a", "t[128]", null, "t[32]"]), [null, "t[32]", "t[128]", "a"]);
});

test("tests of a second pytest process come after those of the first", () => {
  const record = recordOf(tests(0, ["z", 0], ["y", 1]), tests(1, ["b", 0], ["a", 1]));
  assert.deepEqual(sorted(record, ["a", "b", "y", "z"]), ["z", "y", "b", "a"]);
});

test("tests of a second session come after those of the first", () => {
  const scenario = tests(0, ["z", 5]).nextSession().test("a", NOTHING, NOTHING, { index: 0 });
  assert.deepEqual(sorted(recordOf(scenario), ["a", "z"]), ["z", "a"]);
});

test("which worker ran a test does not matter", () => {
  const record = recordOf(tests(0), tests(1, ["d", 0], ["b", 2]), tests(2, ["c", 1], ["a", 3]));
  const parallel = withRoles(record, ["controller", "worker", "worker"]);
  assert.deepEqual(sorted(parallel, ["a", "b", "c", "d"]), ["d", "c", "b", "a"]);
});

test("a test in a forked child has its place among its parent's", () => {
  const record = recordOf(tests(0, ["c", 0], ["a", 2]), tests(1, ["b", 1]));
  assert.deepEqual(sorted(withRoles(record, ["single", "fork"]), ["a", "b", "c"]), ["c", "b", "a"]);
});
