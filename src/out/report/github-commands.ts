import { formatBytes } from "../../core/base/bytes.ts";
import { count } from "../../core/base/count.ts";
import { type Cause, causesOf } from "../../core/model/group-by-cause.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { attentionOf } from "./attention.ts";
import { messageOf } from "./finding-message.ts";
import { orderFindings } from "./group-by-verdict.ts";
import { outcomeOf } from "./run-outcome.ts";
import { placeOf } from "./source-place.ts";

/** GitHub shows as many annotations of one level for a step, and drops the others. */
export const ANNOTATIONS_OF_A_LEVEL_MAX = 10;

type Level = "error" | "warning";

/**
 * The findings that need attention as workflow commands, which GitHub shows beside the code: errors for what fails,
 * warnings for what does not, one for each cause. Paths are relative to `folder`, the root of the checkout.
 */
export function githubCommands(report: RunReport, folder: string): string {
  const causes = causesOf(orderFindings(report.findings));
  const outcome = outcomeLine(report, causes);
  const lines = (["error", "warning"] as const).flatMap((level) => {
    const own = outcome?.level === level ? [outcome.line] : [];
    return [...own, ...levelLines(level, ANNOTATIONS_OF_A_LEVEL_MAX - own.length, causes, report, folder)];
  });
  return lines.map((line) => `${line}\n`).join("");
}

/** At most `max` lines, the last of which counts what is left out. */
function levelLines(level: Level, max: number, causes: readonly Cause[], report: RunReport, folder: string): string[] {
  const all = causes.filter((cause) => levelOf(cause) === level);
  const told = all.length > max ? max - 1 : all.length;
  const lines = all.slice(0, told).map((cause) => causeLine(level, cause, report, folder));
  const rest = all.length - told;
  return rest === 0
    ? lines
    : [...lines, command(level, {}, `tt-memwatch: ${count(rest, "more cause")}; the report lists them`)];
}

function levelOf({ findings: [first] }: Cause): Level | null {
  const attention = first === undefined ? "none" : attentionOf(first);
  return attention === "none" ? null : attention;
}

function causeLine(level: Level, { findings, sizeBytes }: Cause, { run }: RunReport, folder: string): string {
  const [first] = findings;
  if (first === undefined) throw new Error("a cause has a finding");
  const place = placeOf(first, run, folder);
  const tests = findings.length === 1 ? "" : `, ${count(findings.length, "finding")} alike`;
  const size = sizeBytes === 0 ? "" : ` +${formatBytes(sizeBytes)}`;
  const title = `tt-memwatch: ${first.verdict}${size}${first.memoryType === null ? "" : ` ${first.memoryType}`}${tests}`;
  const where = place === null ? {} : { file: place.file, ...(place.line === null ? {} : { line: `${place.line}` }) };
  return command(level, { ...where, title }, messageOf(first));
}

/** What makes the run fail, or incomplete, beside its findings; null: nothing does. */
function outcomeLine(report: RunReport, causes: readonly Cause[]): { level: Level; line: string } | null {
  const { kind, headline, next, command: offered } = outcomeOf(report);
  if (kind === "clean" || causes.some((cause) => levelOf(cause) === "error")) return null;
  const level = kind === "incomplete" && report.run.exitCode === 0 ? "warning" : "error";
  const text = `${headline}. ${next}${offered === null ? "" : ` ${offered}`}`;
  return { level, line: command(level, { title: "tt-memwatch" }, text) };
}

/** `::error file=a.py,line=1,title=...::text`, with the escapes that GitHub's runner undoes. */
function command(level: Level, properties: Readonly<Record<string, string>>, text: string): string {
  const named = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${level}${named.length === 0 ? "" : ` ${named.join(",")}`}::${escapeText(text)}`;
}

function escapeText(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(value: string): string {
  return escapeText(value).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
