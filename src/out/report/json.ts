import type { HeldMemory, RunReport } from "../../core/model/run-report.ts";
import { orderFindings } from "./finding-order.ts";
import { type JsonReport, REPORT_SCHEMA_ID } from "./json-schema.ts";

/** The report for programs; its shape is docs/report.schema.json. */
export function jsonReport(report: RunReport): string {
  return `${JSON.stringify(toJson(report), null, 2)}\n`;
}

/** Mutable arrays all through, as a schema's type has them. */
type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

function toJson({ run, tests, findings, remaining, outOfMemory, allocations, reruns }: RunReport): JsonReport {
  return {
    schema: REPORT_SCHEMA_ID,
    run: {
      ...mutable({ ...run, lost: [] }),
      lost: run.lost.map((lost) => ({ ...lost, live: lost.live.map(heldJson) })),
    },
    tests: mutable(tests),
    findings: orderFindings(findings).map((finding) =>
      mutable({ ...finding, buffers: finding.buffers.map(withHexAddress) }),
    ),
    remaining: remaining.map(heldJson),
    outOfMemory: mutable(outOfMemory),
    allocations: mutable(allocations),
    reruns: mutable(reruns),
  };
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
