import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { plainIo } from "../../../fixtures/command/plain-io.ts";
import { wholeProgram } from "../declare-program.ts";
import { bashCompletion } from "./bash.ts";
import { declaredCommands } from "./declared-commands.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

const io = plainIo();
const program = await wholeProgram(io);
const commands = declaredCommands(program);

/** What each command takes, as Commander has it, and not as the scripts are told. */
const TAKEN = program.commands.map((command) => ({
  name: command.name(),
  flags: command.options.filter(({ hidden }) => !hidden).flatMap(({ short, long }) => [short, long].filter(Boolean)),
  choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
}));

/** What a line ends in, and what it is completed to. */
const CASES = [
  { line: "tt-memwatch do", offers: ["doctor"] },
  { line: "tt-memwatch run --expl", offers: ["--explain"] },
  { line: "tt-memwatch run --tracer f", offers: ["force"] },
  { line: "tt-memwatch mock --device n150", offers: ["n150", "n150x2"] },
  { line: "tt-memwatch completion z", offers: ["zsh"] },
  { line: "tt-memwatch run --quiet --ht", offers: ["--html"] },
  { line: "tt-memwatch trace --runs", offers: [] },
  { line: "tt-memwatch hel", offers: ["help"] },
  { line: "tt-memwatch help sel", offers: ["selftest"] },
  { line: "tt-memwatch baseline ", offers: ["compare", "save", "update"] },
  { line: "tt-memwatch baseline --json --socket x s", offers: ["save"] },
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

  test("every option and choice of every command", () => {
    const lines = TAKEN.flatMap(({ name, flags, choices }) => {
      return [...flags, "--help", "-h", ...choices].map((word) => `tt-memwatch ${name} ${word}`);
    });
    const offered = `while read -r line; do
      COMP_WORDS=($line); COMP_CWORD=2; _tt_memwatch
      for reply in "\${COMPREPLY[@]}"; do if [[ $reply == "\${COMP_WORDS[2]}" ]]; then echo "$line"; fi; done
    done <<< '${lines.join("\n")}'`;
    assert.deepEqual(offersOf("bash", script, offered), lines.toSorted());
  });
  test("an operand after the value of an option that was given with an equals sign", () => {
    assert.deepEqual(complete(["tt-memwatch", "baseline", "--socket", "=", "x", "c"]), ["compare"]);
  });
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

test("the scripts of zsh and fish have every option and choice of every command", () => {
  const [zsh, fish] = [zshCompletion(commands), fishCompletion(commands)];
  for (const { name, flags, choices } of TAKEN) {
    const ofCommand = zsh.slice(zsh.indexOf(`        ${name})\n`)).split(";;", 1)[0] ?? "";
    const ofFish = fish.split("\n").filter((line) => line.includes(`__tt_memwatch_is ${name}'`));
    for (const flag of [...flags, "--help"]) {
      assert.match(ofCommand, new RegExp(`'(\\([^)]*\\))?${flag}[=[]`), `zsh: ${name} ${flag}`);
      const option = flag?.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag?.slice(1)}`;
      assert.ok(
        ofFish.some((line) => line.includes(` ${option} `)),
        `fish: ${name} ${flag}`,
      );
    }
    for (const choice of choices) {
      assert.match(ofCommand, new RegExp(`[( ]${choice}[ )]`), `zsh: ${name} ${choice}`);
      assert.ok(
        ofFish.some((line) => line.includes(choice)),
        `fish: ${name} ${choice}`,
      );
    }
  }
});

describe("completion: zsh offers what is declared", { skip: !isInstalled("zsh") && "zsh is not installed" }, () => {
  test("the script has no fault of syntax", () => {
    const { status, stderr } = spawnSync("zsh", ["-n"], { input: zshCompletion(commands), encoding: "utf8" });
    assert.equal(status, 0, stderr);
  });
});
