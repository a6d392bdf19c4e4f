import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { KEPT_FIGURES, type Measured } from "./figures.ts";
import { goalTable } from "./goal-table.ts";

const TABLE_PLACE = "<!-- goals -->";
const VERDICTS_PLACE = "<!-- verdicts -->";

/** The page of all that benches measured. */
export const BENCHMARKS_PAGE = path.resolve(import.meta.dirname, "../../docs/benchmarks.md");

/**
 * What the page is to be: its prose from bench/goals/benchmarks.md, the table of goals and those of verdicts from what each bench measured last,
 * with its date and machine.
 */
export function benchmarksPage(): string {
  const prose = readFileSync(path.join(import.meta.dirname, "benchmarks.md"), "utf8");
  const verdicts = readFileSync(path.join(KEPT_FIGURES, "verdicts.md"), "utf8");
  const names = readdirSync(KEPT_FIGURES).filter((name) => name.endsWith(".json"));
  const measured = names
    .sort()
    .map((name): Measured => JSON.parse(readFileSync(path.join(KEPT_FIGURES, name), "utf8")));
  return prose.replace(TABLE_PLACE, () => goalTable(measured)).replace(VERDICTS_PLACE, () => verdicts);
}
