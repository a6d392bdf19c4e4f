import { LIVE_TEXT_CHARACTERS_MAX } from "../model/live-snapshot.ts";

const ELLIPSIS = "…";

/** A text as a snapshot has it: of one that is too long, the beginning. */
export function beginningOf(text: string): string {
  if (text.length <= LIVE_TEXT_CHARACTERS_MAX) return text;
  return `${text.slice(0, LIVE_TEXT_CHARACTERS_MAX - ELLIPSIS.length).toWellFormed()}${ELLIPSIS}`;
}

/** The same of a node id or path, of which the end says more. */
export function endOf(text: string): string {
  if (text.length <= LIVE_TEXT_CHARACTERS_MAX) return text;
  return `${ELLIPSIS}${text.slice(ELLIPSIS.length - LIVE_TEXT_CHARACTERS_MAX).toWellFormed()}`;
}
