import { printable } from "../../core/base/printable.ts";
import type { Finding } from "../../core/model/finding.ts";
import { devicesOf, growthOf, subjectOf } from "./finding-words.ts";
import { factsOf } from "./text-finding.ts";

/** A finding as a text of its own: what and how much, what is known of it, and why it is judged so, a line each. */
export function messageOf(finding: Finding): string {
  const head = [subjectOf(finding), growthOf(finding), devicesOf(finding)].filter((part) => part !== "").join("   ");
  return [head, ...factsOf(finding), printable(finding.evidence)].filter((line) => line !== "").join("\n");
}
