import assert from "node:assert/strict";
import { test } from "node:test";
import { Command, CommanderError } from "commander";
import { refuseOptionsAsValues } from "./option-values.ts";

function parsed(...args: readonly string[]) {
  const command = new Command("run")
    .option("-q, --quiet", "")
    .option("--html <file>", "")
    .option("--json <file>", "")
    .option("--confirm [times]", "")
    .argument("[command...]")
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  refuseOptionsAsValues(command);
  command.parse(args, { from: "user" });
  return { ...command.opts<{ html?: string; confirm?: true }>(), operands: command.args };
}

for (const word of ["--", "--json", "--json=x", "-q", "--html"]) {
  test(`${word} is not a value of an option`, () => {
    assert.throws(() => parsed("--html", word, "x"), CommanderError);
  });
}

for (const word of ["-", "-1", "--jsonish", "--else", "a=--", ""]) {
  test(`"${word}" is a value`, () => assert.equal(parsed("--html", word).html, word));
}

test("an option whose value may be left out takes no option for it", () => {
  assert.deepEqual(parsed("--confirm", "--", "x"), { confirm: true, operands: ["x"] });
});
