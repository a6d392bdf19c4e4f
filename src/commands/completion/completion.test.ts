import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { Faults } from "../faults.ts";
import type { Io } from "../io.ts";
import { wholeProgram } from "../program.ts";
import { bashCompletion } from "./bash.ts";
import { declaredCommands } from "./declared.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

const io: Io = {
  env: {},
  cwd: "/",
  stdout: process.stdout,
  stderr: process.stderr,
  faults: new Faults(process.stderr),
};
const commands = declaredCommands(await wholeProgram(io));

/** What a line ends in, and what it is completed to. */
const CASES = [
  { line: "tt-memwatch do", offers: ["doctor"] },
  { line: "tt-memwatch run --expl", offers: ["--explain"] },
  { line: "tt-memwatch run --tracer f", offers: ["force"] },
  { line: "tt-memwatch mock --device n150", offers: ["n150", "n150x2"] },
  { line: "tt-memwatch completion z", offers: ["zsh"] },
  { line: "tt-memwatch run --quiet --ht", offers: ["--html"] },
  { line: "tt-memwatch trace --runs", offers: [] },
];

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["-c", "true"]).status === 0;
}

/** Words of the last column that a shell offers, sorted. */
function offersOf(shell: string, script: string, program: string): string[] {
  const { status, stdout, stderr } = spawnSync(shell, ["-c", `${script}\n${program}`], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "");
  return stdout.split("\n").filter(Boolean).toSorted();
}

describe("completion: bash offers what is declared", () => {
  const script = bashCompletion(commands);
  const complete = (words: readonly string[]): string[] =>
    offersOf(
      "bash",
      script,
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _tt_memwatch; printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
  for (const { line, offers } of CASES) test(line, () => assert.deepEqual(complete(line.split(" ")), offers));

  test("a value after an equals sign", () => {
    assert.deepEqual(complete(["tt-memwatch", "run", "--color", "=", "al"]), ["always"]);
  });
  test("what follows -- is completed as a command", () => {
    assert.ok(complete(["tt-memwatch", "run", "--", "cha"]).every((name) => name.startsWith("cha")));
    assert.ok(complete(["tt-memwatch", "run", "--", "tru"]).includes("true"));
  });
});

describe("completion: fish offers what is declared", { skip: !isInstalled("fish") && "fish is not installed" }, () => {
  const script = fishCompletion(commands);
  const complete = (line: string): string[] =>
    offersOf("fish", script, `complete -C '${line}'`).map((offer) => offer.split("\t")[0] ?? "");
  for (const { line, offers } of CASES) test(line, () => assert.deepEqual(complete(line), offers));

  test("what follows -- is completed as a command", () => {
    assert.ok(complete("tt-memwatch run -- tru").includes("true"));
    assert.deepEqual(complete("tt-memwatch mock -- tt-memwatch doct"), ["doctor"]);
  });
});

describe("completion: zsh offers what is declared", { skip: !isInstalled("zsh") && "zsh is not installed" }, () => {
  test("the script has no fault of syntax", () => {
    const { status, stderr } = spawnSync("zsh", ["-n"], { input: zshCompletion(commands), encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
});
