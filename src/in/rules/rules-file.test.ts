import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { defaultRules, defaultRulesText, parseRules } from "./rules-file.ts";

function rulesOf(text: string) {
  const result = parseRules(text, "my.toml", defaultRules());
  assert.ok(result.kind === "rules", JSON.stringify(result));
  return result.rules;
}

function faultsOf(text: string): readonly string[] {
  const result = parseRules(text, "my.toml", defaultRules());
  assert.ok(result.kind === "faults", "no faults");
  return result.faults;
}

test("the defaults are the thresholds of the earlier system", () => {
  assert.deepEqual(defaultRules(), {
    largeBuffer: { DRAM: 104_857_600 },
    programCache: { DRAM: 36_864 },
    recurrenceTests: 2,
    fragmentationMinShrink: 0.05,
    refCountMax: 2,
    failOn: ["leak", "suspect", "over-limit"],
    expected: [
      { name: "infrastructure-l1", memoryType: "L1", maxBytes: 12_288, when: "open", tests: null },
      { name: "system-buffers", memoryType: "DRAM", maxBytes: 1_048_576, when: "open", tests: null },
    ],
  });
});

test("a copy of the defaults is the defaults, an empty file too", () => {
  assert.deepEqual(rulesOf(defaultRulesText()), defaultRules());
  assert.deepEqual(rulesOf(""), defaultRules());
});

test("a table replaces its table and nothing else", () => {
  assert.deepEqual(rulesOf('[large-buffer]\nL1 = "1.5 MB"\n'), { ...defaultRules(), largeBuffer: { L1: 1_572_864 } });
  assert.deepEqual(rulesOf("[program-cache]\n"), { ...defaultRules(), programCache: {} });
  assert.deepEqual(rulesOf("expected = []"), { ...defaultRules(), expected: [] });
  assert.deepEqual(rulesOf("[verdicts]\nfail-on = []"), { ...defaultRules(), failOn: [] });
});

test("a rule for tests names them by a pattern, or means all", () => {
  const text = (more: string) =>
    `[[expected]]\nname = "halo"\nmemory-type = "L1_SMALL"\nmax = 160\nwhen = "test"\n${more}`;
  const halo = { name: "halo", memoryType: "L1_SMALL", maxBytes: 160, when: "test" };
  assert.deepEqual(rulesOf(text('tests = "ops/*"')).expected, [{ ...halo, tests: "ops/*" }]);
  assert.deepEqual(rulesOf(text("")).expected, [{ ...halo, tests: null }]);
});

test("the limits of a share and of a count are allowed, one step further is not", () => {
  assert.equal(rulesOf("[fragmentation]\nmin-shrink = 0").fragmentationMinShrink, 0);
  assert.equal(rulesOf("[fragmentation]\nmin-shrink = 1").fragmentationMinShrink, 1);
  assert.equal(faultsOf("[fragmentation]\nmin-shrink = 1.01").length, 1);
  assert.equal(faultsOf("[fragmentation]\nmin-shrink = -0.01").length, 1);
  assert.equal(rulesOf("[ref-count]\nmax = 1").refCountMax, 1);
  assert.equal(faultsOf("[ref-count]\nmax = 0").length, 1);
  assert.equal(rulesOf("[recurrence]\ntests = 1000").recurrenceTests, 1000);
  assert.equal(faultsOf("[recurrence]\ntests = 1").length, 1);
  assert.equal(faultsOf("[recurrence]\ntests = 1001").length, 1);
});

test("the table [recurrence] is found under its old name, too", () => {
  const result = parseRules("[repetition]\ntests = 3", "my.toml", defaultRules());
  assert.deepEqual(result, { kind: "rules", rules: { ...defaultRules(), recurrenceTests: 3 }, usesOldName: true });
});

for (const [what, text, fault] of [
  ["broken TOML", "[large-buffer]\nDRAM = \n", /^my\.toml:2:\d+: /],
  [
    "a size that is none",
    '\n[large-buffer]\nDRAM = "lots"',
    /^my\.toml:3:1: large-buffer\.DRAM is "lots"; wanted a size/,
  ],
  ["a size below zero", "[large-buffer]\nDRAM = -1", /^my\.toml:2:1: large-buffer\.DRAM is -1; wanted a size/],
  ["an unknown table", "[large-bufer]\nDRAM = 1", /^my\.toml:1:1: large-bufer is not a rule that exists$/],
  ["an unknown key", "[recurrence]\n\ntest = 2", /^my\.toml:3:1: recurrence\.test is not a rule that exists$/],
  ["an unknown memory type", "[program-cache]\nDISK = 1", /^my\.toml:2:1: program-cache\.DISK /],
  ["a missing key", '[[expected]]\nname = "a"\nmemory-type = "L1"\nwhen = "open"', /^my\.toml:1:1: expected\.0\.max /],
  [
    "an unknown verdict",
    '[verdicts]\nfail-on = ["leek"]',
    /^my\.toml:2:1: verdicts\.fail-on\.0 is "leek"; wanted one of leak, /,
  ],
  [
    "tests of a rule for opening",
    '[[expected]]\nname = "a"\nmemory-type = "L1"\nmax = 1\nwhen = "open"\ntests = "x"',
    /^my\.toml:6:1: expected\.0\.tests is "x"; wanted when = "test"/,
  ],
] as const) {
  test(`${what} is a fault that names the line, the key, the value and what was wanted`, () => {
    assert.ok(
      faultsOf(text).some((found) => fault.test(found)),
      faultsOf(text).join("\n"),
    );
  });
}

test("every fault of a file is reported, in the right one of several tables", () => {
  const rule = (max: string) => `[[expected]]\nname = "a"\nmemory-type = "L1"\nmax = ${max}\nwhen = "open"\n`;
  const faults = faultsOf(rule("1") + rule('"x"') + rule('"y"'));
  assert.deepEqual(
    faults.map((fault) => fault.split(" is ")[0]),
    ["my.toml:9:1: expected.1.max", "my.toml:14:1: expected.2.max"],
  );
});

test("of a file with twenty thousand unknown rules the first hundred are reported, each with its line, the rest is counted", () => {
  const text = Array.from({ length: 20_000 }, (_, number) => `key${number} = ${number}\n`).join("");
  const result = parseRules(text, "many.toml", defaultRules());
  assert.equal(result.kind, "faults");
  const faults = result.kind === "faults" ? result.faults : [];
  assert.equal(faults[99], "many.toml:100:1: key99 is not a rule that exists");
  assert.deepEqual(faults.slice(100), ["many.toml: 19900 more faults"]);
});

test("rules nested a hundred thousand times are a fault of the file", () => {
  const result = parseRules(`x = ${"[".repeat(100_000)}`, "deep.toml", defaultRules());
  assert.equal(result.kind, "faults");
});

test("any text is rules or faults of the file, never an error", () => {
  const word = fc.constantFrom(
    "[",
    "]",
    "[[expected]]",
    "[large-buffer]",
    "DRAM",
    "=",
    '"12 KB"',
    "max",
    "\n",
    "when",
    "1e999",
    "{",
    "}",
    ".",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 40 }).map((words) => words.join(" ")),
  );
  fc.assert(
    fc.property(text, (text) => {
      const result = parseRules(text, "any.toml", defaultRules());
      if (result.kind === "faults") assert.ok(result.faults.every((fault) => fault.startsWith("any.toml")));
    }),
    { numRuns: 500 },
  );
});
