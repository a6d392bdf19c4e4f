import { pathToFileURL } from "node:url";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { ExitCode } from "../../core/model/exit-code.ts";
import { type Finding, VERDICTS, type Verdict } from "../../core/model/finding.ts";
import type { RunReport, RunSummary } from "../../core/model/run-report.ts";
import type { BaselineState, Known } from "../../core/model/why-known.ts";
import { attentionOf } from "./attention.ts";
import { messageOf } from "./finding-message.ts";
import { orderFindings } from "./group-by-verdict.ts";
import { quoteShell } from "./quote-shell.ts";
import { outcomeOf } from "./run-outcome.ts";
import { placeOf, type SourcePlace, testPlaceOf } from "./source-place.ts";
import { VERDICT_HELP } from "./verdict-help.ts";

/** GitHub refuses a file with more results altogether. */
export const SARIF_RESULTS_MAX = 25_000;

/** The folder that paths are relative to: where the command was run. */
const ROOT = "SRCROOT";

/** How a result compares with the baseline, in the words of SARIF. */
const BASELINE_STATE: Readonly<Record<BaselineState, string>> = { new: "new", grew: "updated", known: "unchanged" };

/** Levels of findings, and of what a rule gives where a finding says nothing else. */
const LEVEL = { error: "error", warning: "warning", none: "none" } as const;

/**
 * The report as SARIF 2.1.0, the format of code scanning: a rule for each verdict, a result at the line that allocated
 * for each finding that belongs to a file, and a notification for what does not.
 */
export function sarifReport(report: RunReport): string {
  const { run } = report;
  const findings = orderFindings(report.findings);
  const placed = findings.filter((finding) => placeOf(finding, run, run.cwd) !== null);
  const unplaced = findings.filter((finding) => placeOf(finding, run, run.cwd) === null);
  const leftOut = placed.length - SARIF_RESULTS_MAX;
  const log = {
    $schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "tt-memwatch", version: run.engine, rules: VERDICTS.map(ruleOf) } },
        invocations: [invocationOf(report, unplaced, leftOut)],
        originalUriBaseIds: { [ROOT]: { uri: pathToFileURL(`${run.cwd}/`).href } },
        columnKind: "utf16CodeUnits",
        results: placed.slice(0, SARIF_RESULTS_MAX).map((finding) => resultOf(finding, run)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleOf(verdict: Verdict): object {
  const { what, todo } = VERDICT_HELP[verdict];
  return {
    id: verdict,
    name: verdict,
    shortDescription: { text: what },
    fullDescription: { text: `${what}.` },
    help: { text: todo },
    defaultConfiguration: {
      level: LEVEL[attentionOf({ verdict, fails: verdict === "leak" || verdict === "suspect" })],
    },
  };
}

function resultOf(finding: Finding, run: RunSummary): object {
  const attention = attentionOf(finding);
  const place = placeOf(finding, run, run.cwd);
  const testPlace = testPlaceOf(finding, run, run.cwd);
  return {
    ruleId: finding.verdict,
    ruleIndex: VERDICTS.indexOf(finding.verdict),
    // What is normal is not a failure of a rule.
    kind: attention === "none" ? "informational" : "fail",
    level: LEVEL[attention],
    message: { text: messageOf(finding) },
    locations: place === null ? [] : [locationOf(place, finding)],
    ...(testPlace === null
      ? {}
      : { relatedLocations: [{ ...locationOf(testPlace, finding), message: { text: "called from the test" } }] }),
    ...(finding.baseline === null ? {} : { baselineState: BASELINE_STATE[finding.baseline] }),
    ...(finding.known === null ? {} : { suppressions: [suppressionOf(finding.known)] }),
    partialFingerprints: fingerprintsOf(finding),
    properties: propertiesOf(finding),
  };
}

/** Who knows of it stands in the source itself, or in a file of its own. */
function suppressionOf({ by, reason }: Known): object {
  return { kind: by === "mark" ? "inSource" : "external", justification: reason };
}

/** A service that kept the one of an earlier version knows the finding by it. */
function fingerprintsOf({ signature, earlierSignatures }: Finding): Readonly<Record<string, string>> {
  const versions = [signature, ...earlierSignatures];
  return Object.fromEntries(versions.map((each, index) => [`signature/v${versions.length - index}`, each]));
}

function locationOf({ file, line }: SourcePlace, { test }: Finding): object {
  const artifactLocation = file.startsWith("/")
    ? { uri: pathToFileURL(file).href }
    : { uri: file.toWellFormed().split("/").map(encodeURIComponent).join("/"), uriBaseId: ROOT };
  return {
    physicalLocation: { artifactLocation, region: { startLine: line ?? 1 } },
    ...(test === null ? {} : { logicalLocations: [{ fullyQualifiedName: test, kind: "function" }] }),
  };
}

function propertiesOf({ test, attempt, device, chips, memoryType, sizeBytes, holders, origin }: Finding): object {
  return { test, attempt, device, chips, memoryType, sizeBytes, holders, operation: origin?.operation ?? null };
}

function invocationOf(report: RunReport, unplaced: readonly Finding[], leftOut: number): object {
  const { run, allocations } = report;
  const { kind, headline } = outcomeOf(report);
  const tooMany =
    leftOut > 0
      ? [
          `${count(leftOut, "finding")} left out, because code scanning takes ${SARIF_RESULTS_MAX} results: see --json FILE`,
        ]
      : [];
  return {
    commandLine: [...run.invocation, ...run.command].map(quoteShell).join(" "),
    executionSuccessful: kind !== "nothing-checked" && kind !== "incomplete" && run.exitCode !== ExitCode.fault,
    exitCode: run.exitCode,
    exitCodeDescription: headline,
    startTimeUtc: run.startedAt,
    endTimeUtc: new Date(Date.parse(run.startedAt) + run.durationMs).toISOString(),
    workingDirectory: { uri: pathToFileURL(`${run.cwd}/`).href },
    toolExecutionNotifications: [
      ...unplaced.map((finding) => notificationOf(finding, messageOf(finding))),
      ...(allocations?.findings ?? []).map((finding) =>
        notificationOf(finding, printable(`device ${finding.device}  ${finding.memoryType}  ${finding.evidence}`)),
      ),
      ...[...run.warnings, ...tooMany].map((text) => ({ level: "warning", message: { text: printable(text) } })),
    ],
  };
}

/** What belongs to no file, which a result needs. */
function notificationOf(finding: Pick<Finding, "verdict" | "fails">, text: string): object {
  return {
    level: LEVEL[attentionOf(finding)],
    message: { text },
    associatedRule: { id: finding.verdict, index: VERDICTS.indexOf(finding.verdict) },
  };
}
