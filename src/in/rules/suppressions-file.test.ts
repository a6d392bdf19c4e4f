import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { suppression } from "../../../fixtures/report/known.ts";
import { parseSuppressions, SUPPRESSION_CHARACTERS_MAX, SUPPRESSIONS_MAX } from "./suppressions-file.ts";

const ENTRY = '[[suppression]]\nreason = "the table is shared"\ntests = "*"\n';

function faultsOf(text: string): readonly string[] {
  const result = parseSuppressions(text, "s.toml");
  return result.kind === "faults" ? result.faults : [];
}

test("an entry has a reason, what it matches, what it allows, and until when", () => {
  const text = `# why

[[suppression]]
reason = "the table is shared"
owner = "models"
ref = "https://example.org/7"
signature = "s"
tests = "t.py::*"
memory-type = "L1_SMALL"
origin = "ttnn.zeros"
holder = "m._TABLE"
max = "12 KB"
max-buffers = 2
until = 2026-03-31
`;
  const words = {
    owner: "models",
    ref: "https://example.org/7",
    signature: "s",
    tests: "t.py::*",
    origin: "ttnn.zeros",
  };
  const limits = { memoryType: "L1_SMALL", holder: "m._TABLE", maxBytes: 12_288, maxBuffers: 2 } as const;
  const entries = [suppression({ ...words, ...limits, until: "2026-03-31" })];
  assert.deepEqual(parseSuppressions(text, "s.toml"), { kind: "suppressions", entries });
});

test("what an entry leaves out is null, and each knows its line; an empty file has none", () => {
  const result = parseSuppressions(`${ENTRY}\n${ENTRY}until = "2026-03-31"\n`, "s.toml");
  const [one, two] = [suppression({ tests: "*", line: 1 }), suppression({ tests: "*", line: 5, until: "2026-03-31" })];
  assert.deepEqual(result, { kind: "suppressions", entries: [one, two] });
  assert.deepEqual(parseSuppressions("", "s.toml"), { kind: "suppressions", entries: [] });
});

for (const [what, text, fault] of [
  ["TOML that is none", "[[suppression]]\nreason", /^s\.toml:2:\d+: /],
  [
    "a table of another name",
    '[[supression]]\nreason = "x"',
    /^s\.toml:1:1: supression is nothing that a suppression has/,
  ],
  ["an unknown key", `${ENTRY}  owners = "me"\n`, /^s\.toml:4:3: suppression\.0\.owners is nothing that a suppression/],
  ["no reason", '[[suppression]]\ntests = "*"\n', /^s\.toml:1:1: suppression\.0\.reason is missing$/],
  [
    "an empty reason",
    ENTRY.replace("the table is shared", ""),
    /^s\.toml:2:1: suppression\.0\.reason is ""; wanted some/,
  ],
  [
    "nothing that it matches",
    '[[suppression]]\nreason = "x"\n',
    /^s\.toml:1:1: suppression\.0 .*it matches everything; /,
  ],
  ["a memory type alone", '[[suppression]]\nreason = "x"\nmemory-type = "L1"\n', /it matches everything; wanted sig/],
  ["an unknown memory type", `${ENTRY}memory-type = "L2"\n`, /^s\.toml:4:1: .* is "L2"; wanted one of DRAM, /],
  [
    "a size that is none",
    `${ENTRY}max = "much"\n`,
    /^s\.toml:4:1: suppression\.0\.max is "much"; wanted a size such as/,
  ],
  ["no buffer", `${ENTRY}max-buffers = 0\n`, /^s\.toml:4:1: suppression\.0\.max-buffers is 0; /],
  [
    "a day that is none",
    `${ENTRY}until = "soon"\n`,
    /^s\.toml:4:1: suppression\.0\.until is "soon"; wanted a date such/,
  ],
  ["a day that no month has", `${ENTRY}until = "2026-02-30"\n`, /suppression\.0\.until is "2026-02-30"; wanted a date/],
  [
    "a day with a time",
    `${ENTRY}until = 2026-03-31T12:00:00Z\n`,
    /^s\.toml:4:1: .*; wanted a date such as 2026-03-31$/,
  ],
  [
    "a fault in the second entry",
    `${ENTRY}${ENTRY}max = -1\n`,
    /^s\.toml:7:1: suppression\.1\.max is -1; wanted a size/,
  ],
  [
    "one long pattern",
    `${ENTRY}holder = "${"x".repeat(SUPPRESSION_CHARACTERS_MAX + 1)}"\n`,
    /^s\.toml:4:1: .*; wanted at most 4000 characters$/,
  ],
] as const) {
  test(`${what} is a fault with its line and column`, () => {
    const faults = faultsOf(text);
    assert.ok(faults.length === 1 && fault.test(faults[0] ?? ""), faults.join("\n"));
  });
}

test("as many entries as are allowed are read, one more is a fault", () => {
  assert.deepEqual(faultsOf(ENTRY.repeat(SUPPRESSIONS_MAX)), []);
  assert.equal(faultsOf(ENTRY.repeat(SUPPRESSIONS_MAX + 1)).length, 1);
  assert.deepEqual(faultsOf(`${ENTRY}holder = "${"x".repeat(SUPPRESSION_CHARACTERS_MAX)}"\n`), []);
});

test("any text is suppressions or faults of the file, never an error", () => {
  const word = fc.constantFrom(
    "[[suppression]]",
    "reason",
    "until",
    "=",
    '"x"',
    "2026-03-31",
    "max",
    "\n",
    "[",
    "{",
    "1",
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(word, { maxLength: 40 }).map((words) => words.join(" ")),
  );
  fc.assert(
    fc.property(text, (text) => faultsOf(text).every((fault) => fault.startsWith("s.toml"))),
    { numRuns: 500 },
  );
});
