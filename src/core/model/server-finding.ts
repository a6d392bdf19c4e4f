import type { Finding } from "./finding.ts";
import type { ServerGroup } from "./server-group.ts";

/** One verdict on what an allocation server heard of one device and memory type: a finding without what only a look shows. */
export interface ServerFinding extends ServerGroup, Pick<Finding, "verdict" | "evidence" | "fails"> {
  /** The rule that decided: a table of the rules' file, an `expected` rule by its name, or what the books alone show. */
  readonly rule: string;
  /** Owners, ascending; the first ones. */
  readonly pids: readonly number[];
}
