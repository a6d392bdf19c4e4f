import stringWidth from "string-width";
import { formatBytes } from "../../core/base/bytes.ts";
import { MEMORY_TYPES } from "../../core/model/memory-type.ts";
import type { RunStatus } from "../../core/model/run-status.ts";

const GAP = "   ";
const ELLIPSIS = "…";
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
  const name = withoutControls(running);
  return truncate(head + GAP + (room < RUNNING_COLUMNS_MIN ? name : truncateStart(name, room)), columns);
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
  return columns < ELLIPSIS.length ? "" : fitting(charactersOf(text), columns).join("") + ELLIPSIS;
}

/** The same from the left. */
function truncateStart(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  return ELLIPSIS + fitting(charactersOf(text).toReversed(), columns).toReversed().join("");
}

function charactersOf(text: string): readonly string[] {
  return [...new Intl.Segmenter("en").segment(text)].map(({ segment }) => segment);
}

/** The first characters that fit beside an ellipsis. */
function fitting(characters: readonly string[], columns: number): readonly string[] {
  let width = 0;
  const end = characters.findIndex((character) => {
    width += stringWidth(character);
    return width > columns - ELLIPSIS.length;
  });
  return end === -1 ? characters : characters.slice(0, end);
}
