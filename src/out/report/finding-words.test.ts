import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { buffer, finding, KB, MB } from "../../../fixtures/report/builders.ts";
import {
  birthplaceOf,
  buffersOf,
  describeTensor,
  devicesOf,
  growthOf,
  subjectOf,
  subtestsOf,
} from "./finding-words.ts";

const WEIGHTS = { name: "weights", scope: "session", baseId: "" } as const;

describe("subjectOf", () => {
  const cases = [
    ["a test", { test: "a.py::t" }, "a.py::t"],
    ["a rerun, by its number", { test: "a.py::t", attempt: 2 }, "a.py::t (attempt 2)"],
    ["a wider fixture", { test: null, fixture: WEIGHTS }, "fixture weights (session)"],
    ["memory between tests", { test: null }, "(between tests)"],
    ["a run that could not be checked", { test: null, verdict: "not-checked" }, "(the run)"],
  ] as const;
  for (const [title, differences, wanted] of cases) {
    it(`names ${title}`, () => assert.equal(subjectOf(finding(differences)), wanted));
  }
});

describe("devicesOf", () => {
  const cases = [
    [null, [], ""],
    [3, [3], "device 3"],
    [0, [0, 1], "devices 0-1 (each)"],
    [0, [0, 1, 2, 5, 7, 8], "devices 0-2, 5, 7-8 (each)"],
    [4, [4, 0], "devices 4, 0 (each)"],
  ] as const;
  for (const [device, chips, wanted] of cases) {
    it(`writes chips [${chips}] as "${wanted}"`, () => assert.equal(devicesOf({ device, chips }), wanted));
  }
});

it("gives no bytes where none were left", () => {
  assert.equal(growthOf(finding({ sizeBytes: 0, memoryType: "L1" })), "L1");
  assert.equal(growthOf(finding({ sizeBytes: 0, memoryType: null })), "");
  assert.equal(growthOf(finding({ sizeBytes: 36 * KB, memoryType: "L1_SMALL" })), "+36.0 KB L1_SMALL");
});

it("says where memory was born unless it was the call", () => {
  assert.equal(birthplaceOf(finding({ phase: "call" })), null);
  assert.equal(birthplaceOf(finding({ phase: null })), null);
  assert.equal(birthplaceOf(finding({ phase: "teardown" })), "allocated in teardown");
  assert.equal(birthplaceOf(finding({ phase: "fixture", fixture: WEIGHTS })), "from fixture weights (session)");
});

describe("buffersOf", () => {
  const tensor = (dtype: string) => ({ dtype, shape: [32, 32], logicalBytes: null });
  const kinds = (...dtypes: (string | null)[]) =>
    finding({ buffers: dtypes.map((dtype) => buffer(1n, KB, { tensor: dtype === null ? null : tensor(dtype) })) });
  const cases: readonly (readonly [string, ReturnType<typeof kinds>, string | null])[] = [
    ["nothing where no buffer is known", kinds(), null],
    ["only the number where no tensor is known", kinds(null, null), "2 buffers"],
    ["one kind without its number", kinds("a", "a"), "2 buffers   a 32x32"],
    ["how many are of a kind that not all are of", kinds("a", "a", null), "3 buffers   2 x a 32x32"],
    ["three kinds", kinds("a", "b", "c"), "3 buffers   1 x a 32x32, 1 x b 32x32, 1 x c 32x32"],
    [
      "no fourth of five",
      kinds("a", "b", "c", "d", "e"),
      "5 buffers   1 x a 32x32, 1 x b 32x32, 1 x c 32x32, 2 other kinds",
    ],
  ];
  for (const [title, leak, wanted] of cases) it(`tells ${title}`, () => assert.equal(buffersOf(leak), wanted));

  it("shows the logical size where known", () => {
    const text = describeTensor({ dtype: "bfloat16", shape: [1, 8, 1024, 128], logicalBytes: 2 * MB });
    assert.equal(text, "bfloat16 1x8x1024x128 (logical 2.0 MB)");
    assert.equal(describeTensor({ dtype: "float32", shape: [], logicalBytes: 4 }), "float32 scalar (logical 4 B)");
  });
});

it("one subtest is named where it allocated all, and several with how much each has", () => {
  const share = (subtest: string, sizeBytes: number) => ({ subtest, sizeBytes, buffers: 1 });
  const buffers = [buffer(1n, 1024), buffer(2n, 1024)];
  assert.equal(subtestsOf(finding({ buffers })), null);
  assert.equal(subtestsOf(finding({ buffers, subtests: [{ ...share("[a]", 2048), buffers: 2 }] })), "in subtest [a]");
  const later = [share("[a]", 1024), share("(one of the later subtests)", 512)];
  assert.match(subtestsOf(finding({ buffers, subtests: later })) ?? "", /^in 2 subtests or more: /);
  assert.equal(subtestsOf(finding({ buffers, subtests: [share("[a]", 1024)] })), "in 1 subtest: [a] 1.0 KB");
  const five = ["a\u001b", "b", "c", "d", "e"].map((name) => share(name, 1024));
  assert.equal(
    subtestsOf(finding({ buffers, subtests: five })),
    "in 5 subtests: a\\x1b 1.0 KB; b 1.0 KB; c 1.0 KB; and 2 more",
  );
});
