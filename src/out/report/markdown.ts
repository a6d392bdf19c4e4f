import { markdownTable } from "markdown-table";
import { count } from "../../core/base/count.ts";
import type { Finding } from "../../core/model/finding.ts";
import { type Cause, causesAndOthers } from "../../core/model/group-by-cause.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { allocationsLines } from "./allocations.ts";
import { describeOrigin, devicesOf, growthOf, subjectOf } from "./finding-words.ts";
import { orderFindings } from "./group-by-verdict.ts";
import { codeBlock, codeSpan, escapeHtmlText, escapeProse } from "./markdown-escape.ts";
import { runFacts } from "./run-facts.ts";
import { outcomeOf } from "./run-outcome.ts";
import { causeHead, causeLines, findingLines } from "./text-finding.ts";

/** GitHub refuses a step summary above 1 MiB altogether. */
export const MARKDOWN_BYTES_MAX = 1024 * 1024;

/** Shares of the limit; the details take what the others leave. */
const HEAD_SHARE = 0.05;
const FACTS_SHARE = 0.2;
const TABLE_SHARE = 0.4;
const ALLOCATIONS_SHARE = 0.1;
/** Kept free for what frames the parts and for the sentences that say what was left out. */
const RESERVED_BYTES = 1024;

/** Characters; a reason for "nothing was checked" can be any length. */
const HEADING_MAX = 120;
const SEPARATOR = "\n\n";
const DETAILS_WIDTH = 100;
const FACT_NAME_WIDTH = 15;

const SIGN = { fails: "❌", "nothing-checked": "⚠️", incomplete: "⚠️", clean: "✅" } as const;
const TABLE_HEAD = ["Verdict", "Test", "Left", "Device", "Fails"];

export interface MarkdownOptions {
  /** At least 4 KB. */
  readonly maxBytes: number;
}

/**
 * The report for $GITHUB_STEP_SUMMARY and comments: outcome, summary, a table of findings, collapsed details. Never
 * more than `maxBytes`: what does not fit is left out and counted.
 */
export function markdownReport(
  report: RunReport,
  { maxBytes }: MarkdownOptions = { maxBytes: MARKDOWN_BYTES_MAX },
): string {
  const budget = maxBytes - RESERVED_BYTES;
  const findings = orderFindings(report.findings);
  const head = headOf(report, budget * HEAD_SHARE);
  const facts = factsOf(report, budget * FACTS_SHARE);
  const table = tableOf(findings, budget * TABLE_SHARE);
  const allocations = allocationsOf(report, budget * ALLOCATIONS_SHARE);
  const others = [...head, ...facts, ...table, ...allocations];
  const details = detailsOf(findings, budget - bytesOf(others.join(SEPARATOR)));
  return `${[...head, ...facts, ...table, ...details, ...allocations].join(SEPARATOR)}\n`;
}

function headOf(report: RunReport, maxBytes: number): readonly string[] {
  const { kind, headline, next, command } = outcomeOf(report);
  const short = headline.length > HEADING_MAX ? `${headline.slice(0, HEADING_MAX)}…` : headline;
  const title = `## ${SIGN[kind]} tt-memwatch: ${escapeProse(short)}`;
  const parts = [escapeProse(next), ...(command === null ? [] : [codeBlock([command])])];
  return [title, ...fit(parts, maxBytes).kept];
}

function factsOf(report: RunReport, maxBytes: number): readonly string[] {
  const lines = runFacts(report).flatMap(({ name, text, details = [] }) => [
    `${name.padEnd(FACT_NAME_WIDTH)}${text}`,
    ...details.map((detail) => `${" ".repeat(FACT_NAME_WIDTH)}${detail}`),
  ]);
  const { kept, leftOut } = fit(lines, maxBytes);
  return [codeBlock(kept), ...leftOutSentence(leftOut, "line", "the summary")];
}

function tableOf(findings: readonly Finding[], maxBytes: number): readonly string[] {
  if (findings.length === 0) return [];
  const rows = causesAndOthers(findings).map((each) => ("verdict" in each ? rowOf(each) : rowOfCause(each)));
  // Unpadded: one long name would otherwise widen every row.
  const render = (body: string[][]): string => markdownTable([TABLE_HEAD, ...body], { alignDelimiters: false });
  const sizes = rows.map((row) => bytesOf(row.join(" | ")) + "|  |\n".length);
  const kept = indicesThatFit(sizes, maxBytes);
  return [
    render(rows.filter((_, index) => kept.has(index))),
    ...leftOutSentence(rows.length - kept.size, "row", "the table"),
  ];
}

function rowOf(finding: Finding): string[] {
  return [
    finding.fails ? `**${finding.verdict}**` : finding.verdict,
    codeSpan(subjectOf(finding)),
    growthOf(finding),
    devicesOf(finding),
    finding.fails ? "yes" : "no",
  ];
}

function rowOfCause(cause: Cause): string[] {
  const [first] = cause.findings;
  const { subject: head, left } = causeHead(cause);
  const fails = first?.fails ?? false;
  const line = first?.origin == null ? (cause.holder ?? "") : describeOrigin(first.origin);
  const verdict = first?.verdict ?? "";
  return [fails ? `**${verdict}**` : verdict, `${escapeProse(head)} ${codeSpan(line)}`, left, "", fails ? "yes" : "no"];
}

/** What a patched tt-metal reported, where an allocation server took part. */
function allocationsOf({ allocations }: RunReport, maxBytes: number): readonly string[] {
  if (allocations === null) return [];
  const { kept, leftOut } = fit(allocationsLines(allocations), maxBytes);
  return [codeBlock(kept), ...leftOutSentence(leftOut, "line", "what the allocation server heard")];
}

/** What fails can be unfolded one by one, the rest together. */
function detailsOf(findings: readonly Finding[], maxBytes: number): readonly string[] {
  const kept: { readonly fails: boolean; readonly text: string }[] = [];
  let room = maxBytes;
  // One by one: the details of all findings of a large run take much more memory than those that fit.
  const all = causesAndOthers(findings);
  for (const each of all) {
    const text = "verdict" in each ? detailOf(each) : detailOfCause(each);
    const size = bytesOf(text) + SEPARATOR.length;
    if (size > room) continue;
    room -= size;
    kept.push({ fails: "verdict" in each ? each.fails : each.findings[0]?.fails === true, text });
  }
  const others = kept.filter(({ fails }) => !fails).map(({ text }) => text);
  return [
    ...kept.filter(({ fails }) => fails).map(({ text }) => text),
    ...(others.length === 0 ? [] : [folded("findings that do not fail", others)]),
    ...leftOutSentence(all.length - kept.length, "finding", "the details"),
  ];
}

function detailOfCause(cause: Cause): string {
  const [first] = cause.findings;
  const body = codeBlock(causeLines(cause, DETAILS_WIDTH));
  if (first?.fails !== true) return body;
  const { subject: head, left } = causeHead(cause);
  return folded(`${first.verdict} · ${left} · ${escapeHtmlText(head)}`, [body]);
}

function detailOf(finding: Finding): string {
  const body = codeBlock(findingLines([finding], DETAILS_WIDTH));
  if (!finding.fails) return body;
  const summary = [finding.verdict, growthOf(finding), devicesOf(finding)].filter((part) => part !== "").join(" · ");
  return folded(`${summary} <code>${escapeHtmlText(subjectOf(finding))}</code>`, [body]);
}

/** The tags are HTML, where Markdown is not read up to the empty line. */
function folded(summaryHtml: string, parts: readonly string[]): string {
  return [`<details><summary>${summaryHtml}</summary>`, ...parts, "</details>"].join(SEPARATOR);
}

function fit(
  pieces: readonly string[],
  maxBytes: number,
): { readonly kept: readonly string[]; readonly leftOut: number } {
  const fitting = indicesThatFit(
    pieces.map((piece) => bytesOf(piece) + SEPARATOR.length),
    maxBytes,
  );
  return { kept: pieces.filter((_, index) => fitting.has(index)), leftOut: pieces.length - fitting.size };
}

/** In order; a piece too large for what is left is passed over, so that one long name does not push out the rest. */
function indicesThatFit(sizes: readonly number[], maxBytes: number): ReadonlySet<number> {
  let room = maxBytes;
  const fitting = new Set<number>();
  for (const [index, size] of sizes.entries()) {
    if (size > room) continue;
    room -= size;
    fitting.add(index);
  }
  return fitting;
}

function leftOutSentence(amount: number, noun: string, where: string): readonly string[] {
  if (amount === 0) return [];
  const verb = amount === 1 ? "is" : "are";
  return [
    `_${count(amount, noun)} ${verb} left out of ${where} to stay within the size limit; \`--json FILE\` has all._`,
  ];
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
