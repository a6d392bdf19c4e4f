import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gradeOf, leaving, verdicts } from "../../../fixtures/run/graded.ts";
import { fixtureRef, Scenario } from "../../../fixtures/run/scenario.ts";

const NOTHING = {};

describe("wider fixtures", () => {
  const weights = fixtureRef("weights");
  const device = fixtureRef("device");

  test("keep their memory as long as they live: retained", () => {
    const scenario = new Scenario().begin("a").look("open", NOTHING, { fixture: device });
    scenario.look("fixture", { DRAM: { 0: 100 } }, { fixture: weights }).look("after-collect", { DRAM: { 0: 100 } });
    scenario.end("a").endFixture(weights).look("close", NOTHING).bye();
    const [finding, ...others] = gradeOf(scenario);
    assert.deepEqual(others, []);
    assert.equal(finding?.verdict, "retained");
    assert.equal(finding.fixture?.name, "weights");
    assert.match(finding.evidence, /session fixture weights, and was freed when the fixture ended/);
  });

  test("are suspect when their memory outlives them", () => {
    const scenario = new Scenario().begin("a").look("open", NOTHING, { fixture: device });
    scenario.look("fixture", { DRAM: { 0: 100 } }, { fixture: weights }).end("a");
    scenario
      .endFixture(weights)
      .look("close", { DRAM: { 0: 100 } })
      .bye();
    assert.deepEqual(verdicts(gradeOf(scenario)), { a: ["suspect"] });
  });

  test("retain what a test put into their value, unless every test puts more", () => {
    const once = leaving(new Scenario(), "t::f[0]", 0).endFixture(weights).look("close", NOTHING);
    const often = leaving(leaving(new Scenario(), "t::f[0]", 0), "t::f[1]", 100, { 0: 100 });
    often.endFixture(weights).look("close", NOTHING);
    assert.deepEqual(verdicts(gradeOf(once)), { "t::f[0]": ["retained"] });
    assert.deepEqual(verdicts(gradeOf(often)), { "t::f[0]": ["leak"], "t::f[1]": ["leak"] });
  });

  test("set up in several workers are one finding, charged to the first test", () => {
    const worker = (id: number, name: string, index: number) =>
      new Scenario(id)
        .begin(name, { index })
        .look("open", NOTHING, { fixture: device })
        .look("fixture", { DRAM: { 0: 100 } }, { fixture: weights })
        .end(name)
        .endFixture(weights)
        .look("close", NOTHING);
    assert.deepEqual(verdicts(gradeOf(worker(0, "b", 1), worker(1, "a", 0))), { a: ["retained"] });
  });

  test("that give a device with memory on it: expected up to the rule's size, else the fixture's own", () => {
    for (const [size, verdict] of [
      [1024, "expected"],
      [1025, "retained"],
    ] as const) {
      const scenario = new Scenario()
        .begin("a")
        .look("open", { L1: { 0: size } }, { fixture: device })
        .end("a");
      assert.deepEqual(verdicts(gradeOf(scenario)), { a: [verdict] });
    }
  });
});
