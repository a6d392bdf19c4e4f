import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import stringWidth from "string-width";
import { buffer, finding, MB, runReport, testReport } from "../../../fixtures/report/builders.ts";
import { assertGolden } from "../../../fixtures/report/golden.ts";
import { REPORTS } from "../../../fixtures/report/reports.ts";
import { textReport } from "./text.ts";

const PLAIN = { color: false, width: 100, isVerbose: false, isDetailed: false, peaks: null };
const VERBOSE = { ...PLAIN, isVerbose: true };

for (const [name, report] of Object.entries(REPORTS)) {
  it(`writes the report "${name}" as its golden file`, () => {
    assertGolden(`${name}.txt`, textReport(report, PLAIN));
  });

  it(`colours of "${name}" change no character`, () => {
    assert.equal(stripVTControlCharacters(textReport(report, { ...PLAIN, color: true })), textReport(report, PLAIN));
  });

  it(`nothing in "${name}" can act on the terminal`, () => {
    assert.doesNotMatch(textReport(report, PLAIN).replaceAll("\n", ""), /[\p{Cc}\p{Cs}\u202a-\u202e]/u);
  });
}

it("shows a finding in the documented shape", () => {
  const leak = finding({ evidence: "The same.", buffers: [buffer(1n, 12 * MB), buffer(2n, 12 * MB)] });
  const [head, ...details] = textReport(runReport({ findings: [leak] }), { ...PLAIN, width: 100 }).split("\n");
  assert.equal(
    head,
    "LEAK   test_attention.py::test_prefill[1024]                                +24.0 MB DRAM   device 0",
  );
  assert.deepEqual(details.slice(0, 3), [
    "       2 buffers   bfloat16 1x8x1024x128 (logical 2.0 MB)",
    "       The same.",
    "",
  ]);
});

it("sets what is known of a finding under its test, and on a narrow terminal further to the left", () => {
  const origin = { operation: "ttnn.zeros", file: "tests/tensors.py", line: 22, function: "make" };
  const testLine = { file: "tests/test_attention.py", line: 9 };
  const found = finding({ verdict: "held-by-failure", origin: { ...origin, testLine }, evidence: "Fix it." });
  const linesAt = (width: number) => textReport(runReport({ findings: [found] }), { ...PLAIN, width }).split("\n");
  assert.deepEqual(linesAt(100).slice(1, 3), [
    "                  ttnn.zeros   tests/tensors.py:22 in make   (from tests/test_attention.py:9)",
    "                  Fix it.",
  ]);
  assert.deepEqual(linesAt(99).slice(1, 3), [
    "    ttnn.zeros   tests/tensors.py:22 in make   (from tests/test_attention.py:9)",
    "    Fix it.",
  ]);
  assert.deepEqual(linesAt(78).slice(1, 4), [
    "    +24.0 MB DRAM   device 0",
    "    ttnn.zeros   tests/tensors.py:22 in make",
    "    (from tests/test_attention.py:9)",
  ]);
});

it("says what findings of several tests have in common once", () => {
  const alike = ["a", "b"].map((name) => finding({ test: `t.py::${name}`, evidence: "The same." }));
  const lines = textReport(runReport({ findings: alike }), PLAIN).split("\n");
  assert.match(lines[0] ?? "", /^LEAK {3}t\.py::a /);
  assert.match(lines[1] ?? "", /^LEAK {3}t\.py::b /);
  assert.equal(lines.filter((line) => line.includes("The same.")).length, 1);
});

it("dims what does not fail, and only that", () => {
  const dim = "\u001b[2m";
  const report = (fails: boolean) =>
    textReport(runReport({ findings: [finding({ fails })] }), { ...PLAIN, color: true });
  assert.ok(report(false).startsWith(dim));
  assert.ok(!report(true).includes(dim));
});

it("lists remaining buffers if asked to, or if an allocation server took part", () => {
  const measured = runReport({ tests: [testReport("t")] });
  const { allocations = null } = REPORTS.allocations ?? {};
  assert.doesNotMatch(textReport(measured, PLAIN), /REMAINING/);
  assert.match(textReport(measured, VERBOSE), /REMAINING/);
  assert.match(textReport({ ...measured, allocations }, PLAIN), /REMAINING/);
});

it("says nothing of remaining buffers where nothing was measured", () => {
  assert.doesNotMatch(textReport(runReport(), VERBOSE), /REMAINING/);
});

it("names what was expected in a line each, and says why if asked to", () => {
  const expected = ["a", "b"].map((test) =>
    finding({ verdict: "expected", fails: false, test, evidence: `Why ${test}.` }),
  );
  const report = runReport({ findings: expected });
  const lines = textReport(report, PLAIN).split("\n");
  assert.deepEqual(
    lines.slice(0, 3).map((line) => line.split(/ {3,}/).slice(0, 2)),
    [["EXPECTED", "a"], ["EXPECTED", "b"], [""]],
  );
  assert.match(textReport(report, VERBOSE), /Why a\.[\s\S]*Why b\./);
});

it("gives a reason that several findings share once, below them", () => {
  const alike = ["a", "b"].map((name) => finding({ test: name, holders: [`m.${name}`], evidence: "The same." }));
  const text = textReport(runReport({ findings: alike }), PLAIN);
  assert.match(
    text,
    /^LEAK {3}a .*\n(?: {7}.*\n)* {7}held by {2}m\.a\nLEAK {3}b .*\n(?: {7}.*\n)* {7}held by {2}m\.b\n {7}The same\.\n\n/m,
  );
  assert.equal(text.match(/The same\./g)?.length, 1);
});

it("gives the test and what was live when a process died", () => {
  const lost = REPORTS["lost-test"] ?? runReport();
  assert.match(
    textReport(lost, { ...PLAIN, width: 500 }),
    /^lost +test_crash.py::test_segfault ran when process 4711 ended; live then: device 0: 24.0 MB DRAM, 128.0 KB L1; left by test_attention.py::test_prefill\[1024\], /m,
  );
});

describe("limits", () => {
  const heads = (amount: number, fails: boolean): number => {
    const findings = Array.from({ length: amount }, () => finding({ fails }));
    return textReport(runReport({ findings }), PLAIN).match(/^LEAK {3}test_attention/gm)?.length ?? 0;
  };
  const cases = [
    [99, true, 99],
    [100, true, 100],
    [101, true, 101],
    [102, true, 100],
    [9, false, 9],
    [10, false, 10],
    [11, false, 11],
    [12, false, 10],
  ] as const;
  for (const [amount, fails, shown] of cases) {
    it(`of ${amount} findings that ${fails ? "fail" : "do not fail"}, ${shown} are shown in full`, () => {
      assert.equal(heads(amount, fails), shown);
    });
  }

  it("counts what it leaves out", () => {
    const findings = Array.from({ length: 13 }, () => finding({ fails: false }));
    assert.match(
      textReport(runReport({ findings }), PLAIN),
      /^LEAK {3}and 3 more, 72.0 MB together: --details prints them/m,
    );
  });

  it("gives no sum of what tests needed at their worst", () => {
    const findings = Array.from({ length: 13 }, () => finding({ verdict: "over-limit", fails: false }));
    assert.match(textReport(runReport({ findings }), PLAIN), /^OVER-LIMIT {3}and 3 more: --details prints them/m);
  });

  it("leaves out the smallest, and keeps the order of the rest", () => {
    const sizes = [5, 3, 12, 4, 11, 6, 10, 7, 9, 8, 2, 1];
    const findings = sizes.map((size) => finding({ fails: false, test: `t${size}`, sizeBytes: size }));
    const shown = [...textReport(runReport({ findings }), PLAIN).matchAll(/^LEAK {3}t(\d+)/gm)].map(([, size]) =>
      Number(size),
    );
    assert.deepEqual(shown, [5, 3, 12, 4, 11, 6, 10, 7, 9, 8]);
  });

  it("names five holders and counts the rest", () => {
    const holders = Array.from({ length: 7 }, (_, index) => `a[${index}]`);
    const text = textReport(runReport({ findings: [finding({ holders })] }), PLAIN);
    assert.equal(text.match(/held by {2}a\[/g)?.length, 5);
    assert.match(text, /and by 2 others/);
  });

  it("leaves nothing out where details are asked for", () => {
    const holders = Array.from({ length: 40 }, (_, index) => `a[${index}]`);
    const findings = Array.from({ length: 150 }, (_, index) => finding({ test: `t${index}`, holders }));
    const text = textReport(runReport({ findings }), { ...PLAIN, isDetailed: true });
    assert.equal(text.match(/^LEAK {3}t\d+/gm)?.length, 150);
    assert.equal(text.match(/held by {2}a\[/g)?.length, 40);
    assert.doesNotMatch(text, /and (by )?\d+ (more|other)/);
  });
});

it("wraps prose to the width and leaves node ids whole", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "ü", "日", "🚀", "[", "-"), minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(name, fc.integer({ min: 60, max: 200 }), fc.lorem({ maxCount: 40 }), (test, width, evidence) => {
      const lines = textReport(runReport({ findings: [finding({ test, evidence })] }), { ...PLAIN, width }).split("\n");
      assert.ok(lines[0]?.includes(test));
      const prose = lines.slice(
        1,
        lines.findIndex((line) => line.startsWith("command")),
      );
      for (const line of prose) assert.ok(stringWidth(line) <= width, `${stringWidth(line)} columns: ${line}`);
    }),
  );
});
