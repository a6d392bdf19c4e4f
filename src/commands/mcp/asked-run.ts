import * as z from "zod";
import { causeIdOf } from "../../core/model/group-by-cause.ts";
import type { StoredFinding } from "../../core/model/history.ts";
import type { RunReport } from "../../core/model/run-report.ts";
import { orderFindings } from "../../out/report/group-by-verdict.ts";

/** What is read of a finding of a report; everything it has is passed on where one is asked for. */
const Finding = z.looseObject({
  verdict: z.string(),
  fails: z.boolean(),
  test: z.string().nullable(),
  attempt: z.number(),
  device: z.number().nullable(),
  memoryType: z.string().nullable(),
  sizeBytes: z.number(),
  buffers: z.array(z.unknown()),
  origin: z.looseObject({}).nullable(),
  holders: z.array(z.string()),
  evidence: z.string().default(""),
  signature: z.string(),
  cause: z.string(),
});

/** A report of version 3 or 4; `parseReport` has checked the version. */
export const AskedReport = z.looseObject({
  run: z.looseObject({ command: z.array(z.string()), startedAt: z.string() }),
  findings: z.array(Finding),
  outOfMemory: z.array(z.unknown()).default([]),
  clashes: z.array(z.unknown()).default([]),
});

/** A finding, wherever it comes from, with all else that its report says. */
export interface AskedFinding {
  readonly verdict: string;
  readonly fails: boolean;
  readonly test: string | null;
  readonly attempt: number;
  readonly device: number | null;
  readonly memoryType: string | null;
  readonly sizeBytes: number;
  /** Of a run of the history, how many there are. */
  readonly buffers: readonly unknown[] | number;
  readonly origin: object | null;
  readonly holders: readonly string[];
  readonly evidence: string;
  readonly signature: string;
  readonly cause: string;
}

/** What is asked of a run that has ended. */
export interface AskedRun {
  readonly name: string;
  readonly command: readonly string[];
  readonly startedAt: string;
  /** In the order of reports: failing ones first, then the gravest. */
  readonly findings: readonly AskedFinding[];
  /** null: it does not have that. */
  readonly shortages: readonly { readonly kind: "out-of-memory" | "clash"; readonly shortage: unknown }[] | null;
  /** What could not be read, a sentence each. */
  readonly lacks: readonly string[];
}

export function ofReport(name: string, report: z.output<typeof AskedReport>): AskedRun {
  const { run, findings, outOfMemory, clashes } = report;
  const shortages = shortagesOf(outOfMemory, clashes);
  return { name, command: run.command, startedAt: run.startedAt, findings, shortages, lacks: [] };
}

export function ofRecording(name: string, report: RunReport, lacks: readonly string[]): AskedRun {
  const { run, outOfMemory, clashes } = report;
  const findings = orderFindings(report.findings).map((finding) => ({ ...finding, cause: causeIdOf(finding) }));
  const shortages = shortagesOf(outOfMemory, clashes);
  return { name, command: run.command, startedAt: run.startedAt, findings, shortages, lacks };
}

interface NamedStoredRun {
  readonly name: string;
  readonly run: { readonly command: readonly string[]; readonly startedAt: string };
  readonly findings: readonly StoredFinding[];
}

/** The history keeps neither sentences nor what ran out of memory. */
export function ofHistory({ name, run, findings: stored }: NamedStoredRun): AskedRun {
  const findings = stored.map((finding) => {
    return { ...finding, evidence: "", cause: causeIdOf({ ...finding, fixture: null, evidence: "" }) };
  });
  return { name, command: run.command, startedAt: run.startedAt, findings, shortages: null, lacks: [] };
}

function shortagesOf(outOfMemory: readonly unknown[], clashes: readonly unknown[]) {
  return [
    ...outOfMemory.map((shortage) => ({ kind: "out-of-memory" as const, shortage })),
    ...clashes.map((shortage) => ({ kind: "clash" as const, shortage })),
  ];
}
