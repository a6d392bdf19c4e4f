import { causeIdOf } from "../../core/model/causes.ts";
import type { Finding } from "../../core/model/finding.ts";
import type { HeldMemory, RunReport } from "../../core/model/run-report.ts";
import { orderFindings } from "./finding-order.ts";
import { type JsonReport, REPORT_SCHEMA_ID } from "./json-schema.ts";

const INDENT = "  ";

/** The report for programs, in pieces, because that of 40,000 tests has 130 MB. Its shape is docs/report.schema.json. */
export function* jsonReport(report: RunReport): Iterable<string> {
  let before = "{";
  for (const [key, value] of Object.entries(toJson(report))) {
    yield `${before}\n${INDENT}${JSON.stringify(key)}: `;
    yield* typeof value === "function" ? listJson(value()) : [nested(value, 1)];
    before = ",";
  }
  yield "\n}\n";
}

/** As JSON.stringify has it, without ever having all of it. */
function* listJson(list: Iterable<unknown>): Iterable<string> {
  let isEmpty = true;
  for (const each of list) {
    yield `${isEmpty ? "[" : ","}\n${INDENT.repeat(2)}${nested(each, 2)}`;
    isEmpty = false;
  }
  yield isEmpty ? "[]" : `\n${INDENT}]`;
}

/** A newline within a string is escaped, so every one that is there begins a line. */
function nested(value: unknown, depth: number): string {
  return JSON.stringify(value, null, INDENT).replaceAll("\n", `\n${INDENT.repeat(depth)}`);
}

/** Lists that grow with the run are made as they are written. */
type InPieces<Report> = {
  readonly [Key in keyof Report]: Key extends "tests" | "findings" | "remaining"
    ? () => Iterable<Report[Key] extends readonly (infer Each)[] ? Each : never>
    : Report[Key];
};

/** Mutable arrays all through, as a schema's type has them. */
type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

function toJson({
  run,
  tests,
  findings,
  remaining,
  outOfMemory,
  clashes,
  exposedToReplay,
  allocations,
  reruns,
  suppressions,
  baseline,
}: RunReport): InPieces<JsonReport> {
  return {
    schema: REPORT_SCHEMA_ID,
    run: {
      ...mutable({ ...run, lost: [] }),
      lost: run.lost.map((lost) => ({ ...lost, live: lost.live.map(heldJson) })),
    },
    tests: () => mutable(tests),
    findings: () => findingsJson(findings),
    remaining: () => remaining.map(heldJson),
    outOfMemory: mutable(outOfMemory),
    clashes: mutable(clashes),
    exposedToReplay: mutable(exposedToReplay),
    allocations: mutable(allocations),
    reruns: mutable(reruns),
    suppressions: mutable(suppressions),
    baseline: mutable(baseline),
  };
}

function* findingsJson(findings: readonly Finding[]): Iterable<JsonReport["findings"][number]> {
  for (const finding of orderFindings(findings)) {
    yield mutable({ ...finding, buffers: finding.buffers.map(withHexAddress), cause: causeIdOf(finding) });
  }
}

function heldJson(held: HeldMemory): JsonReport["remaining"][number] {
  return { ...held, buffers: held.buffers.map(withHexAddress) };
}

function withHexAddress<T extends { readonly address: bigint }>(buffer: T): Omit<T, "address"> & { address: string } {
  return { ...buffer, address: `0x${buffer.address.toString(16)}` };
}

/** Nothing is changed afterwards: only the type differs. */
function mutable<T>(value: T): Mutable<T> {
  return value as Mutable<T>;
}
