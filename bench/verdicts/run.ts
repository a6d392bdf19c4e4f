/**
 * Plants memory of every kind in runs from a seed, has the engine judge what is heard of them, and holds that against what was planted.
 *
 * Usage: node bench/verdicts/run.ts [--seed N] [--runs N]; prints each difference, with the seed that shows it again.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";
import { Random } from "../../e2e/chaos/random.ts";
import { VERDICTS } from "../../src/core/model/finding.ts";
import { FIGURES_FOLDER, writeFigures } from "../goals/figures.ts";
import { DAMAGES, type Damage } from "./damage.ts";
import { judgeRun } from "./judge-run.ts";
import { compareBooks, plantBooks } from "./planted-books.ts";
import { plantRun } from "./planted-run.ts";
import { precisionOf, recallOf, type Score, Scores, wrongLeaks } from "./score.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, runs: { type: "string", default: "20" } },
});
const [firstSeed, runs] = [Number(values.seed), Number(values.runs)];
const seeds = Array.from({ length: runs }, (_, index) => firstSeed + index);

const scores = new Scores();
for (const seed of seeds) {
  const { deeds, truths } = plantRun(seed, "none");
  const before = scores.differences.length;
  scores.add(truths, judgeRun(deeds, 1));
  for (const difference of scores.differences.slice(before)) say(seed, "none", JSON.stringify(difference));
}
const damaged = DAMAGES.filter((damage) => damage !== "none").map((damage) => ({ damage, ...damagedRuns(damage) }));

const books = new Map<string, Score>();
for (const seed of seeds) {
  for (const { verdict, outcome, text } of compareBooks(await plantBooks(seed))) {
    const score = books.get(verdict) ?? { right: 0, wrong: 0, missed: 0 };
    books.set(verdict, score);
    score[outcome] += 1;
    if (outcome !== "right") process.stderr.write(`seed ${seed}, books: ${outcome}: ${text}\n`);
  }
}
const booksWrong = [...books.values()].reduce((sum, { wrong, missed }) => sum + wrong + missed, 0);

mkdirSync(FIGURES_FOLDER, { recursive: true });
const tables = [verdictTable(scores), damageTable(), booksTable()].join("\n\n");
writeFileSync(path.join(FIGURES_FOLDER, "verdicts.md"), tables);
process.stdout.write(`${tables}\n`);
const planted = scores.left.right + scores.left.missed;
const wrong = damaged.reduce((sum, each) => sum + each.wrong, 0);
const arms = { seeds: runs, planted };
writeFigures("verdicts", [
  {
    item: 30,
    name: `of ${planted} leaks and suspects that were planted, missed or told of innocent memory`,
    arms,
    value: scores.left.missed + scores.left.wrong,
    goal: 0,
    unit: "",
    before: null,
    note: "",
  },
  {
    item: 31,
    name: "wrong `leak` in what is heard of damaged runs",
    arms,
    value: wrong,
    goal: 0,
    unit: "",
    before: null,
    note: "",
  },
  {
    item: 32,
    name: "verdicts on the books of an allocation server that were wrong or missed",
    arms: { seeds: runs },
    value: booksWrong,
    goal: 0,
    unit: "",
    before: null,
    note: "",
  },
]);
if (wrong + scores.left.missed + scores.left.wrong + booksWrong > 0) process.exitCode = 1;

function booksTable(): string {
  const rows = VERDICTS.flatMap((verdict) => {
    const score = books.get(verdict);
    return score === undefined ? [] : [rowOf(`\`${verdict}\``, score)];
  });
  return markdownTable([["on the books of an allocation server", "planted", "precision", "recall"], ...rows], {
    align: ["l", "r", "r", "r"],
  });
}

/** How many findings there were in damaged runs, and how many of them called a leak what is none. */
function damagedRuns(damage: Damage): { readonly findings: number; readonly wrong: number } {
  let [findings, wrong] = [0, 0];
  for (const seed of seeds) {
    const { deeds, truths } = plantRun(seed, damage);
    // Somewhere in its middle, as a full disk or a killed engine leaves it.
    const part = damage === "cut" ? (1 + new Random(seed).below(98)) / 100 : 1;
    const judged = judgeRun(deeds, part);
    const leaks = wrongLeaks(truths, judged);
    for (const { test, evidence } of leaks) say(seed, damage, `${test}: ${evidence}`);
    findings += judged.findings.length;
    wrong += leaks.length;
  }
  return { findings, wrong };
}

function verdictTable({ byVerdict, left, findings, runs: made }: Scores): string {
  const rows = VERDICTS.flatMap((verdict) => {
    const score = byVerdict.get(verdict);
    return score === undefined ? [] : [rowOf(`\`${verdict}\``, score)];
  });
  const head = [`of ${findings} findings in ${made} runs`, "planted", "precision", "recall"];
  return markdownTable([head, rowOf("`leak` and `suspect` together", left), ...rows], { align: ["l", "r", "r", "r"] });
}

function rowOf(name: string, score: Score): string[] {
  return [name, `${score.right + score.missed}`, precisionOf(score).toFixed(3), recallOf(score).toFixed(3)];
}

function damageTable(): string {
  const rows = damaged.map(({ damage, findings, wrong }) => [damage, `${findings}`, `${wrong}`]);
  return markdownTable([["damage", "findings", "wrong `leak`"], ...rows], { align: ["l", "r", "r"] });
}

function say(seed: number, damage: Damage, text: string): void {
  process.stderr.write(`seed ${seed}, ${damage}: ${text}\n`);
}
