import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { html, raw } from "hono/html";
import { PAGE_DATA_ID } from "../../../core/model/page.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import { PAGE_PROGRAM, PAGE_STYLE } from "../../../files/page-program.ts";
import { textOfMarkup } from "./markup.ts";
import { NO_EXTRAS, type PageExtras, pageData } from "./page-data.ts";

/** A page for the browser, with all it needs inside: it opens from disk and asks for nothing. */
export function htmlReport(report: RunReport, extras: PageExtras = NO_EXTRAS): string {
  const data = pageData(report, extras);
  return pageDocument(data.run.headline, gzipSync(JSON.stringify(data)).toString("base64")).html;
}

/** A page, and the policy by which a browser lets it do what it does and no more. */
interface PageDocument {
  readonly html: string;
  readonly policy: string;
}

/** `data`: of a page that has its own; null: it asks the server that it came from. */
export function pageDocument(headline: string, data: string | null): PageDocument {
  const program = readFileSync(PAGE_PROGRAM, "utf8");
  const style = readFileSync(PAGE_STYLE, "utf8");
  const policy = policyOf(program, style, data);
  const markup = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>tt-memwatch: ${headline}</title>
<style>${raw(style)}</style>
</head>
<body>
<div id="page"><noscript>This page needs JavaScript, which it brings itself.</noscript></div>
${data === null ? null : html`<script type="application/octet-stream" id="${PAGE_DATA_ID}">${data}</script>`}
<script type="module">${raw(program)}</script>
</body>
</html>
`;
  return { html: textOfMarkup(markup), policy };
}

/** Only our own program and style run; a page that has its data may ask nobody. */
function policyOf(program: string, style: string, data: string | null): string {
  const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const sources = [
    "default-src 'none'",
    `script-src ${digest(program)}`,
    `style-src ${digest(style)}`,
    "img-src data:",
    ...(data === null ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ];
  return sources.join("; ");
}
