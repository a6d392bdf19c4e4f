import type { Origin } from "../../../core/model/finding.ts";
import type { PagePlace } from "../../../core/model/page.ts";

export function pagePlace(origin: Origin | null): PagePlace | null {
  if (origin === null) return null;
  const { operation, file, line, function: caller, testLine } = origin;
  return { operation, file, line, function: caller, testLine };
}

/** "models/attention.py:212". */
export function placeText({ file, line }: Pick<PagePlace, "file" | "line">): string {
  return `${file}:${line}`;
}
