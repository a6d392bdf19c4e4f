import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buffer, finding } from "../../../fixtures/report/builders.ts";
import { shortHash } from "../base/short-hash.ts";
import type { Finding, Origin } from "../model/finding.ts";
import { NO_SOURCE, type StatementHashOf, signatureOf } from "./signature.ts";

const MB = 1024 * 1024;

interface Case {
  readonly finding: Finding;
  readonly base: string | null;
  readonly hashOf: StatementHashOf;
}

function originAt(differences: Partial<Origin> = {}): Origin {
  const place = { operation: "ttnn.from_torch", file: "models/tests/test_kv.py", line: 12, function: "fill" };
  return { ...place, testLine: null, ...differences };
}

/** The statement that stands on each line, whatever the file. */
function sourceOf(lines: Readonly<Record<number, string>>): StatementHashOf {
  return (_file, line) => (lines[line] === undefined ? null : shortHash(lines[line]));
}

const LEAK = finding({
  test: "models/tests/test_kv.py::TestKv::test_decode[1-a]",
  buffers: [buffer(0x1000n, 4 * MB), buffer(0x9000n, 4 * MB)],
  origin: originAt(),
  holders: ["models.tests.test_kv._CACHE['kv'][0]"],
});

function caseOf(differences: Partial<Finding> = {}, rest: Partial<Case> = {}): Case {
  const base = "models/tests/test_kv.py::TestKv::test_decode";
  return { finding: { ...LEAK, ...differences }, base, hashOf: sourceOf({ 12: "_CACHE['kv'].append(x)" }), ...rest };
}

function signed({ finding: each, base, hashOf }: Case): string {
  return signatureOf(each, base, hashOf);
}

function moved(file: string, module: string): Case {
  const differences = { origin: originAt({ file }), holders: [`${module}._CACHE['kv'][0]`] };
  return caseOf(differences, { base: `${file}::TestKv::test_decode` });
}

const FIXTURE = { name: "weights", scope: "session", baseId: "models/tests" } as const;

const SAME: readonly (readonly [what: string, other: Case])[] = [
  ["addresses", caseOf({ buffers: [buffer(0x8000n, 4 * MB), buffer(0x40n, 4 * MB)] })],
  ["how many buffers it left", caseOf({ buffers: [buffer(0x1000n, 4 * MB)], sizeBytes: 4 * MB })],
  ["what the allocator rounds a buffer up to", caseOf({ buffers: [buffer(0x1000n, 4 * MB + 64)] })],
  ["the device and its chips", caseOf({ device: 3, chips: [3, 4] })],
  ["the parameters and their order", caseOf({ test: "models/tests/test_kv.py::TestKv::test_decode[a-1]" })],
  ["the attempt", caseOf({ attempt: 2 })],
  [
    "what it is judged to be, and whether that fails",
    caseOf({ verdict: "suspect", fails: false, evidence: "Seen once." }),
  ],
  [
    "lines above it",
    caseOf({ origin: originAt({ line: 40 }) }, { hashOf: sourceOf({ 40: "_CACHE['kv'].append(x)" }) }),
  ],
  ["what Python knows of the name of a function", caseOf({ origin: originAt({ function: "TestKv.fill" }) })],
  ["the key by which it is held", caseOf({ holders: ["models.tests.test_kv._CACHE['k'][7]"] })],
  ["another holder that is found later", caseOf({ holders: ["local 'x' in frame f (a.py:1)", ...LEAK.holders] })],
  ["the helper's line in the test", caseOf({ origin: originAt({ testLine: { file: "t.py", line: 3 } }) })],
  ["a move to a folder below", moved("models/tests/unit/test_kv.py", "models.tests.unit.test_kv")],
  ["another name of the file", moved("models/tests/test_cache.py", "models.tests.test_cache")],
];

const OTHER: readonly (readonly [what: string, other: Case])[] = [
  ["the memory type", caseOf({ memoryType: "L1" })],
  ["the size class", caseOf({ buffers: [buffer(0x1000n, 64 * MB)] })],
  ["the operation", caseOf({ origin: originAt({ operation: "ttnn.zeros" }) })],
  ["the function that allocated", caseOf({ origin: originAt({ function: "load" }) })],
  ["the statement that allocated", caseOf({}, { hashOf: sourceOf({ 12: "_CACHE['kv'] = [x]" }) })],
  ["whether the statement is known", caseOf({}, { hashOf: NO_SOURCE })],
  ["whether the line is known", caseOf({ origin: null })],
  ["what holds it", caseOf({ holders: ["models.tests.test_kv._WEIGHTS['kv'][0]"] })],
  ["an object of another name with the same parts", caseOf({ holders: ["models.tests.test_kv.MODEL._CACHE[0]"] })],
  ["whether anything is known to hold it", caseOf({ holders: [] })],
  ["the test", caseOf({}, { base: "models/tests/test_kv.py::TestKv::test_prefill" })],
  ["the class of the test", caseOf({}, { base: "models/tests/test_kv.py::TestMlp::test_decode" })],
  ["the package", caseOf({}, { base: "tools/tests/test_kv.py::TestKv::test_decode" })],
  ["the wider fixture that allocated it", caseOf({ fixture: FIXTURE, phase: "fixture" })],
  ["that it appeared between tests", caseOf({ test: null }, { base: null })],
  ["that it is no memory", caseOf({ verdict: "not-checked", buffers: [] })],
];

describe("a signature", () => {
  for (const [what, other] of SAME) {
    it(`does not change with ${what}`, () => assert.equal(signed(other), signed(caseOf())));
  }

  for (const [what, other] of OTHER) {
    it(`changes with ${what}`, () => assert.notEqual(signed(other), signed(caseOf())));
  }

  it("is different for all of these", () => {
    assert.equal(new Set([caseOf(), ...OTHER.map(([, other]) => other)].map(signed)).size, OTHER.length + 1);
  });

  it("shows the version, the memory type and the test", () => {
    assert.match(signed(caseOf()), /^v2:dram:TestKv::test_decode:[0-9a-f]{12}$/);
  });

  it("shows the verdict where no memory is left", () => {
    const unmeasured = caseOf({ verdict: "not-checked", buffers: [], memoryType: null });
    assert.match(signed(unmeasured), /^v2:not-checked:TestKv::test_decode:[0-9a-f]{12}$/);
  });

  it("of a fixture is the same whichever test asked for it first", () => {
    const shared = { fixture: FIXTURE, phase: "fixture" } as const;
    const first = caseOf(shared);
    assert.equal(signed(first), signed({ ...first, base: "models/tests/test_mlp.py::test_mlp" }));
  });

  it("has the same hash for a test that was renamed", () => {
    const renamed = caseOf({}, { base: "models/tests/test_kv.py::test_decoding" });
    assert.equal(signed(renamed).split(":").at(-1), signed(caseOf()).split(":").at(-1));
  });

  it("keeps names apart that it cannot show", () => {
    const names = ["a b", "a\nb", "a_b", "x".repeat(100), "x".repeat(101)];
    const all = names.map((name) => signed(caseOf({}, { base: `cases.yaml::${name}` })));
    assert.equal(new Set(all).size, names.length);
    for (const each of all) assert.match(each, /^[\w:.+-]{1,120}$/);
  });

  it("has sizes of tensors far from the edges of its classes", () => {
    for (const pages of [1, 1.25, 1.5, 1.75]) {
      for (let power = 5; power < 36; power += 1) {
        const [exact, rounded] = [1, 1.02].map((factor) =>
          signed(caseOf({ buffers: [buffer(0n, Math.round(pages * factor * 2 ** power))] })),
        );
        assert.equal(exact, rounded);
      }
    }
  });
});
