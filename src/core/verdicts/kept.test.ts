import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { rulesOf } from "../../../fixtures/run/rules.ts";
import { fixtureRef, recordOf, Scenario } from "../../../fixtures/run/scenario.ts";
import { grade } from "./grade.ts";

const RULES = rulesOf();

const NOTHING = {};
const ONE = { DRAM: { 32: 100 } };

function verdictsOf(scenario: Scenario): string[] {
  return grade(recordOf(scenario), RULES).map(({ test: name, verdict }) => `${name}: ${verdict}`);
}

/** A test at whose end one buffer is live. */
function leaving(test: string): Scenario {
  return new Scenario().begin(test).look("before", NOTHING).look("after-collect", ONE);
}

describe("memory that is live at the end of a test", () => {
  test("and held by pytest's own books alone was not left", () => {
    const scenario = leaving("a").keep("DRAM", 32, "pytest").end("a").begin("b").look("before", NOTHING).end("b");
    assert.deepEqual(verdictsOf(scenario), []);
  });

  test("and still there when the next test begins is held by something else as well", () => {
    const scenario = leaving("a").keep("DRAM", 32, "pytest").end("a").begin("b").look("before", ONE).end("b");
    assert.deepEqual(verdictsOf(scenario), ["a: suspect"]);
  });

  test("and held by the exception of the failed test alone is the failure's, whenever it goes", () => {
    const lasting = leaving("a").keep("DRAM", 32, "failure").end("a", "failed");
    const gone = leaving("a").keep("DRAM", 32, "failure").end("a", "failed").begin("b").look("after", NOTHING).end("b");
    assert.deepEqual(verdictsOf(lasting), ["a: held-by-failure"]);
    assert.deepEqual(verdictsOf(gone), ["a: held-by-failure"]);
  });

  test("and in the value of a wider fixture that has ended was the fixture's", () => {
    const cache = fixtureRef("cache", "module");
    const scenario = leaving("a").endFixture(cache).look("close", ONE).keep("DRAM", 32, "pytest").endDevice().end("a");
    assert.deepEqual(verdictsOf(scenario), ["a: retained"]);
  });

  test("of a device that the test closes itself was not left if only the test uses it", () => {
    const scenario = new Scenario().begin("a").look("open", NOTHING).look("after", ONE);
    assert.deepEqual(verdictsOf(scenario.keep("DRAM", 32, "test").endDevice().end("a")), []);
  });
});

describe("memory that waits for a collection and a search that several tests share", () => {
  const waiting = () => leaving("a").wait("DRAM", 32).end("a").begin("b").look("before", ONE);

  test("was garbage of its own test if that collection frees it", () => {
    assert.deepEqual(verdictsOf(waiting().look("after-collect", NOTHING).search().end("b")), []);
  });

  test("is the same where that collection comes before the device is closed, unless a wider fixture ended as well", () => {
    const closing = () => leaving("a").wait("DRAM", 32);
    assert.deepEqual(verdictsOf(closing().look("close", NOTHING).search().end("a")), []);
    assert.deepEqual(verdictsOf(leaving("a").look("close", NOTHING).end("a")), ["a: suspect"]);
    const fixtureEnded = closing().endFixture(fixtureRef("cache", "module")).look("close", NOTHING).search().end("a");
    assert.deepEqual(verdictsOf(fixtureEnded), ["a: retained"]);
  });

  test("was freed late if it is gone before", () => {
    assert.deepEqual(verdictsOf(waiting().look("after", NOTHING).search().end("b")), ["a: late-free"]);
  });

  test("was left if it is there afterwards, and freed late if it goes then", () => {
    const searched = () => waiting().look("after-collect", ONE).search();
    assert.deepEqual(verdictsOf(searched().end("b")), ["a: suspect"]);
    assert.deepEqual(verdictsOf(searched().look("after-collect", NOTHING).end("b")), ["a: late-free"]);
  });

  test("was not searched if its process ended first, and the finding says so", () => {
    const evidenceOf = (scenario: Scenario) => grade(recordOf(scenario), RULES)[0]?.evidence ?? "";
    const notice =
      /survived a collection of young garbage.* The process ended before the search for its holders was over/;
    assert.match(evidenceOf(waiting()), notice);
    assert.doesNotMatch(evidenceOf(waiting().hold("DRAM", 32, ["a.KEPT"])), /was over/);
    assert.doesNotMatch(evidenceOf(waiting().look("after-collect", ONE).search().end("b")), notice);
  });
});

describe("memory that ended with its device", () => {
  function evidenceOf(scenario: Scenario): string {
    return grade(recordOf(scenario), RULES).at(0)?.evidence ?? "";
  }

  test("says so, and is no later test's", () => {
    const scenario = leaving("a").end("a").begin("b").look("before", ONE).look("after", ONE).endDevice().end("b");
    assert.deepEqual(verdictsOf(scenario), ["a: suspect"]);
    assert.match(evidenceOf(scenario), /, and went away when device 0 was closed\./);
  });

  test("of the test's own cost no other test anything, but its tensor is still held", () => {
    const scenario = new Scenario().begin("a").look("open", NOTHING).look("after-collect", ONE).endDevice().end("a");
    assert.match(evidenceOf(scenario), /no other test lost memory to it, but its tensor object is still held/);
  });

  test("or was freed just before that was left by its test all the same", () => {
    const scenario = leaving("a").end("a").begin("b").look("before", ONE).look("after", ONE).look("close", NOTHING);
    assert.deepEqual(verdictsOf(scenario.endDevice().end("b")), ["a: suspect"]);
    assert.match(evidenceOf(scenario), /was freed only when device 0 was about to be closed/);
  });
});
