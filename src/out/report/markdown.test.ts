import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { finding, runReport, testReport } from "../../../fixtures/report/builders.ts";
import { assertGolden } from "../../../fixtures/report/golden.ts";
import { ODD_NAMES, REPORTS } from "../../../fixtures/report/reports.ts";
import { MARKDOWN_BYTES_MAX, markdownReport } from "./markdown.ts";
import { codeBlock, codeSpan, escapeProse } from "./markdown-escape.ts";

for (const [name, report] of Object.entries(REPORTS)) {
  it(`writes the report "${name}" as its golden file`, () => assertGolden(`${name}.md`, markdownReport(report)));
}

/** What a character reference stands for. */
const decode = (text: string): string =>
  text.replaceAll("<wbr>", "").replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

describe("a name", () => {
  it("leaves no markup in prose and is the same when rendered", () => {
    for (const text of [
      "**b** _i_ ~s~ `c`",
      "<b>&amp;",
      "[a](b) ![c](d)",
      "a|b\\|c",
      "# 1. x $y$",
      "https://a.b/c",
      "a@b.c",
      ":x:",
    ]) {
      const escaped = escapeProse(text);
      assert.doesNotMatch(escaped.replaceAll("<wbr>", "").replace(/&#\d+;/g, ""), /[*_~`<>&[\]()!|\\#$@/]|[.:]\S/);
      assert.equal(decode(escaped), text);
    }
  });

  it("is a code span, or a code element where a span could not hold it", () => {
    assert.equal(codeSpan("test_a[1]"), "`test_a[1]`");
    assert.equal(codeSpan("a`b"), "<code>a&#96;b</code>");
    assert.equal(codeSpan("a\\|b"), "<code>a&#92;&#124;b</code>");
  });

  it("cannot end the block it is in", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("`", "a", "\n", " ", "~") })), (lines) => {
        const [open = "", ...rest] = codeBlock(lines).split("\n");
        const fence = open.replace("text", "");
        assert.match(fence, /^`{3,}$/);
        assert.equal(
          rest.findIndex((line) => line.trim().startsWith(fence)),
          rest.length - 1,
        );
      }),
    );
  });

  it("makes neither a row nor a cell of its own in the table", () => {
    const tests = ODD_NAMES.map((test) => testReport(test));
    const report = runReport({ tests, findings: ODD_NAMES.map((test) => finding({ test })) });
    const rows = markdownReport(report)
      .split("\n")
      .filter((line) => line.startsWith("| "));
    assert.equal(rows.length, 2 + ODD_NAMES.length);
    for (const row of rows) assert.equal(row.split("|").length, 7, row);
  });
});

describe("the size limit", () => {
  const reportOf = (amount: number, test: string) =>
    runReport({
      run: { warnings: Array.from({ length: amount }, () => test) },
      tests: [testReport("t")],
      findings: Array.from({ length: amount }, () => finding({ test, evidence: test })),
    });

  for (const [title, report] of [
    ["10,000 findings", reportOf(10_000, "test_a.py::test_b[日本]")],
    ["a name of 200 KB", reportOf(3, "`@".repeat(100 * 1024))],
  ] as const) {
    it(`holds for ${title}, and what is left out is counted`, () => {
      const markdown = markdownReport(report);
      assert.ok(Buffer.byteLength(markdown) <= MARKDOWN_BYTES_MAX);
      assert.match(
        markdown,
        /^_\d+ (lines|findings) are left out of the summary|^_\d+ findings are left out of the table/m,
      );
      assert.match(markdown, /^_\d+ findings are left out of the details/m);
    });
  }

  it("leaves out exactly what is missing", () => {
    const markdown = markdownReport(reportOf(50, "test_x"), { maxBytes: 8 * 1024 });
    const rows = markdown.match(/^\| \*\*leak\*\* /gm)?.length ?? 0;
    const details = markdown.match(/^<details>/gm)?.length ?? 0;
    assert.ok(rows > 0 && details > 0);
    assert.match(markdown, new RegExp(`^_${50 - details} findings are left out of the details`, "m"));
    assert.equal(markdown.includes("left out of the table"), rows < 50);
    assert.ok(Buffer.byteLength(markdown) <= 8 * 1024);
  });

  it("leaves nothing out of a usual report", () => {
    assert.doesNotMatch(markdownReport(reportOf(100, "test_x")), /left out/);
  });
});
