import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { DOMParser } from "@xmldom/xmldom";
import { validateXML } from "xmllint-wasm";
import { finding, runReport, testReport } from "../../../fixtures/report/builders.ts";
import { assertGolden } from "../../../fixtures/report/golden.ts";
import { REPORTS } from "../../../fixtures/report/reports.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { junitReport } from "./junit.ts";
import { JunitMergeError, mergeJunit } from "./merge-junit.ts";

function textOf(report: RunReport): string {
  return [...junitReport(report)].join("");
}

const read = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/junit/${name}`, import.meta.url), "utf8");
const SCHEMA = read("junit.xsd");
const PYTEST = read("pytest.xml");

async function assertValid(xml: string): Promise<void> {
  const { valid, errors } = await validateXML({ xml, schema: SCHEMA });
  assert.ok(valid, errors.map(({ message }) => message).join("\n"));
}

/** Name, classname and the children of each test case of our suite. */
function casesOf(
  xml: string,
): readonly { name: string; classname: string; children: readonly string[]; xml: string }[] {
  const document = new DOMParser().parseFromString(xml, "text/xml");
  const suite = [...document.getElementsByTagName("testsuite")].find(
    (each) => each.getAttribute("name") === "tt-memwatch",
  );
  assert.ok(suite);
  return [...suite.getElementsByTagName("testcase")].map((element) => ({
    name: element.getAttribute("name") ?? "",
    classname: element.getAttribute("classname") ?? "",
    children: [...element.childNodes].map((child) => child.nodeName),
    xml: String(element),
  }));
}

for (const [name, report] of Object.entries(REPORTS)) {
  it(`writes the report "${name}" as its golden file`, () => assertGolden(`${name}.junit.xml`, textOf(report)));
  it(`"${name}" is valid JUnit`, () => assertValid(textOf(report)));
  it(`"${name}" merged into pytest's file is valid JUnit`, () => assertValid(mergeJunit(PYTEST, report)));
  it(`"${name}" merged twice is merged once`, () => {
    const once = mergeJunit(PYTEST, report);
    assert.equal(mergeJunit(once, report), once);
  });
}

it("the schema refuses what readers refuse", async () => {
  for (const broken of [
    "<testsuites><testcase name='a'/></testsuites>",
    "<testsuite/>",
    "<testsuites/><a/>",
    "<html/>",
  ]) {
    assert.equal((await validateXML({ xml: broken, schema: SCHEMA })).valid, false, broken);
  }
  await assertValid(PYTEST);
});

describe("a test case", () => {
  it("has pytest's class and name, apart from pytest's own", () => {
    const names = [
      ["a/b/test_c.py::test_d", "tt-memwatch.a.b.test_c", "test_d"],
      ["a/test_c.py::TestE::test_d[x::y/z.py]", "tt-memwatch.a.test_c.TestE", "test_d[x::y/z.py]"],
    ] as const;
    const cases = casesOf(textOf(runReport({ tests: names.map(([test]) => testReport(test)) })));
    assert.deepEqual(
      cases.map(({ classname, name }) => [classname, name]),
      names.map(([, classname, name]) => [classname, name]),
    );
  });

  it("is there for every attempt, and not for tests without a device", () => {
    const tests = [
      testReport("t.py::a"),
      testReport("t.py::a", { attempt: 2 }),
      testReport("t.py::b", { state: "no-device" }),
    ];
    assert.deepEqual(
      casesOf(textOf(runReport({ tests }))).map(({ name }) => name),
      ["a", "a (attempt 2)"],
    );
  });

  it("fails once, by its gravest finding, and tells of all", () => {
    const findings = [
      finding({ test: "t.py::a", verdict: "suspect" }),
      finding({ test: "t.py::a" }),
      finding({ test: "t.py::a", verdict: "retained", fails: false }),
    ];
    const [only] = casesOf(textOf(runReport({ tests: [testReport("t.py::a")], findings })));
    assert.deepEqual(only?.children, ["failure", "system-out"]);
    assert.match(
      only?.xml ?? "",
      /<failure type="leak" message="leak \+24.0 MB DRAM device 0 \(and 1 more\): The same/,
    );
    assert.match(only?.xml ?? "", /SUSPECT {3}t\.py::a.*<\/failure><system-out>RETAINED/s);
  });

  it("that could not be checked is skipped, not passed", () => {
    const test = testReport("t.py::a", { state: "not-checked" });
    const findings = [finding({ test: "t.py::a", verdict: "not-checked", fails: false, evidence: "Why." })];
    const [only] = casesOf(
      textOf(runReport({ tests: [testReport("t.py::b"), test], findings })).replace(/<testcase[^>]*name="b"[^>]*>/, ""),
    );
    assert.match(only?.xml ?? "", /<skipped type="not-checked" message="Why\."\/>/);
  });

  it("stands for findings between tests and on tests the run does not list", () => {
    const findings = [finding({ test: null }), finding({ test: "t.py::a" })];
    const names = casesOf(textOf(runReport({ tests: [testReport("t.py::b")], findings }))).map(({ name }) => name);
    assert.deepEqual(names, ["b", "(between tests)", "a"]);
  });
});

it("nothing checked is an error", () => {
  assert.match(
    textOf(runReport()),
    /errors="1".*<error type="not-checked" message="nothing was checked: no test ran"/s,
  );
});

it("a process that died is an error of the test that ran", () => {
  const lost = REPORTS["lost-test"] ?? runReport();
  const crashed = casesOf(textOf(lost)).find(({ name }) => name === "test_segfault");
  assert.match(crashed?.xml ?? "", /<error type="process-lost" message="test_crash.py::test_segfault ran when/);
});

describe("mergeJunit", () => {
  const report = runReport({ tests: [testReport("t.py::a")] });

  it("leaves pytest's suite as it was", () => {
    const merged = mergeJunit(PYTEST, report);
    const suite = PYTEST.slice(PYTEST.indexOf("<testsuite "), PYTEST.indexOf("</testsuites>"));
    const suiteOf = (xml: string) =>
      String(new DOMParser().parseFromString(xml, "text/xml").getElementsByTagName("testsuite")[0]);
    assert.equal(suiteOf(merged), suiteOf(suite));
  });

  it("wraps a file whose root is a testsuite", async () => {
    const bare = '<?xml version="1.0" encoding="utf-8"?><testsuite name="pytest" tests="0" failures="0" errors="0"/>';
    const merged = mergeJunit(bare, report);
    await assertValid(merged);
    assert.match(merged, /^<\?xml[^>]*\?>\s*<testsuites><testsuite name="pytest".*<testsuite name="tt-memwatch"/s);
    assert.equal(mergeJunit(merged, report), merged);
  });

  it("replaces the suite of an earlier run", () => {
    const merged = mergeJunit(mergeJunit(PYTEST, report), runReport({ tests: [testReport("t.py::later")] }));
    assert.deepEqual(
      casesOf(merged).map(({ name }) => name),
      ["later"],
    );
  });

  it("keeps totals on the root right", () => {
    const totals =
      '<testsuites tests="3" failures="1"><testsuite name="x" tests="3" failures="1" errors="0"/></testsuites>';
    const failing = runReport({ tests: [testReport("t.py::a")], findings: [finding({ test: "t.py::a" })] });
    const merged = mergeJunit(mergeJunit(totals, failing), failing);
    assert.match(merged, /<testsuites tests="4" failures="2">/);
  });

  for (const malformed of [
    "",
    "x",
    "<testsuites>",
    "<testsuites></testsuite>",
    "<a/><b/>",
    "<testsuites>&x;</testsuites>",
    "<testsuites>\u0001</testsuites>",
    PYTEST.slice(0, -5),
  ]) {
    it(`refuses ${JSON.stringify(malformed.slice(0, 30))} as not well-formed`, () => {
      assert.throws(
        () => mergeJunit(malformed, report),
        (error) => error instanceof JunitMergeError && /not well-formed XML .*left alone/.test(error.message),
      );
    });
  }

  it("refuses XML that is not JUnit and names what it found", () => {
    assert.throws(
      () => mergeJunit("<html/>", report),
      /JunitMergeError: .*root <html>, want <testsuites> or <testsuite>/,
    );
  });
});
