import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { ENVIRONMENT } from "./environment.ts";
import { CLONE, NEWEST, programOf } from "./run-harness.ts";

const PAGES = ["docs/guide.md", "docs/from-the-earlier-system.md"];
/** Stands for any lines. */
const LEFT_OUT = "…";
/** What differs from run to run. */
const VOLATILE = /\b\d+(?:\.\d+)? ?m?s\b|\bPID \d+/g;
/** Tells the reader, and this test, what the command before it ended with; any other has to end with 0. */
const SHOW_EXIT_CODE = "echo $?";
const BLOCK = /^```(console|sh|python)\n(.*?)^```$/gms;
/** The first line of a block that is a file for the reader to write. */
const FILE_NAME = /^# ([\w/-]+\.py)$/;

interface Step {
  /** What the reader does: types a command, or writes the file `path`. */
  readonly title: string;
  readonly kind: "command" | "file";
  /** What the command is shown to print, or the file's lines; null: nothing is shown. */
  readonly lines: readonly string[] | null;
}

/** What a page has its reader do, in order. */
function stepsOf(page: string): Step[] {
  const text = readFileSync(join(CLONE, page), "utf8");
  return [...text.matchAll(BLOCK)].flatMap(([, language = "", block = ""]) => blockSteps(language, block.trimEnd()));
}

function blockSteps(language: string, block: string): Step[] {
  const lines = block.split("\n");
  if (language === "console") return consoleSteps(lines);
  if (language === "sh") return lines.map((title) => ({ kind: "command", title, lines: null }));
  const path = FILE_NAME.exec(lines[0] ?? "")?.[1];
  return path === undefined ? [] : [{ kind: "file", title: path, lines }];
}

function consoleSteps(lines: readonly string[]): Step[] {
  assert.ok(lines[0]?.startsWith("$ "), `a block begins with a command: ${lines[0]}`);
  const starts = lines.flatMap((line, index) => (line.startsWith("$ ") ? [index] : []));
  return starts.map((start, n) => ({
    kind: "command",
    title: (lines[start] ?? "").slice(2),
    lines: lines.slice(start + 1, starts[n + 1]),
  }));
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

function steady(lines: readonly string[]): string[] {
  return lines.map((line) => line.replaceAll(VOLATILE, "N"));
}

/** A folder that looks like a clone after `make setup`, for the reader to write in. */
function makeClone(): string {
  const home = mkdtempSync(join(tmpdir(), "tt-memwatch-guide-"));
  after(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, "bin"));
  for (const name of [".venv", "clients", "bin/tt-memwatch"]) symlinkSync(join(CLONE, name), join(home, name));
  cpSync(join(CLONE, "examples"), join(home, "examples"), { recursive: true });
  return home;
}

function run(command: string, cwd: string, exitCodeBefore: number) {
  const path = [join(CLONE, "bin"), programOf(NEWEST, ""), ENVIRONMENT.PATH].join(delimiter);
  const env = {
    ...ENVIRONMENT,
    PATH: path,
    PYTHONDONTWRITEBYTECODE: "1",
    PYTEST_ADDOPTS: `${ENVIRONMENT.PYTEST_ADDOPTS} -p no:cacheprovider`,
  };
  return spawnSync("sh", ["-c", `exec 2>&1; (exit ${exitCodeBefore}); ${command}`], { cwd, env, encoding: "utf8" });
}

for (const page of PAGES) {
  describe(page, () => {
    const clone = makeClone();
    const steps = stepsOf(page);
    let exitCode = 0;
    for (const [index, { kind, title, lines }] of steps.entries()) {
      test(title, () => {
        if (kind === "file") {
          mkdirSync(join(clone, dirname(title)), { recursive: true });
          writeFileSync(join(clone, title), `${lines?.join("\n")}\n`);
          return;
        }
        const { status, stdout } = run(title, clone, exitCode);
        exitCode = status ?? -1;
        assert.ok(exitCode === 0 || steps[index + 1]?.title === SHOW_EXIT_CODE, `exit code ${status}\n${stdout}`);
        if (lines === null) return;
        const lacking = missing(steady(stdout.trim().split("\n")), steady(lines));
        assert.equal(lacking, null, `not printed: ${lacking}\n${stdout}`);
      });
    }
  });
}
