import { styleText } from "node:util";
import stringWidth from "string-width";
import wrapAnsi from "wrap-ansi";
import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { firstOf } from "../../core/base/first-of.ts";
import { printable } from "../../core/base/printable.ts";
import type { Finding } from "../../core/model/finding.ts";
import { type Cause, causesAndOthers, UNSUMMED } from "../../core/model/group-by-cause.ts";
import {
  birthplaceOf,
  buffersOf,
  describeOrigin,
  devicesOf,
  growthOf,
  insideOf,
  knownOf,
  subjectOf,
  subtestsOf,
} from "./finding-words.ts";
import type { FindingGroup } from "./group-by-verdict.ts";

export interface TextOptions {
  /** Whether to colour: the caller knows the terminal and NO_COLOR. */
  readonly color: boolean;
  /** Columns. */
  readonly width: number;
  /** Whether to print what a reader mostly skips: why something was expected, and each buffer that remains. */
  readonly isVerbose: boolean;
  /** How many of the tests that had most live at once to list; null: none. */
  readonly peaks: number | null;
  /** Whether to print each finding, however many have one cause. */
  readonly isDetailed: boolean;
}

/** A reader needs to see all that fails, within reason; of the rest the first few say it. */
const FAILING_OF_A_VERDICT_MAX = 100;
const OTHER_OF_A_VERDICT_MAX = 10;
const HOLDERS_MAX = 5;

const GAP = 3;
/** Below so many columns what is known of a finding is not set under its test but further to the left: a long verdict leaves too little room. */
const ROOMY_FROM = 100;
const NARROW_INDENT = 4;
/** Narrower text than this is not wrapped further, however narrow the terminal. */
const TEXT_WIDTH_MIN = 20;

/**
 * The findings of one verdict: those that have a cause in common with several others once, and the others, a paragraph for
 * each evidence; first those that have the largest. Beyond a limit only the largest are reported, and the others counted.
 */
export function findingGroupText(group: FindingGroup, options: TextOptions): string {
  const told = options.isDetailed ? group.findings : causesAndOthers(group.findings);
  const causes = told.flatMap((each) => ("verdict" in each ? [] : [each]));
  const rest = told.flatMap((each) => ("verdict" in each ? [each] : []));
  const common = causes.toSorted((a, b) => b.sizeBytes - a.sizeBytes).map((cause) => causeText(cause, options));
  const single = rest.length === 0 ? [] : [singlyText({ ...group, findings: rest }, options)];
  return (mostOf(rest) > mostOf(causes) ? [...single, ...common] : [...common, ...single]).join("\n\n");
}

function mostOf(sizes: readonly { readonly sizeBytes: number }[]): number {
  return sizes.reduce((most, { sizeBytes }) => Math.max(most, sizeBytes), 0);
}

function causeText(cause: Cause, options: TextOptions): string {
  const lines = causeLines(cause, options.width);
  return lines.map((line) => (options.color ? styledLine(line, cause.findings) : line)).join("\n");
}

/** A cause of several findings, without colours: how many and how much, what is known of it, and which are the first and the largest. */
export function causeLines(cause: Cause, width: number): readonly string[] {
  const { findings, holder } = cause;
  const [first] = findings;
  if (first === undefined) return [];
  const largest = findings.reduce((most, finding) => (finding.sizeBytes > most.sizeBytes ? finding : most));
  const label = labelOf(first);
  const { subject, left: right } = causeHead(cause);
  const facts = [
    first.origin === null ? null : describeOrigin(first.origin),
    holder === null ? null : `held by  ${printable(holder)}`,
    sizesOf(findings),
    `first    ${subjectOf(first)}   ${growthOf(first)}`,
    largest.sizeBytes === first.sizeBytes ? null : `largest  ${subjectOf(largest)}   ${growthOf(largest)}`,
  ].filter((fact) => fact !== null);
  const indented = (text: string): readonly string[] => indentedLines(text, indentOf(label, width), width);
  return [...headOf(label, subject, right, width), ...facts.flatMap(indented), ...indented(printable(first.evidence))];
}

/** "40 tests, one cause" and "+960.0 KB DRAM in all". */
export function causeHead({ findings, sizeBytes }: Cause): { readonly subject: string; readonly left: string } {
  const memoryType = findings[0]?.memoryType ?? "";
  const subject = `${count(new Set(findings.map(subjectOf)).size, "test")}, one cause`;
  return { subject, left: `+${formatBytes(sizeBytes)} ${memoryType} in all` };
}

/** Amounts that are listed one by one. */
const SIZES_MAX = 8;

/** "24.0 KB in each", or what each left in the order in which they ran, or from what to what. */
function sizesOf(findings: readonly Finding[]): string {
  const sizes = findings.map(({ sizeBytes }) => sizeBytes);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (least === most) return `each     ${formatBytes(least)}`;
  if (sizes.length <= SIZES_MAX) return `each     ${sizes.map(formatBytes).join(", ")}`;
  return `each     ${formatBytes(least)} to ${formatBytes(most)}`;
}

/** A paragraph for each evidence; beyond a limit only the largest, and the others are counted. */
function singlyText({ verdict, fails, findings }: FindingGroup, options: TextOptions): string {
  const max = fails ? FAILING_OF_A_VERDICT_MAX : OTHER_OF_A_VERDICT_MAX;
  const largestFirst = findings.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const shown = new Set(firstOf(largestFirst, options.isDetailed ? Infinity : max));
  const byEvidence = Map.groupBy(
    findings.filter((finding) => shown.has(finding)),
    (finding) => (isBrief(finding, options) ? verdict : finding.evidence),
  );
  const paragraphs = [...byEvidence.values()].map((alike) => styledFindings(alike, options));
  const rest = findings.filter((finding) => !shown.has(finding));
  if (rest.length > 0) {
    const sizeBytes = UNSUMMED.has(verdict) ? 0 : rest.reduce((sum, finding) => sum + finding.sizeBytes, 0);
    const together = sizeBytes === 0 ? "" : `, ${formatBytes(sizeBytes)} together`;
    paragraphs.push(`${verdict.toUpperCase()}   and ${rest.length} more${together}: --details prints them`);
  }
  return paragraphs.join("\n\n");
}

/** What was expected is named, no more. */
function isBrief({ verdict }: Finding, { isVerbose }: TextOptions): boolean {
  return verdict === "expected" && !isVerbose;
}

function styledFindings(findings: readonly Finding[], options: TextOptions): string {
  const { color, width } = options;
  const lines = findings.every((finding) => isBrief(finding, options))
    ? findings.flatMap((finding) => headLines(finding, width))
    : findingLines(findings, width, options.isDetailed);
  return lines.map((line) => (color ? styledLine(line, findings) : line)).join("\n");
}

/** What does not fail is dim as a whole; what fails has its verdict in colour. */
function styledLine(line: string, [finding]: readonly Finding[]): string {
  if (finding === undefined) return line;
  if (!finding.fails) return paint("dim", line);
  const label = labelOf(finding);
  if (!line.startsWith(label)) return line;
  return paint(["bold", finding.verdict === "leak" ? "red" : "yellow"], label) + line.slice(label.length);
}

function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { validateStream: false });
}

function labelOf({ verdict }: Finding): string {
  return verdict.toUpperCase();
}

/**
 * Findings of one verdict and one evidence, without colours: what and how much of each, what is known of it, and in the end why, wrapped to
 * the width. What is equal is said once. `isWhole`: nothing is left out, however much is known.
 */
export function findingLines(findings: readonly Finding[], width: number, isWhole = false): readonly string[] {
  const [first] = findings;
  if (first === undefined) return [];
  const indented = (text: string): readonly string[] => indentedLines(text, indentOf(labelOf(first), width), width);
  const groups = [...Map.groupBy(findings, (finding) => factsOf(finding, isWhole).join("\n")).values()];
  const known = groups.flatMap((alike) => [
    ...alike.flatMap((finding) => headLines(finding, width)),
    ...alike.slice(0, 1).flatMap((finding) => factsOf(finding, isWhole).flatMap(indented)),
  ]);
  return [...known, ...indented(printable(first.evidence))];
}

function indentOf(label: string, width: number): number {
  return width < ROOMY_FROM ? NARROW_INDENT : label.length + GAP;
}

/** A remark in brackets at the end, such as where a helper was called from, has a line of its own where not all fits into one. */
function indentedLines(text: string, indent: number, width: number): readonly string[] {
  const room = Math.max(width - indent, TEXT_WIDTH_MIN);
  const parts = stringWidth(text) <= room ? [text] : text.split(REMARK);
  const lines = parts.flatMap((part) => wrapAnsi(part, room, { hard: true, trim: false }).split("\n"));
  return lines.map((line) => " ".repeat(indent) + line.trim());
}

const REMARK = / {3}(?=\(from )/;

function headLines(finding: Finding, width: number): readonly string[] {
  const right = [growthOf(finding), devicesOf(finding)].filter((part) => part !== "").join(" ".repeat(GAP));
  return headOf(labelOf(finding), subjectOf(finding), right, width);
}

function headOf(label: string, subject: string, right: string, width: number): readonly string[] {
  const left = `${label}${" ".repeat(GAP)}${subject}`;
  if (right === "") return [left];
  const room = width - stringWidth(left) - stringWidth(right);
  // A node id is never cut: people copy it.
  if (room < GAP) return [left, `${" ".repeat(indentOf(label, width))}${right}`];
  return [`${left}${" ".repeat(room)}${right}`];
}

/** What is known of a finding beside its size and the reason of its verdict; `isWhole`: however much that is. */
export function factsOf(finding: Finding, isWhole = false): readonly string[] {
  const max = isWhole ? Infinity : undefined;
  const holders = firstOf(finding.holders, max ?? HOLDERS_MAX);
  const others = finding.holders.length - holders.length;
  const facts = [
    knownOf(finding),
    buffersOf(finding, max),
    birthplaceOf(finding),
    subtestsOf(finding, max),
    finding.origin === null ? null : describeOrigin(finding.origin),
    ...insideOf(finding, max),
    ...holders.map((holder) => `held by  ${printable(holder)}`),
    others === 0 ? null : `and by ${count(others, "other")}`,
  ];
  return facts.filter((fact) => fact !== null);
}
