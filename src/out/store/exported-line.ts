import type { StoredRun } from "../../core/model/history.ts";

/** Version of what `history export` writes (docs/formats.md). */
const EXPORT_SCHEMA_ID = "urn:tt-memwatch:history-run:1";

/** A run as a line of JSON, with its end. */
export function exportedLine(run: StoredRun): string {
  return `${JSON.stringify({ schema: EXPORT_SCHEMA_ID, ...run })}\n`;
}
