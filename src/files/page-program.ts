import { existsSync } from "node:fs";
import { ownFile } from "./own-files.ts";

/** What `make setup` builds of web/: the program and the style of the page. */
export const PAGE_PROGRAM = ownFile("build/web/page.js");
export const PAGE_STYLE = ownFile("build/web/page.css");

/** Whether they are there: a clone need not have been set up. */
export function isPageBuilt(): boolean {
  return existsSync(PAGE_PROGRAM) && existsSync(PAGE_STYLE);
}
