import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import type { RunReport } from "../../../core/model/run-report.ts";
import { orderFindings } from "../finding-order.ts";
import { outcomeOf } from "../run-outcome.ts";
import { findingsSection, placeFindings } from "./findings-section.ts";
import { heldSection } from "./held-section.ts";
import { hostSection } from "./host-section.ts";
import { textOfMarkup } from "./markup.ts";
import {
  allocationsSection,
  header,
  noticesSection,
  remainingSection,
  runSection,
  shortagesSection,
} from "./run-section.ts";
import { STYLE } from "./style.ts";
import { testsSection } from "./tests-section.ts";

/** Whatever slipped into the page could load nothing and run nothing: only this style sheet is allowed. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'`;

/** The report as one page that opens from disk: no request, no script. */
export function htmlReport(report: RunReport): string {
  const outcome = outcomeOf(report);
  const ordered = orderFindings(report.findings);
  const placed = placeFindings(ordered);
  return textOfMarkup(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>tt-memwatch: ${outcome.headline}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
${header(report, outcome)}
<main>
${noticesSection(report)}
${shortagesSection(report)}
${heldSection(report)}
${findingsSection(placed, ordered.length)}
${testsSection(report.tests, placed)}${hostSection(report)}
${runSection(report)}
${remainingSection(report)}
${allocationsSection(report)}
</main>
</body>
</html>
`);
}
