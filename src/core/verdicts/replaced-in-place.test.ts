import assert from "node:assert/strict";
import { test } from "node:test";
import { rulesOf } from "../../../fixtures/run/rules.ts";
import { TracedProcess } from "../../../fixtures/run/traced-process.ts";
import { grade } from "./grade.ts";

const ADDRESS = 0x1000;

/** Each test frees what the one before left, and leaves as much at its address; `first` is what the first one leaves beside. */
function rolling(
  tests: readonly string[],
  first: readonly number[] = [],
  end: (process: TracedProcess) => unknown = () => {},
) {
  const process = new TracedProcess();
  for (const [index, name] of tests.entries()) {
    process.begin(name).look("before");
    if (index > 0) process.free(ADDRESS);
    process.allocate(ADDRESS, 2048);
    for (const address of index === 0 ? first : []) process.allocate(address, 2048);
    process.look("after").look("after-collect").look("after-clear").end(name);
  }
  end(process);
  return grade(process.outcome(), rulesOf()).map(({ test: of, verdict, evidence }) => ({ of, verdict, evidence }));
}

test("a value that tests of the same code replace at its address does not grow, and is not the first test's leak", () => {
  const [finding, ...others] = rolling(["t::f[0]", "t::f[1]", "t::f[2]"]);
  assert.deepEqual(others, []);
  assert.equal(finding?.verdict, "retained");
  assert.match(
    finding.evidence,
    /was freed in t::f\[1\], which runs the same code, and as much was allocated in its place/,
  );
});

test("where a test of other code took its place, it stays suspect and says whose it is now", () => {
  const [finding, ...others] = rolling(["t::f", "t::g"]);
  assert.deepEqual(others, []);
  assert.deepEqual([finding?.of, finding?.verdict], ["t::f", "suspect"]);
  assert.match(
    finding?.evidence ?? "",
    /It was freed in t::g, and as much was allocated in its place\. Run with --confirm/,
  );
});

test("one buffer beside it that is still there makes it a suspect", () => {
  const [finding] = rolling(["t::f[0]", "t::f[1]"], [0x9000]);
  assert.equal(finding?.verdict, "suspect");
  assert.doesNotMatch(finding.evidence, /in its place/);
});

test("what a device was closed with in a later test was not replaced there", () => {
  const process = new TracedProcess();
  process.begin("t::f[0]").look("before").allocate(ADDRESS, 2048);
  process.look("after").look("after-collect").look("after-clear").end("t::f[0]");
  process
    .begin("t::f[1]")
    .look("before")
    .look("after")
    .look("after-collect")
    .look("after-clear")
    .close()
    .end("t::f[1]");
  const [finding] = grade(process.outcome(), rulesOf());
  assert.equal(finding?.verdict, "suspect");
  assert.doesNotMatch(finding.evidence, /in its place/);
});

test("what was replaced before its device was closed was replaced all the same", () => {
  const [finding] = rolling(["t::f[0]", "t::f[1]"], [], (process) => {
    process.begin("t::g").look("before").close().end("t::g");
  });
  assert.equal(finding?.verdict, "retained");
});
