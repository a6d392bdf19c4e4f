import { existsSync } from "node:fs";
import type { Rules } from "../../../core/model/rules.ts";
import type { Io } from "../../io.ts";
import type { RunAllocations } from "./served-run.ts";

/** Set to exactly 1, a patched tt-metal reports to the allocation server. */
const TRACKING = "TT_ALLOC_TRACKING_ENABLED";

/**
 * Uses the allocation server that is running, or brings one where a patched tt-metal would report: its clients have the
 * socket's path compiled in. A server that cannot be had costs a warning, never the run.
 */
export async function openRunAllocations(version: string, io: Io, path: string, rules: Rules): Promise<RunAllocations> {
  const isReported = io.env[TRACKING] === "1";
  if (!isReported && !existsSync(path)) return NO_ALLOCATIONS;
  // Most runs have no use for a server and should not wait for its code.
  const { ServedRun } = await import("./served-run.ts");
  return ServedRun.open(version, path, isReported, io.faults, rules);
}

const NO_ALLOCATIONS: RunAllocations = {
  note: () => {},
  report: async () => null,
  warnings: [],
  [Symbol.asyncDispose]: async () => {},
};
