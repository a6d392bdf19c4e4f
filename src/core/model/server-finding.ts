import type { Finding } from "./finding.ts";

/** One verdict on what an allocation server heard of one device and memory type: a finding without what only a look tells. */
export interface ServerFinding extends Pick<Finding, "verdict" | "sizeBytes" | "evidence" | "fails"> {
  /** The rule that decided: a table of the rules' file, an `expected` rule by its name, or what the books alone tell. */
  readonly rule: string;
  /** As the client sent it. */
  readonly device: number;
  /** DRAM, L1, SYSTEM_MEMORY, L1_SMALL or TRACE. */
  readonly memoryType: string;
  readonly buffers: number;
  /** Owners, ascending; the first ones. */
  readonly pids: readonly number[];
}
