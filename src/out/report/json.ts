import { LazyObject } from "../../core/base/lazy-object.ts";
import type { Finding } from "../../core/model/finding.ts";
import { causeIdOf } from "../../core/model/group-by-cause.ts";
import type { HeldMemory, RunReport } from "../../core/model/run-report.ts";
import { orderFindings } from "./group-by-verdict.ts";
import { jsonPieces } from "./json-pieces.ts";
import { type JsonReport, REPORT_SCHEMA_ID } from "./json-schema.ts";

const INDENT = "  ";

/** The report for programs, in pieces, because that of 40,000 tests has 180 MB. Its shape is docs/report.schema.json. */
export function* jsonReport(report: RunReport): Iterable<string> {
  yield* jsonPieces(toJson(report), INDENT);
  yield "\n";
}

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
}: RunReport): LazyObject<JsonReport> {
  return new LazyObject<JsonReport>({
    schema: REPORT_SCHEMA_ID,
    run: {
      ...mutable({ ...run, lost: [] }),
      lost: run.lost.map((lost) => ({ ...lost, live: lost.live.map(heldJson) })),
    },
    tests: () => mutable(tests).values(),
    findings: () => findingsJson(findings),
    remaining: () => remainingJson(remaining),
    outOfMemory: mutable(outOfMemory.map(withoutTime)),
    clashes: mutable(clashes.map(withoutTime)),
    exposedToReplay: mutable(exposedToReplay),
    allocations: mutable(allocations),
    reruns: mutable(reruns),
    suppressions: mutable(suppressions),
    baseline: mutable(baseline),
  });
}

/** A clock of one machine says nothing to others. */
function withoutTime<T extends { readonly atNs: number | null }>({ atNs: _, ...moment }: T): Omit<T, "atNs"> {
  return moment;
}

function* findingsJson(findings: readonly Finding[]): Iterable<JsonReport["findings"][number]> {
  for (const finding of orderFindings(findings)) {
    yield mutable({ ...finding, buffers: finding.buffers.map(withHexAddress), cause: causeIdOf(finding) });
  }
}

function* remainingJson(remaining: readonly HeldMemory[]): Iterable<JsonReport["remaining"][number]> {
  for (const held of remaining) yield heldJson(held);
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
