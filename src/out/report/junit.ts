import { DOMImplementation, type Document, type Element, XMLSerializer } from "@xmldom/xmldom";
import type { RunReport } from "../../core/model/run-report.ts";
import { allocationsLines } from "./allocations.ts";
import { type JunitCase, type JunitResult, junitCases } from "./junit-cases.ts";

export const SUITE_NAME = "tt-memwatch";

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';

/** The report as a JUnit file of its own, for CI systems. */
export function junitReport(report: RunReport): string {
  const document = new DOMImplementation().createDocument(null, "testsuites", null);
  const root = document.documentElement;
  if (root === null) throw new Error("a document made with a root element has none");
  root.appendChild(suiteElement(document, report));
  return serializeJunit(document);
}

/** The text of a document that has no XML declaration of its own; throws where XML cannot hold it. */
export function serializeJunit(document: Document): string {
  return `${DECLARATION}\n${new XMLSerializer().serializeToString(document, { requireWellFormed: true }).trim()}\n`;
}

/** What was found as the test suite `tt-memwatch`. */
export function suiteElement(document: Document, report: RunReport): Element {
  const cases = junitCases(report);
  const countOf = (element: JunitResult["element"]): string =>
    String(cases.filter(({ result }) => result?.element === element).length);
  const suite = createElement(document, "testsuite", {
    name: SUITE_NAME,
    tests: String(cases.length),
    failures: countOf("failure"),
    errors: countOf("error"),
    skipped: countOf("skipped"),
    time: NO_TIME,
    // Seconds without a zone is what every reader of these files takes.
    timestamp: report.run.startedAt.slice(0, "2025-01-31T12:34:56".length),
  });
  for (const each of cases) {
    suite.appendChild(document.createTextNode("\n"));
    suite.appendChild(caseElement(document, each));
  }
  if (report.allocations !== null) {
    suite.appendChild(document.createTextNode("\n"));
    suite.appendChild(outputElement(document, allocationsLines(report.allocations).join("\n")));
  }
  return suite;
}

/** The time of a test is in pytest's own case: counting it twice would double every total. */
const NO_TIME = "0.000";

function caseElement(document: Document, { classname, name, result, output }: JunitCase): Element {
  const element = createElement(document, "testcase", { classname, name, time: NO_TIME });
  if (result !== null) {
    const { type, message, body } = result;
    element.appendChild(withText(createElement(document, result.element, { type, message }), body));
  }
  if (output !== null) element.appendChild(outputElement(document, output));
  return element;
}

function outputElement(document: Document, text: string): Element {
  return withText(createElement(document, "system-out", {}), text);
}

function createElement(document: Document, name: string, attributes: Readonly<Record<string, string>>): Element {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function withText(element: Element, text: string): Element {
  if (text !== "") element.textContent = text;
  return element;
}
