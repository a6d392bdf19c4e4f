import type { PageCause, PageData } from "../../../src/core/model/page.ts";

/** Whether each word of a search is in what is known of a cause. */
export function matches(cause: PageCause, { findings }: Pick<PageData, "findings">, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const own = cause.findings.flatMap((index) => findings[index] ?? []);
  const texts = own.flatMap(({ subject, evidence, holders }) => [subject, evidence, ...holders]);
  const text = [cause.verdict, cause.memoryType, cause.title, cause.place?.operation, cause.holder, ...texts].join(
    "\n",
  );
  return words.every((word) => text.toLowerCase().includes(word));
}
