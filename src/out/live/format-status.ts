import stringWidth from "string-width";
import { formatBytes } from "../../core/base/bytes.ts";
import { printable } from "../../core/base/printable.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import type { RunStatus } from "../../core/model/run-status.ts";
import { truncate, truncateStart } from "./truncate-to-width.ts";

const GAP = "   ";
/** Less of a node id than this says nothing. */
const RUNNING_COLUMNS_MIN = 8;

/**
 * The status on one line, never wider than `columns`: what matters most comes first, what does not fit is cut. Of a node id the end is kept,
 * which names the test.
 */
export function formatStatus(status: RunStatus, columns: number): string {
  const { testsDone, testsTotal, growths, running } = status;
  const parts = [
    `tt-memwatch  ${testsTotal === null ? `${testsDone}` : `${testsDone}/${testsTotal}`} tests`,
    heldText(status.heldBytes),
    `${growths} to judge`,
  ];
  const head = parts.join(GAP);
  const room = columns - stringWidth(head) - GAP.length;
  if (running === null) return truncate(head, columns);
  const name = printable(running);
  return truncate(head + GAP + (room < RUNNING_COLUMNS_MIN ? name : truncateStart(name, room)), columns);
}

function heldText(heldBytes: RunStatus["heldBytes"]): string {
  const held = MEMORY_TYPES.flatMap((memoryType) => {
    const sizeBytes = heldBytes[memoryType] ?? 0;
    return sizeBytes === 0 ? [] : [`${formatBytes(sizeBytes)} ${memoryType}`];
  });
  return held.length === 0 ? "nothing held" : held.join(", ");
}
