import stringWidth from "string-width";
import { formatBytes } from "../../core/base/bytes.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import type { RunStatus } from "../../core/model/run-status.ts";

const GAP = "   ";
const ELLIPSIS = "…";

/** The status on one line, never wider than `columns`: what matters most comes first, what does not fit is cut. */
export function formatStatus(status: RunStatus, columns: number): string {
  const { testsDone, testsTotal, findings, running } = status;
  const parts = [
    `tt-memwatch  ${testsTotal === null ? `${testsDone}` : `${testsDone}/${testsTotal}`} tests`,
    heldText(status.heldBytes),
    `${findings} ${findings === 1 ? "finding" : "findings"}`,
    ...(running === null ? [] : [running]),
  ];
  return truncate(withoutControls(parts.join(GAP)), columns);
}

function heldText(heldBytes: RunStatus["heldBytes"]): string {
  const held = MEMORY_TYPES.flatMap((memoryType) => {
    const sizeBytes = heldBytes[memoryType] ?? 0;
    return sizeBytes === 0 ? [] : [`${formatBytes(sizeBytes)} ${memoryType}`];
  });
  return held.length === 0 ? "nothing held" : held.join(", ");
}

/** A node id may hold what would move the cursor; on a line that is cut anyway, a stand-in is enough. */
function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "?");
}

/** Cut between characters as people see them, which may be two columns wide. */
function truncate(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let shown = "";
  let width = 0;
  for (const { segment } of new Intl.Segmenter("en").segment(text)) {
    width += stringWidth(segment);
    if (width > columns - ELLIPSIS.length) break;
    shown += segment;
  }
  return columns < ELLIPSIS.length ? "" : `${shown}${ELLIPSIS}`;
}
