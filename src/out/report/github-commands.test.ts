import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { finding, MB, processReport, runReport, testReport } from "../../../fixtures/report/builders.ts";
import { assertGolden } from "../../../fixtures/report/golden.ts";
import { REPORTS } from "../../../fixtures/report/reports.ts";
import { ANNOTATIONS_OF_A_LEVEL_MAX, githubCommands } from "./github-commands.ts";

const FOLDER = runReport().run.cwd;
const ORIGIN = { operation: "ttnn.zeros", file: "models/a.py", line: 7, function: "load", testLine: null };

describe("every report", () => {
  for (const [name, report] of Object.entries(REPORTS)) {
    it(`"${name}" is written as its golden file`, () =>
      assertGolden(`${name}.github.txt`, githubCommands(report, FOLDER)));
  }
});

/** Level, properties and text, as GitHub's runner takes a line apart. */
function parse(line: string) {
  const [, level = "", listed = "", text = ""] = /^::(\w+)(?: (.*?))?::(.*)$/.exec(line) ?? assert.fail(line);
  const properties = listed.split(",").map((each) => each.split("=") as [string, string]);
  const undo = (value: string): string =>
    value
      .replaceAll("%0D", "\r")
      .replaceAll("%0A", "\n")
      .replaceAll("%3A", ":")
      .replaceAll("%2C", ",")
      .replaceAll("%25", "%");
  return {
    level,
    ...Object.fromEntries(properties.map(([name, value = ""]) => [name, undo(value)])),
    text: undo(text),
  };
}

function commandsOf(...findings: ReturnType<typeof finding>[]) {
  return githubCommands(runReport({ run: { exitCode: 1 }, findings }), FOLDER)
    .trimEnd()
    .split("\n")
    .map(parse);
}

it("is an error for what fails and a warning for what is wrong and does not, and is silent about what is normal", () => {
  const commands = commandsOf(
    finding({ verdict: "retained", fails: false }),
    finding({ verdict: "suspect", fails: false }),
    finding({ origin: ORIGIN }),
  );
  assert.deepEqual(
    commands.map(({ level }) => level),
    ["error", "warning"],
  );
  assert.deepEqual(
    { ...commands[0], text: "" },
    { level: "error", file: "models/a.py", line: "7", title: "tt-memwatch: leak +24.0 MB DRAM", text: "" },
  );
});

it("shows a known leak that is gone at its mark", () => {
  const [command] = commandsOf(
    finding({ verdict: "fixed", markedAt: { file: "tests/test_a.py", line: 12 }, sizeBytes: 0 }),
  );
  assert.match(JSON.stringify(command), /"file":"tests\/test_a\.py","line":"12"/);
});

it("escapes what would end a property or a line", () => {
  const origin = { ...ORIGIN, file: "a,b:c%0A\n.py" };
  const text = githubCommands(runReport({ findings: [finding({ origin, evidence: "50 % of 1\r\nline" })] }), FOLDER);
  assert.equal(text.split("\n").length, 2);
  assert.match(text, /^::error file=a%2Cb%3Ac%250A%0A\.py,line=7,title=tt-memwatch%3A leak/);
  assert.match(text, /50 %25 of 1/);
});

it("is one for each cause, as many as GitHub shows, and counts the rest", () => {
  const alike = [1, 2, 3].map((n) => finding({ test: `test_a.py::test_${n}`, origin: ORIGIN, sizeBytes: MB }));
  const [one, ...others] = commandsOf(...alike);
  assert.deepEqual(others, []);
  assert.match(JSON.stringify(one), /leak \+3\.0 MB DRAM, 3 findings alike/);
  const many = Array.from({ length: ANNOTATIONS_OF_A_LEVEL_MAX + 1 }, (_, n) =>
    finding({ origin: { ...ORIGIN, line: n + 1 } }),
  );
  assert.equal(commandsOf(...many.slice(1)).length, ANNOTATIONS_OF_A_LEVEL_MAX);
  const commands = commandsOf(...many);
  assert.equal(commands.length, ANNOTATIONS_OF_A_LEVEL_MAX);
  assert.match(commands.at(-1)?.text ?? "", /2 more causes/);
});

it("keeps as many warnings as GitHub shows, the line about the run among them", () => {
  const lost = [{ pid: 1, worker: null, test: null, refusal: null, live: [] }];
  const warnings = (amount: number): ReturnType<typeof parse>[] => {
    const findings = Array.from({ length: amount }, (_, n) =>
      finding({ verdict: "suspect", fails: false, origin: { ...ORIGIN, line: n + 1 } }),
    );
    const report = runReport({ run: { lost }, tests: [testReport("t")], findings });
    return githubCommands(report, FOLDER).trimEnd().split("\n").map(parse);
  };
  for (const amount of [9, 10, 12]) {
    const commands = warnings(amount);
    assert.equal(commands.length, ANNOTATIONS_OF_A_LEVEL_MAX);
    assert.ok(commands.every(({ level }) => level === "warning"));
    assert.match(commands[0]?.text ?? "", /^no finding fails, but the run is incomplete/);
  }
  assert.match(warnings(9).at(-1)?.text ?? "", /test_prefill/);
  assert.equal(warnings(12).at(-1)?.text, "tt-memwatch: 4 more causes; the report lists them");
});

it("names files as they lie below the root of the checkout, wherever pytest has its own", () => {
  const processes = [processReport({ rootDir: `${FOLDER}/tests` })];
  const report = runReport({ run: { processes }, findings: [finding({ test: "test_a.py::test_b" })] });
  assert.match(githubCommands(report, FOLDER), /^::error file=tests\/test_a\.py,title=/);
});

it("says what makes a run fail that has no finding", () => {
  assert.match(githubCommands(REPORTS["nothing-checked"], FOLDER), /^::error title=tt-memwatch::nothing was checked/m);
  assert.equal(githubCommands(REPORTS.clean, FOLDER), "");
});
