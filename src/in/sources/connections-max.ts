import { openFiles, openFilesMax } from "./proc.ts";

/** Descriptors that are left for everything but clients, beside those that are open when the server begins to listen. */
const SPARE_DESCRIPTORS = 32;
/** Where there are few: at most this share of them is left. */
const SPARE_SHARE = 0.25;
/** What is open by then where that is hidden. */
const OPEN_DESCRIPTORS_USUAL = 32;
const CONNECTIONS_MAX = 16_384;
/** What a process may have open where that is hidden, and is not known to be more. */
const OPEN_FILES_USUAL = 1_024;

/** Connections that may be open at the same time. */
export function connectionsMax(): number {
  const free = (openFilesMax() ?? OPEN_FILES_USUAL) - (openFiles() ?? OPEN_DESCRIPTORS_USUAL);
  const spare = Math.min(SPARE_DESCRIPTORS, Math.ceil(free * SPARE_SHARE));
  return Math.max(1, Math.min(CONNECTIONS_MAX, free - spare));
}
