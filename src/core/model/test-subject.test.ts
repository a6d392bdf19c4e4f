import assert from "node:assert/strict";
import { it } from "node:test";
import { subjectOfSignature, subjectOfTest, testWithoutParameters } from "./test-subject.ts";

for (const [nodeId, subject] of [
  ["tests/test_a.py::test_b", "test_b"],
  ["tests/test_a.py::TestA::test_b[1-x[2]]", "TestA::test_b"],
  ["cases/add.yaml", "add.yaml"],
  ["cases/add.yaml::two words", "two_words"],
] as const) {
  it(`the subject of ${nodeId} is ${subject}`, () => assert.equal(subjectOfTest(nodeId), subject));
}

for (const [nodeId, name] of [
  ["tests/test_a.py::test_b", "tests/test_a.py::test_b"],
  ["tests/test_a.py::test_b[1-x[2]::y]", "tests/test_a.py::test_b"],
  ["tests/[wip]/test_a.py::TestA::test_b[1]", "tests/[wip]/test_a.py::TestA::test_b"],
  ["cases/[wip]/add.yaml", "cases/[wip]/add.yaml"],
] as const) {
  it(`${nodeId} without parameters is ${name}`, () => assert.equal(testWithoutParameters(nodeId), name));
}

for (const [signature, subject] of [
  ["v2:dram:TestA::test_b:0123456789ab", "TestA::test_b"],
  ["v2:l1_small:fixture_weights:0123456789ab", "fixture_weights"],
  ["v2:fragmentation:dram:test_b:0123456789ab", "test_b"],
  ["v2:untrusted:test_b:0123456789ab", "test_b"],
  ["v2:dram:-:0123456789ab", "-"],
  ["DRAM:2x24576:tests/test_a.py::test_b", ""],
] as const) {
  it(`the subject of ${signature} is "${subject}"`, () => assert.equal(subjectOfSignature(signature), subject));
}
