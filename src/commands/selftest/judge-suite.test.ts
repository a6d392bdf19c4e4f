import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { z } from "zod";
import { ownFile } from "../../files/own-files.ts";
import { type JsonReport, reportSchema } from "../../out/report/json-schema.ts";
import type { Check } from "./check.ts";
import { findMarkers, judgeSuite, judgeTracing, type Markers } from "./judge-suite.ts";
import { CACHED, INNOCENT, PLANTED } from "./planted-tests.ts";
import { Facts } from "./read-facts.ts";

type Finding = JsonReport["findings"][number];

/** What the suite gave on ttnn 0.81.1 over a mock device. */
const RECORDED = z
  .object({ facts: Facts, report: reportSchema })
  .parse(JSON.parse(readFileSync(ownFile("fixtures/selftest/planted.json"), "utf8")));

/** As they are in the suite, under the root that was recorded. */
const MARKERS: Markers = new Map(
  [...findMarkers(ownFile("clients/selftest/suite"))].map(([name, line]) => {
    return [name, line.replace(ownFile("clients/selftest"), "/selftest")];
  }),
);

const LEAK = "suite/test_module_state.py::test_module_list";

test("all is right where the report says what was planted", () => {
  assert.deepEqual(wrongOf(RECORDED.report), []);
  assert.equal(MARKERS.size, new Set([...PLANTED, CACHED].map(({ marker }) => marker)).size);
});

test("every test of the suite is judged", () => {
  const judged = new Set([...PLANTED.map(({ test: name }) => name), CACHED.test, ...INNOCENT]);
  assert.deepEqual(
    RECORDED.report.tests.map(({ test: name }) => name).filter((name) => !judged.has(name)),
    [],
  );
});

describe("of each planted test", () => {
  for (const name of [...PLANTED.map(({ test: planted }) => planted), CACHED.test]) {
    const short = name.replace("suite/", "");

    test(`${short}: another verdict, a byte more and another line are each found`, () => {
      const verdict = name === CACHED.test ? "leak" : "fragmentation";
      assert.deepEqual(wrongOf(changed(name, { verdict })), [`verdicts: ${short}`]);
      assert.deepEqual(wrongOf(changed(name, { sizeBytes: 1 })), [`bytes: ${short}`]);
      assert.deepEqual(wrongOf(changed(name, { origin: null })), [`lines: ${short}`]);
    });

    test(`${short}: that nothing is found is wrong in all that was planted`, () => {
      const parts = wrongOf({ ...RECORDED.report, findings: others(name) }).map((line) => line.split(":", 1)[0]);
      assert.deepEqual(parts.slice(0, 3), ["verdicts", "bytes", "lines"]);
    });
  }
});

test("a holder that is not named is found", () => {
  const wrong = [`holders: ${LEAK.replace("suite/", "")}`];
  assert.deepEqual(wrongOf(changed(LEAK, { holders: [] })), wrong);
  assert.deepEqual(wrongOf(changed(LEAK, { holders: ["test_module_state.OTHER[0]"] })), wrong);
});

describe("of each innocent test", () => {
  for (const name of INNOCENT) {
    test(`${name}: blame is found, and that it was not checked`, () => {
      const [blame] = RECORDED.report.findings.filter(({ test: found }) => found === LEAK);
      assert.ok(blame);
      const findings = [...RECORDED.report.findings, { ...blame, test: name }];
      const wrong = [`innocent: ${name.replace("suite/", "")}`];
      assert.deepEqual(wrongOf({ ...RECORDED.report, findings }), wrong);
      const tests = RECORDED.report.tests.map((each) => {
        return each.test === name ? { ...each, state: "not-checked" as const } : each;
      });
      assert.deepEqual(wrongOf({ ...RECORDED.report, tests }), wrong);
    });
  }
});

test("what boards keep of cached programs is no blame, and memory of no test is", () => {
  const [blame] = RECORDED.report.findings.filter(({ test: found }) => found === LEAK);
  assert.ok(blame);
  const cached: Finding = { ...blame, test: INNOCENT[0] ?? null, verdict: "program-cache" };
  assert.deepEqual(wrongOf({ ...RECORDED.report, findings: [...RECORDED.report.findings, cached] }), []);
  const between: Finding = { ...blame, test: null };
  const wrong = wrongOf({ ...RECORDED.report, findings: [...RECORDED.report.findings, between] });
  assert.deepEqual(wrong, ["innocent: (between tests)"]);
});

test("sizes are of this board's banks", () => {
  const facts = { ...RECORDED.facts, banks: { ...RECORDED.facts.banks, L1: 130 } };
  assert.deepEqual(namesOf(judgeSuite(RECORDED.report, facts, MARKERS)), ["bytes: test_module_state.py::test_l1"]);
});

test("a board on which programs keep nothing has nothing to be found", () => {
  const facts = { ...RECORDED.facts, keptBytesPerBank: {} };
  const report = { ...RECORDED.report, findings: others(CACHED.test) };
  assert.deepEqual(namesOf(judgeSuite(report, facts, MARKERS)), []);
});

test("a tracer that was not live, lost records or never compared is found", () => {
  assert.deepEqual(namesOf(judgeTracing(RECORDED.report)), []);
  const [tracing] = RECORDED.report.run.tracing;
  assert.ok(tracing);
  const bad = { ...tracing, state: "unavailable" as const, reason: "no room", lost: 1, comparisons: 0 };
  const checks = judgeTracing({ ...RECORDED.report, run: { ...RECORDED.report.run, tracing: [bad], warnings: ["x"] } });
  assert.equal(namesOf(checks).length, 4);
  assert.equal(checks[0]?.got, "unavailable no room");
});

test("that no server took part is no warning of the suite's, which is kept from them", () => {
  const warnings = ["no allocation server took part: there is none on /tmp/x/no-server.sock; start it before the run"];
  assert.deepEqual(namesOf(judgeTracing({ ...RECORDED.report, run: { ...RECORDED.report.run, warnings } })), []);
});

function wrongOf(report: JsonReport): string[] {
  return namesOf(judgeSuite(report, RECORDED.facts, MARKERS));
}

function namesOf(checks: readonly Check[]): string[] {
  return checks.filter(({ isRight }) => !isRight).map(({ part, name }) => `${part}: ${name}`);
}

/** The recorded report, in which the findings of a test differ in this. */
function changed(name: string, change: Partial<Finding>): JsonReport {
  const findings = RECORDED.report.findings.map((each) => (each.test === name ? { ...each, ...change } : each));
  return { ...RECORDED.report, findings };
}

function others(name: string): Finding[] {
  return RECORDED.report.findings.filter((each) => each.test !== name);
}
