import { DOMParser, type Document, type Element } from "@xmldom/xmldom";
import type { RunReport } from "../../core/model/run-report.ts";
import { SUITE_NAME, serializeJunit, suiteElement } from "./junit.ts";

/** The other side's JUnit file cannot be added to. The message says why; the file is as it was. */
export class JunitMergeError extends Error {
  override readonly name = "JunitMergeError";
}

/** Totals some writers put on the root; pytest does not. */
const TOTALS = ["tests", "failures", "errors", "skipped"] as const;

/**
 * Adds our suite to the text of a JUnit file that pytest wrote, and gives the new text. Our suite of an earlier merge is
 * replaced, so that merging twice is merging once.
 *
 * @throws JunitMergeError where the text is not XML or not JUnit
 */
export function mergeJunit(pytestXml: string, report: RunReport): string {
  return orMergeError(() => {
    const document = parse(pytestXml);
    const root = suitesOf(document);
    for (const suite of suitesIn(root)) {
      if (suite.getAttribute("name") === SUITE_NAME) root.removeChild(suite);
    }
    root.appendChild(suiteElement(document, report));
    updateTotals(root);
    return serializeJunit(document);
  });
}

/** The XML library has errors of several kinds for text that is not XML. */
function orMergeError<T>(merge: () => T): T {
  try {
    return merge();
  } catch (error) {
    if (error instanceof JunitMergeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw notWellFormed(reason, error);
  }
}

function notWellFormed(reason: string, cause?: unknown): JunitMergeError {
  return new JunitMergeError(`pytest's JUnit file is not well-formed XML (${reason}); it was left alone`, { cause });
}

function parse(xml: string): Document {
  const onError = (level: string, message: string): void => {
    // Warnings too: what was guessed would be written back.
    throw notWellFormed(`${level}: ${message}`);
  };
  const document = new DOMParser({ onError }).parseFromString(xml.replace(/^\ufeff/, ""), "text/xml");
  // The declaration is written anew, as the text may have been in another encoding.
  for (const node of [...document.childNodes]) if (node.nodeName === "xml") document.removeChild(node);
  return document;
}

/** The root `testsuites`; a `testsuite` that is the root is wrapped in one. */
function suitesOf(document: Document): Element {
  const root = document.documentElement;
  if (root?.tagName === "testsuites") return root;
  if (root?.tagName !== "testsuite") {
    throw new JunitMergeError(
      `pytest's JUnit file has the root <${root?.tagName}>, want <testsuites> or <testsuite>; it was left alone`,
    );
  }
  const suites = document.createElement("testsuites");
  document.replaceChild(suites, root);
  suites.appendChild(root);
  return suites;
}

function suitesIn(root: Element): readonly Element[] {
  return [...root.childNodes].filter((node): node is Element => node.nodeName === "testsuite");
}

function updateTotals(root: Element): void {
  for (const total of TOTALS) {
    if (!root.hasAttribute(total)) continue;
    const sum = suitesIn(root).reduce((so, suite) => so + Number(suite.getAttribute(total) ?? 0), 0);
    root.setAttribute(total, String(sum));
  }
}
