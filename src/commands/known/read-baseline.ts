import { UsageError } from "../../core/base/usage-error.ts";
import { baselineLeftovers } from "../../core/known/leftover.ts";
import type { BaselineEntry, NotedEntry } from "../../core/model/baseline.ts";
import { parseBaseline } from "../../in/rules/baseline-file.ts";
import type { Io } from "../io.ts";
import { readNamedFile } from "../named-file.ts";
import { kindOfSource, readSource } from "./read-source.ts";

/** Largest baseline that is read. */
const BASELINE_BYTES_MAX = 67_108_864;

const BASELINE_FILE = {
  what: "the baseline",
  sizeBytesMax: BASELINE_BYTES_MAX,
  remedy: "tt-memwatch baseline update FILE --from REPORT writes one",
};

/**
 * What a good run left, by the name that the user gave: a baseline's file, or that run's recording or report.
 *
 * @throws UsageError with the place of what is wrong
 */
export function readBaseline(command: string, name: string, io: Io): readonly BaselineEntry[] {
  if (kindOfSource(name, BASELINE_FILE, io) === "other") return readBaselineFile(name, io);
  return baselineLeftovers(readSource(command, name, io));
}

/** The entries of a baseline's file. Throws UsageError. */
export function readBaselineFile(name: string, io: Io): readonly NotedEntry[] {
  const result = parseBaseline(readNamedFile(name, BASELINE_FILE, io), name);
  if (result.kind === "faults") throw new UsageError(result.faults.join("\n"));
  return result.entries;
}
