import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { UsageError } from "../../core/base/usage-error.ts";
import { type BisectOptions, declareBisectFlags, parseBisectOptions } from "./options.ts";

function parsed(...args: readonly string[]): BisectOptions {
  const command = declareBisectFlags(new Command("bisect"))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.parse(args, { from: "user" });
  return parseBisectOptions(command.opts(), command.args);
}

test("without options the first failure is looked into, in 30 runs at most", () => {
  const options = { command: ["pytest", "-q"], test: null, runsMax: 30, isJson: false, isVerbose: false };
  assert.deepEqual(parsed("--", "pytest", "-q"), options);
  assert.equal(parsed("--test", "a.py::t", "--", "pytest").test, "a.py::t");
});

for (const [args, message] of [
  [["--"], /got no command; wanted one that starts pytest itself/],
  [["--", "make", "test"], /got "make test"; wanted one that starts pytest/],
  [["--test", "", "--", "pytest"], /--test needs the id of a test/],
] as const) {
  test(`${args.join(" ")} is wrong use`, () => {
    assert.throws(
      () => parsed(...args),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

for (const [text, isRight] of [
  ["0", false],
  ["1", true],
  ["1000", true],
  ["1001", false],
  ["2.5", false],
] as const) {
  test(`--max-runs ${text} is ${isRight ? "taken" : "refused"}`, () => {
    const parse = () => parsed("--max-runs", text, "--", "pytest");
    if (isRight) assert.equal(parse().runsMax, Number(text));
    else assert.throws(parse, /Wanted a number of runs from 1 to 1000/);
  });
}
