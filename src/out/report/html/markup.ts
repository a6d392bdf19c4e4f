import type { html } from "hono/html";

/** What `html` gives: text in which everything put in was escaped. */
export type Markup = ReturnType<typeof html>;

/** The text of a page in which nothing was waited for. */
export function textOfMarkup(markup: Markup): string {
  if (markup instanceof Promise) throw new Error("a report was given something to wait for, want plain values only");
  return markup.toString();
}
