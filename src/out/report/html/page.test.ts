import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { buffer, finding, runReport, testReport } from "../../../../fixtures/report/builders.ts";
import { assertGolden } from "../../../../fixtures/report/golden.ts";
import { ODD_NAMES, REPORTS } from "../../../../fixtures/report/reports.ts";
import { outOfMemoryReport } from "../../../../fixtures/report/shortages.ts";
import type { PageData } from "../../../core/model/page.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import { htmlReport } from "./page.ts";
import { NO_EXTRAS, pageData } from "./page-data.ts";
import { BUFFERS_MAX, FINDINGS_MAX } from "./page-findings.ts";
import { SHORTAGES_MAX } from "./page-shortages.ts";
import { TESTS_MAX } from "./page-tests.ts";

const dataOf = (report: RunReport): PageData => pageData(report, NO_EXTRAS);

/** What a page has in it. */
function embeddedIn(page: string): PageData {
  const text = /<script type="application\/octet-stream" id="tt-memwatch-data">([^<]*)<\/script>/.exec(page)?.[1] ?? "";
  return JSON.parse(gunzipSync(Buffer.from(text, "base64")).toString("utf8"));
}

for (const [name, report] of Object.entries(REPORTS)) {
  it(`has of the report "${name}" what its golden file has`, () => {
    assertGolden(`${name}.page.json`, `${JSON.stringify(dataOf(report), null, 2)}\n`);
  });
}

it("has its data inside", async () => {
  const report = REPORTS["every-verdict"];
  assert.deepEqual(embeddedIn(await htmlReport(report)), JSON.parse(JSON.stringify(dataOf(report))));
});

it("asks for nothing, and runs its own program and style only", async () => {
  const page = await htmlReport(REPORTS["odd-names"]);
  const partsOf = (tag: string): readonly string[] =>
    [...page.matchAll(new RegExp(`<${tag}(?: type="module")?>(.*?)</${tag}>`, "gs"))].map(([, text]) => text ?? "");
  const digest = (text = ""): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const [program, ...programs] = partsOf("script");
  const [style, ...styles] = partsOf("style");
  assert.deepEqual([programs, styles], [[], []]);
  const policy = /content="(default-src[^"]*)"/.exec(page)?.[1]?.replaceAll("&#39;", "'");
  assert.equal(
    policy,
    `default-src 'none'; script-src ${digest(program)}; style-src ${digest(style)}; img-src data:; base-uri 'none'; form-action 'none'`,
  );
  const frame = page.replace(program ?? "", "").replace(style ?? "", "");
  assert.doesNotMatch(
    frame,
    /<(link|img|iframe|object|embed|base|form)\b|\b(src|srcset|onclick|style)=|@import|url\(/i,
  );
});

it("no name becomes markup, and what acts on a terminal or turns text around is written out", async () => {
  const reportOf = (names: readonly string[]): RunReport =>
    runReport({
      tests: names.map((test) => testReport(test)),
      findings: names.map((test) => finding({ test, holders: [test] })),
    });
  const tagsOf = (page: string): readonly string[] => page.match(/<\/?[a-z]\w*/gi) ?? [];
  const odd = await htmlReport(reportOf(ODD_NAMES));
  assert.deepEqual(tagsOf(odd), tagsOf(await htmlReport(reportOf(ODD_NAMES.map((_, index) => `t${index}`)))));
  const text = JSON.stringify(embeddedIn(odd));
  assert.doesNotMatch(text, /\\u00[01][0-9a-f]|[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
});

describe("where memory ran out", () => {
  const moment = { test: "t", outcome: "failed" } as const;
  const repeat = outOfMemoryReport({ ...moment, repeat: 2 });
  const own = outOfMemoryReport(moment);
  const expected = outOfMemoryReport({ ...moment, test: "u", outcome: "passed" });

  it("a test comes before its repeats, which are called so, and those before what was expected", () => {
    const { shortages } = dataOf(runReport({ outOfMemory: [expected, repeat, own] }));
    assert.deepEqual(
      shortages.map(({ head, repeat: number, isExpected }) => [head.split(" could ")[0], number, isExpected]),
      [
        ["t", 0, false],
        ["t in its repeat 2", 2, false],
        ["u", 0, true],
      ],
    );
  });

  for (const [what, outOfMemory, words] of [
    ["tests, each once", [own, own, outOfMemoryReport({ ...moment, test: "v" })], "; 2 tests ran out of memory"],
    ["what is not a test", [outOfMemoryReport({ test: null, outcome: null })], "; memory ran out outside of tests"],
    ["repeats and what was expected", [repeat, expected], ""],
  ] as const) {
    it(`the headline has ${what}: "${words}"`, () => {
      const { run } = dataOf(runReport({ tests: [testReport("t")], outOfMemory }));
      assert.equal(run.headline, `clean: 1 test checked, no finding fails${words}`);
    });
  }
});

it("a size that is not known by bank is reported in all", () => {
  const peak = finding({ verdict: "over-limit", sizeBytes: 24_576, bytesPerBank: 0, banks: 0 });
  const [shown] = dataOf(runReport({ findings: [peak] })).findings;
  assert.equal(shown?.facts.find(({ name }) => name === "size")?.text, "24,576 bytes");
});

describe("limits", () => {
  const many = <T>(amount: number, one: T): T[] => Array.from({ length: amount }, () => one);
  const rows: readonly (readonly [
    string,
    number,
    (amount: number) => RunReport,
    (page: PageData) => readonly number[],
  ])[] = [
    [
      "findings",
      FINDINGS_MAX,
      (amount) => runReport({ findings: many(amount, finding()) }),
      ({ findings, moreFindings }) => [findings.length, moreFindings],
    ],
    [
      "tests",
      TESTS_MAX,
      (amount) => runReport({ tests: many(amount, testReport("t", { devices: [] })) }),
      ({ tests, moreTests }) => [tests.length, moreTests],
    ],
  ];
  for (const [what, limit, reportOf, countsOf] of rows) {
    it(`shows ${limit} ${what} and counts the rest`, () => {
      const [below, at, above] = [limit - 1, limit, limit + 1].map((amount) => countsOf(dataOf(reportOf(amount))));
      assert.deepEqual(
        [below, at, above],
        [
          [limit - 1, 0],
          [limit, 0],
          [limit, 1],
        ],
      );
    });
  }

  const lists: readonly (readonly [string, number, (amount: number) => readonly (number | undefined)[]])[] = [
    [
      "buffers of a finding",
      BUFFERS_MAX,
      (amount) => {
        const [shown] = dataOf(runReport({ findings: [finding({ buffers: many(amount, buffer(1n, 1)) })] })).findings;
        return [shown?.buffers.length, shown?.moreBuffers];
      },
    ],
    [
      "times that memory ran out",
      SHORTAGES_MAX,
      (amount) => {
        const page = dataOf(runReport({ outOfMemory: many(amount, outOfMemoryReport()) }));
        return [page.shortages.length, page.moreShortages];
      },
    ],
  ];
  for (const [what, limit, countsOf] of lists) {
    it(`shows ${limit} ${what}, or one more where only that one would be left out, and counts the rest`, () => {
      assert.deepEqual([limit, limit + 1, limit + 2].map(countsOf), [
        [limit, 0],
        [limit + 1, 0],
        [limit, 2],
      ]);
    });
  }
});

it("each finding is in one cause, and each test knows its findings", () => {
  const page = dataOf(REPORTS["every-verdict"]);
  const inCauses = page.causes.flatMap(({ findings }) => findings).toSorted((a, b) => a - b);
  assert.deepEqual(inCauses, [...page.findings.keys()]);
  for (const [index, { findings }] of page.tests.entries()) {
    assert.deepEqual(
      findings,
      [...page.findings.keys()].filter((each) => page.findings[each]?.test === index),
    );
  }
});

it("causes that fail come first, those with most memory before the others", () => {
  const { causes } = dataOf(REPORTS["common-cause"]);
  const failing = causes.filter(({ fails }) => fails);
  assert.deepEqual(causes.slice(0, failing.length), failing);
  assert.deepEqual(
    failing,
    failing.toSorted((a, b) => b.sizeBytes - a.sizeBytes),
  );
});
