import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, test } from "node:test";
import { ENVIRONMENT } from "./environment.ts";
import { CLONE, NEWEST, programOf } from "./run-harness.ts";

const PAGES = ["docs/guide.md", "docs/from-the-earlier-system.md"];
/** Clean, findings, and nothing checked: what the commands shown may end with. Wrong use and what cannot be found may not. */
const EXIT_CODES = [0, 1, 3];
/** Stands for any lines. */
const LEFT_OUT = "…";
const DURATION = /\b\d+(?:\.\d+)? ?m?s\b/g;

interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** The commands of a page's `console` blocks, each with what it is shown to print. */
function shownOn(page: string): Shown[] {
  const text = readFileSync(join(CLONE, page), "utf8");
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = ""]) => {
    const [first = "", ...output] = block.trimEnd().split("\n");
    assert.ok(first.startsWith("$ "), `${page}: a block begins with its command: ${first}`);
    return { command: first.slice(2), output };
  });
}

/** The first part of what is shown that was not printed, or null: lines in this order, gaps only where lines are left out. */
function missing(printed: readonly string[], shown: readonly string[]): string | null {
  let from = 0;
  let mayBeLater = false;
  for (const line of shown) {
    const at = line === LEFT_OUT ? from : printed.indexOf(line, from);
    if (at === -1 || (at > from && !mayBeLater)) return line;
    mayBeLater = line === LEFT_OUT;
    from = mayBeLater ? at : at + 1;
  }
  return from === printed.length || mayBeLater ? null : `the end, before ${printed[from]}`;
}

function withoutDurations(lines: readonly string[]): string[] {
  return lines.map((line) => line.replaceAll(DURATION, "N s"));
}

function run(command: string) {
  const path = [join(CLONE, "bin"), programOf(NEWEST, ""), ENVIRONMENT.PATH].join(delimiter);
  const env = { ...ENVIRONMENT, PATH: path, PYTHONDONTWRITEBYTECODE: "1", PYTEST_ADDOPTS: "-p no:cacheprovider" };
  return spawnSync("sh", ["-c", `${command} 2>&1`], { cwd: CLONE, env, encoding: "utf8" });
}

for (const page of PAGES) {
  describe(page, () => {
    for (const { command, output } of shownOn(page)) {
      test(command, () => {
        const { status, stdout } = run(command);
        assert.ok(EXIT_CODES.includes(status ?? -1), `exit code ${status}\n${stdout}`);
        const printed = withoutDurations(stdout.trimEnd().split("\n"));
        const lacking = missing(printed, withoutDurations(output));
        assert.equal(lacking, null, `not printed: ${lacking}\n${stdout}`);
      });
    }
  });
}
