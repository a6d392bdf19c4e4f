import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { html, raw } from "hono/html";
import { printable } from "../../../core/base/printable.ts";
import { PAGE_DATA_ID } from "../../../core/model/page.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import { PAGE_PROGRAM, PAGE_STYLE } from "../../../files/page-program.ts";
import { bytesOf, type Text } from "../../../files/text-bytes.ts";
import { jsonPieces } from "../json-pieces.ts";
import { textOfMarkup } from "./markup.ts";
import { NO_EXTRAS, type PageExtras, unmadePage } from "./page-data.ts";
import { pageRun } from "./page-run.ts";

/** A page for the browser, with all it needs inside: it opens from disk and asks for nothing. */
export async function htmlReport(report: RunReport, extras: PageExtras = NO_EXTRAS): Promise<string> {
  const data = await compressed(() => jsonPieces(unmadePage(report, extras)));
  return pageDocument(printable(pageRun(report).headline), data).html;
}

/** By gzip, in base64; only that is ever there as a whole. */
async function compressed(text: Text): Promise<string> {
  const bytes = await pipeline(Readable.from(bytesOf(text)), createGzip(), buffer);
  return bytes.toString("base64");
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
