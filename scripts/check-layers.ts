/**
 * Checks the layer table (.dependency-cruiser.mjs) on the project in the working directory.  Fails too when no module
 * was looked at: dependency-cruiser without a TypeScript compiler it can use reports success over zero modules.
 */
import { existsSync } from "node:fs";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";

const LAYERED_FOLDERS = ["src", "web"];

const options = await extractDepcruiseOptions("./.dependency-cruiser.mjs");
const { output } = await cruise(LAYERED_FOLDERS.filter(existsSync), options, undefined, {
  tsConfig: extractTSConfig("./tsconfig.json"),
});
const problems = layerProblems(output as ICruiseResult);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function layerProblems({ summary }: ICruiseResult): string[] {
  if (summary.totalCruised === 0) return ["check-layers: looked at no module"];
  return summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${commentOf(summary, rule.name)}`);
}

function commentOf(summary: ICruiseResult["summary"], ruleName: string): string {
  const rule = summary.ruleSetUsed?.forbidden?.find(({ name }) => name === ruleName);
  return `${ruleName}. ${rule?.comment ?? ""}`;
}
