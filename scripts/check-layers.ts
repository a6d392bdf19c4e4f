/**
 * Checks the layer table (.dependency-cruiser.mjs) on the project in the working directory.  Fails too when a rule is
 * about no module: its folder was renamed, or dependency-cruiser found no TypeScript compiler it can use, with which it
 * reports success over zero modules.
 */
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";

const options = await extractDepcruiseOptions("./.dependency-cruiser.mjs");
const { output } = await cruise(["src", "web/src"], options, undefined, {
  tsConfig: extractTSConfig("./tsconfig.json"),
});
const problems = layerProblems(output as ICruiseResult);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function layerProblems({ modules, summary }: ICruiseResult): string[] {
  if (summary.totalCruised === 0) return ["check-layers: looked at no module"];
  const idle = idleRules(summary, modules).map((name) => `check-layers: no module for ${name} to be about`);
  const broken = summary.violations.map(({ from, to, rule }) => `${from} -> ${to}: ${commentOf(summary, rule.name)}`);
  return [...idle, ...broken];
}

/** Names of rules whose `from` no module matches: they can never be broken. */
function idleRules({ ruleSetUsed }: ICruiseResult["summary"], modules: ICruiseResult["modules"]): string[] {
  const rules = ruleSetUsed?.forbidden ?? [];
  return rules.flatMap(({ name = "a rule", from }) => {
    const folder = new RegExp([from.path ?? ""].flat().join("|"));
    return modules.some(({ source }) => folder.test(source)) ? [] : [name];
  });
}

function commentOf(summary: ICruiseResult["summary"], ruleName: string): string {
  const rule = summary.ruleSetUsed?.forbidden?.find(({ name }) => name === ruleName);
  return `${ruleName}. ${rule?.comment ?? ""}`;
}
