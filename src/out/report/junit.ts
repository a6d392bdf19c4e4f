import { DOMImplementation, type Document, type Element, type Node, XMLSerializer } from "@xmldom/xmldom";
import type { RunReport } from "../../core/model/run-report.ts";
import { allocationsLines } from "./allocations.ts";
import { type JunitCase, type JunitResult, junitCases } from "./junit-cases.ts";

export const SUITE_NAME = "tt-memwatch";

const DECLARATION = '<?xml version="1.0" encoding="utf-8"?>';

/** Stands for the suite's cases until they are written. */
const CASES = "cases";

/** The report as a JUnit file of its own, for CI systems: in pieces, since the elements of many cases take much memory. */
export function* junitReport(report: RunReport): Iterable<string> {
  const document = new DOMImplementation().createDocument(null, "testsuites", null);
  const root = document.documentElement;
  if (root === null) throw new Error("a document made with a root element has none");
  const cases = junitCases(report);
  const suite = emptySuite(document, report, cases);
  root.appendChild(suite);
  const children = childrenOf(document, report, cases);
  const first = children.next();
  if (first.done === true) {
    yield serializeJunit(document);
    return;
  }
  suite.textContent = CASES;
  const [head = "", tail = ""] = around(serializeJunit(document), CASES);
  yield head;
  yield `\n${serialized(first.value)}`;
  for (const child of children) yield `\n${serialized(child)}`;
  yield tail;
}

/** What is before and after the last place of `part`. */
function around(text: string, part: string): readonly string[] {
  const at = text.lastIndexOf(part);
  return [text.slice(0, at), text.slice(at + part.length)];
}

function serialized(node: Node): string {
  return new XMLSerializer().serializeToString(node, { requireWellFormed: true });
}

/** The text of a document that has no XML declaration of its own; throws where XML cannot hold it. */
export function serializeJunit(document: Document): string {
  return `${DECLARATION}\n${serialized(document).trim()}\n`;
}

/** What was found as the test suite `tt-memwatch`. */
export function suiteElement(document: Document, report: RunReport): Element {
  const cases = junitCases(report);
  const suite = emptySuite(document, report, cases);
  for (const child of childrenOf(document, report, cases)) {
    suite.appendChild(document.createTextNode("\n"));
    suite.appendChild(child);
  }
  return suite;
}

function emptySuite(document: Document, report: RunReport, cases: readonly JunitCase[]): Element {
  const countOf = (element: JunitResult["element"]): string =>
    String(cases.filter(({ result }) => result?.element === element).length);
  return createElement(document, "testsuite", {
    name: SUITE_NAME,
    tests: String(cases.length),
    failures: countOf("failure"),
    errors: countOf("error"),
    skipped: countOf("skipped"),
    time: NO_TIME,
    // Seconds without a zone is what every reader of these files takes.
    timestamp: report.run.startedAt.slice(0, "2025-01-31T12:34:56".length),
  });
}

function* childrenOf(
  document: Document,
  { allocations }: RunReport,
  cases: readonly JunitCase[],
): Generator<Element, void, void> {
  for (const each of cases) yield caseElement(document, each);
  if (allocations !== null) yield outputElement(document, allocationsLines(allocations).join("\n"));
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
