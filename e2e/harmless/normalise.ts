import { STAGE } from "./places.ts";

/** What two runs of the same suite never have in common, and what stands for it. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [new RegExp(STAGE, "g"), "STAGE"],
  [/0x[0-9a-fA-F]{4,}/g, "0xADDRESS"],
  [/\b\d+(\.\d+)?(e-\d+)? ?(s|ms|us|ns|seconds|second)\b/g, "TIME"],
  [/TIME \(\d+:\d\d:\d\d\)/g, "TIME"],
  // pytest fills its last line up to a width: the longer the time is in words, the fewer characters.
  [/^=+ (.*TIME) =+$/gm, "= $1 ="],
  [/\b(time|timestamp)="[^"]*"/g, '$1="TIME"'],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?([+-]\d\d:?\d\d|Z)?/g, "DATE"],
  [/\b\d\d:\d\d:\d\d([.,]\d+)?\b/g, "CLOCK"],
  [/\bid=\d{6,}/g, "id=NUMBER"],
  [/\b(pid|PID)([= :]*)\d+/g, "$1$2NUMBER"],
  [/\b\d{12,}\b/g, "NUMBER"],
  // Which of several pytest-xdist workers is ready first, and so gets a test, is chance.
  [/\bgw\d+\b/g, "gwNUMBER"],
  [/\btmp[a-z0-9_]{8}\b/g, "tmpNAME"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UUID"],
];

/** The text without what changes from run to run: times, addresses, process ids, random names. */
export function normalise(text: string): string {
  return CHANGING.reduce((changed, [pattern, replacement]) => changed.replace(pattern, replacement), text);
}
