import { formatBytes } from "../../../core/base/bytes.ts";
import { printable } from "../../../core/base/printable.ts";
import { FINDING_STATES, type FindingHistory } from "../../../core/model/history.ts";
import { describeOrigin } from "../finding-words.ts";
import { plainTable } from "../plain-table.ts";
import { refOf, STATE_WORDS } from "./history-words.ts";

const COLUMNS = [
  ["state", "left"],
  ["first", "left"],
  ["last", "left"],
  ["runs", "right"],
  ["left", "right"],
  ["memory", "left"],
  ["test", "left"],
  ["origin", "left"],
] as const;

/** What is known of each finding over time, for people at a terminal. */
export function findingsText(findings: readonly FindingHistory[]): string {
  if (findings.length === 0) return "tt-memwatch: no run in the history left memory\n";
  const table = plainTable(COLUMNS, findings.map(cells));
  const counts = FINDING_STATES.flatMap((state) => {
    const amount = findings.filter((finding) => finding.state === state).length;
    return amount === 0 ? [] : [`${amount} ${STATE_WORDS[state]}`];
  });
  return `${table}\ntt-memwatch: ${counts.join(", ")}\n`;
}

function cells(finding: FindingHistory): string[] {
  const { state, first, last, fixedBy, runs, sizeBytes, memoryType, test, origin, holder, formerly } = finding;
  return [
    STATE_WORDS[state],
    refOf(first),
    fixedBy === null ? refOf(last) : `${refOf(last)}, gone ${refOf(fixedBy)}`,
    `${runs}`,
    formatBytes(sizeBytes),
    memoryType ?? "",
    `${test === null ? "(between tests)" : printable(test)}${formerly === null ? "" : " (renamed)"}`,
    origin === null ? heldBy(holder) : describeOrigin(origin),
  ];
}

function heldBy(holder: string | null): string {
  return holder === null ? "" : `held by ${printable(holder)}`;
}
