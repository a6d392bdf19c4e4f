/**
 * Writes docs/benchmarks.md: its prose from bench/goals/benchmarks.md, and the table of goals and those of verdicts from what benches left in
 * build/bench.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { FIGURES_FOLDER, type Measured } from "./figures.ts";
import { goalTable } from "./goal-table.ts";

const TABLE_PLACE = "<!-- goals -->";
const VERDICTS_PLACE = "<!-- verdicts -->";
const DOCUMENT = path.resolve(import.meta.dirname, "../../docs/benchmarks.md");

const prose = readFileSync(path.join(import.meta.dirname, "benchmarks.md"), "utf8");
const files = readdirSync(FIGURES_FOLDER).filter((name) => name.endsWith(".json"));
const measured = files
  .sort()
  .map((name): Measured => JSON.parse(readFileSync(path.join(FIGURES_FOLDER, name), "utf8")));
const table = goalTable(measured);
const ofVerdicts = path.join(FIGURES_FOLDER, "verdicts.md");
const verdicts = existsSync(ofVerdicts) ? readFileSync(ofVerdicts, "utf8") : "Not measured yet.";
writeFileSync(
  DOCUMENT,
  prose.replace(TABLE_PLACE, () => table).replace(VERDICTS_PLACE, () => verdicts),
);
process.stdout.write(`${table}\n`);
