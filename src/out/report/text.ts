import { styleText } from "node:util";
import wrapAnsi from "wrap-ansi";
import type { RunReport } from "../../core/model/run-report.ts";
import { allocationsLines } from "./allocations.ts";
import { groupFindings } from "./group-by-verdict.ts";
import { peaksTable } from "./peaks-table.ts";
import { remainingBlock } from "./remaining-block.ts";
import { runFacts } from "./run-facts.ts";
import { outcomeOf, type RunOutcome } from "./run-outcome.ts";
import type { SummaryFact } from "./summary-fact.ts";
import { findingGroupText, type TextOptions } from "./text-finding.ts";

export type { TextOptions } from "./text-finding.ts";

const FACT_INDENT = 15;
const FACT_WIDTH_MIN = 20;
const DETAIL_INDENT = 2;

const OUTCOME_STYLE = { fails: "red", "nothing-checked": "yellow", incomplete: "yellow", clean: "green" } as const;

/** The report for people at a terminal: findings gravest first, a summary, what is still held, and one last line. */
export function textReport(report: RunReport, options: TextOptions): string {
  const groups = groupFindings(report.findings).map((group) => `${findingGroupText(group, options)}\n`);
  const facts = runFacts(report).flatMap((fact) => factLines(fact, options.width));
  const parts = [
    ...groups,
    `${facts.join("\n")}\n`,
    ...(options.peaks === null ? [] : [peaksTable(report, options.peaks)]),
    ...remainingPart(report, options),
    ...allocationsPart(report),
    lastLine(outcomeOf(report), options),
  ];
  return `${parts.join("\n")}\n`;
}

function factLines({ name, text, details = [] }: SummaryFact, width: number): readonly string[] {
  const indent = " ".repeat(FACT_INDENT);
  const [first = "", ...others] = wrapped(text, width - FACT_INDENT);
  const below = details.flatMap((detail) => detailLines(detail, width));
  return [`${name.padEnd(FACT_INDENT)}${first}`, ...others.map((line) => indent + line), ...below];
}

function detailLines(detail: string, width: number): readonly string[] {
  const text = detail.trimStart();
  const indent = " ".repeat(FACT_INDENT + DETAIL_INDENT + detail.length - text.length);
  return wrapped(text, width - indent.length).map((line, index) => `${index === 0 ? indent : `${indent}  `}${line}`);
}

function wrapped(text: string, room: number): readonly string[] {
  const lines = wrapAnsi(text, Math.max(room, FACT_WIDTH_MIN), { hard: true, trim: false }).split("\n");
  return lines.map((line) => line.trim());
}

/** For those who know it from the allocation server. Where nothing was measured, that nothing remains would be invented. */
function remainingPart({ run, remaining, allocations }: RunReport, { isVerbose }: TextOptions): readonly string[] {
  const isKnown = run.tests.checked > 0 || remaining.length > 0;
  return isKnown && (allocations !== null || isVerbose) ? [`${remainingBlock(remaining).trim()}\n`] : [];
}

/** What a patched tt-metal reported, where an allocation server took part. */
function allocationsPart({ allocations }: RunReport): readonly string[] {
  return allocations === null ? [] : [`${allocationsLines(allocations).join("\n")}\n`];
}

function lastLine({ kind, headline, next, command }: RunOutcome, { color }: TextOptions): string {
  const styled = color ? styleText(["bold", OUTCOME_STYLE[kind]], headline, { validateStream: false }) : headline;
  return `tt-memwatch: ${styled}. ${next}${command === null ? "" : ` ${command}`}`;
}
