import { existsSync } from "node:fs";
import type { Rules } from "../../../core/model/rules.ts";
import { quoteShell } from "../../../out/report/quote-shell.ts";
import type { Io } from "../../io.ts";
import type { RunOptions } from "../options.ts";
import type { RunAllocations } from "./served-run.ts";

/** Set to exactly 1, a patched tt-metal reports to the allocation server. */
const TRACKING = "TT_ALLOC_TRACKING_ENABLED";

/**
 * Uses the allocation server that is running, or brings one where a patched tt-metal would report: its clients have the
 * socket's path compiled in. A server that cannot be had costs a warning, never the run; nobody misses one that was not named.
 */
export async function openRunAllocations(
  version: string,
  io: Io,
  { socketPath: path, isServerNamed }: Pick<RunOptions, "socketPath" | "isServerNamed">,
  rules: Rules,
): Promise<RunAllocations> {
  const isReported = io.env[TRACKING] === "1";
  if (!isReported && !existsSync(path)) return noAllocations(isServerNamed ? [absentWarning(path)] : []);
  // Most runs have no use for a server and should not wait for its code.
  const served = await io.faults.guardAsync("looking for the allocation server", async () => {
    const { ServedRun } = await import("./served-run.ts");
    return ServedRun.open(version, path, isReported, io.faults, rules);
  });
  return served ?? noAllocations([]);
}

function absentWarning(path: string): string {
  return `no allocation server took part: there is none on ${path}; start it before the run: tt-memwatch serve --socket ${quoteShell(path)}`;
}

function noAllocations(warnings: readonly string[]): RunAllocations {
  return { isPrompt: false, note: () => {}, report: async () => null, warnings, [Symbol.asyncDispose]: async () => {} };
}
