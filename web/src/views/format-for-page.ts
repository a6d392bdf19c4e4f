import { formatBytes } from "../../../src/core/base/bytes.ts";
import type { Verdict } from "../../../src/core/model/finding.ts";

/** A sign beside each colour, for those who do not see it. */
export function signOf(verdict: Verdict, fails: boolean): string {
  if (verdict === "leak" && fails) return "✗";
  return fails ? "!" : "·";
}

const NUMBERS = new Intl.NumberFormat("en-US");

/** "1,234,567". */
export function formatCount(count: number): string {
  return NUMBERS.format(count);
}

/** "24.0 MB", and the exact number on demand. */
export function sizeProps(sizeBytes: number): { readonly title: string; readonly children: string } {
  return { title: `${formatCount(sizeBytes)} bytes`, children: formatBytes(sizeBytes) };
}

/** "12.3 %" of a whole; what is there is never nothing. */
export function formatShare(part: number, whole: number): string {
  const percent = (part / Math.max(whole, 1)) * 100;
  return percent > 0 && percent < 0.05 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
}

const NS_PER_S = 1e9;
const MINUTE_S = 60;

/** A time of the run: "12.345 s", "3:07.120". */
export function formatInstant(atNs: number, digits = 3): string {
  const seconds = atNs / NS_PER_S;
  if (seconds < MINUTE_S) return `${seconds.toFixed(digits)} s`;
  const minutes = Math.floor(seconds / MINUTE_S);
  return `${minutes}:${(seconds - minutes * MINUTE_S).toFixed(digits).padStart(digits + 3, "0")}`;
}

/** "device 0 · DRAM", with the process where there are several. */
export function memoryText(
  { device, memoryType, pid }: { readonly device: number; readonly memoryType: string; readonly pid: number },
  hasProcess: boolean,
): string {
  return `device ${device} · ${memoryType}${hasProcess ? ` · process ${pid}` : ""}`;
}
