import { formatPercentG } from "./percent-g.ts";

const KB = 1024;
const MB = 1024 * KB;

const BOX_COLUMNS = 62;
const TITLE_INDENT = 11;

/**
 * The frame the earlier allocation server drew around a title, three lines. The row of the title is one column short of
 * its frame, as it always was.
 */
export function titleBox(title: string): readonly string[] {
  const rule = "═".repeat(BOX_COLUMNS);
  return [`╔${rule}╗`, `║${" ".repeat(TITLE_INDENT)}${title.padEnd(BOX_COLUMNS - 1 - TITLE_INDENT)}║`, `╚${rule}╝`];
}

/** Bytes in KB as the earlier server wrote them: "36", "0.0351562". A number above 2^53 is rounded to a double first. */
export function kilobytes(sizeBytes: number | bigint): string {
  return formatPercentG(Number(sizeBytes) / KB);
}

/** The same in MB: "0.0351562", "1.75922e+13". */
export function megabytes(sizeBytes: number | bigint): string {
  return formatPercentG(Number(sizeBytes) / MB);
}
