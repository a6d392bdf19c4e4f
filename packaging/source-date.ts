import { execFileSync } from "node:child_process";
import { CLONE } from "./folders.ts";

const MS_PER_SECOND = 1_000;

/**
 * The time that packages say they were made at: SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/),
 * or else the last commit's, so that the same sources give the same bytes.
 */
export function sourceEpoch(): string {
  const named = process.env.SOURCE_DATE_EPOCH;
  return named || execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: CLONE, encoding: "utf8" }).trim();
}

export function sourceDate(): Date {
  const seconds = sourceEpoch();
  const date = new Date(Number(seconds) * MS_PER_SECOND);
  if (Number.isNaN(date.getTime())) throw new Error(`SOURCE_DATE_EPOCH is ${seconds}; wanted seconds since 1970`);
  return date;
}
