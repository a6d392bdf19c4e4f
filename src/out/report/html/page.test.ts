import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { DOMParser, type Element } from "@xmldom/xmldom";
import { buffer, deviceOfTest, finding, KB, MB, runReport, testReport } from "../../../../fixtures/report/builders.ts";
import { assertGolden } from "../../../../fixtures/report/golden.ts";
import { ODD_NAMES, REPORTS } from "../../../../fixtures/report/reports.ts";
import type { Finding } from "../../../core/model/finding.ts";
import { htmlReport } from "./page.ts";

/** The pictures of a page, which are XML. */
function picturesOf(page: string): readonly Element[] {
  return [...page.matchAll(/<svg viewBox="0 0 .*?<\/svg>/gs)].map(([svg]) => {
    const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    assert.ok(root);
    return root;
  });
}

function marksOf(picture: Element | undefined): readonly string[] {
  return [...(picture?.getElementsByTagName("path") ?? [])]
    .map((path) => path.getAttribute("class") ?? "")
    .filter((name) => name.startsWith("mark"));
}

for (const [name, report] of Object.entries(REPORTS)) {
  it(`writes the report "${name}" as its golden file`, () => assertGolden(`${name}.html`, htmlReport(report)));

  it(`"${name}" asks for nothing and runs nothing`, () => {
    const page = htmlReport(report);
    assert.doesNotMatch(
      page,
      /<(script|link|img|iframe|object|embed|base|form)\b|\b(src|srcset|onclick|style)=|@import|url\(/i,
    );
    for (const [, target] of page.matchAll(/href="([^"]*)"/g)) assert.match(target ?? "", /^#finding-\d+$/);
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    assert.ok(
      page
        .replaceAll("&#39;", "'")
        .includes(`content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'`),
    );
  });
}

it("no test name becomes markup", () => {
  const tests = ODD_NAMES.map((test) => testReport(test));
  const plain = runReport({
    tests: ODD_NAMES.map((_, index) => testReport(`t${index}`)),
    findings: ODD_NAMES.map((_, index) => finding({ test: `t${index}` })),
  });
  const odd = runReport({ tests, findings: ODD_NAMES.map((test) => finding({ test })) });
  const tagsOf = (page: string): readonly string[] => page.match(/<\/?[a-z]\w*/gi) ?? [];
  assert.deepEqual(tagsOf(htmlReport(odd)), tagsOf(htmlReport(plain)));
  assert.ok(htmlReport(odd).isWellFormed());
});

it("every link leads to a finding on the page, and every id is there once", () => {
  const page = htmlReport(REPORTS["every-verdict"] ?? runReport());
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  const targets = [...page.matchAll(/(?:href="#|aria-labelledby=")([^"]*)"/g)].flatMap(
    ([, target]) => target?.split(" ") ?? [],
  );
  assert.ok(targets.length > 10);
  for (const target of targets) assert.ok(ids.includes(target), target);
});

describe("the pictures", () => {
  const after = (...held: readonly { DRAM?: number; L1?: number }[]) =>
    held.map((each, index) => testReport(`t${index}`, { devices: [deviceOfTest(held[index - 1] ?? {}, each)] }));

  it("are one for each memory type that was held, and none where none was", () => {
    const tests = after({ DRAM: 12 * MB }, { DRAM: 12 * MB, L1: 64 * KB });
    const titles = picturesOf(htmlReport(runReport({ tests }))).map(
      (svg) => svg.getElementsByTagName("title")[0]?.textContent,
    );
    assert.deepEqual(titles, [
      "DRAM, device 0: bytes held after each test",
      "L1, device 0: bytes held after each test",
    ]);
    const nothing = htmlReport(runReport({ tests: after({}, {}) }));
    assert.equal(picturesOf(nothing).length, 0);
    assert.match(nothing, /all memory was free/);
  });

  it("describe themselves in words", () => {
    const tests = after({ DRAM: 24 * MB }, { DRAM: 12 * MB });
    const [picture] = picturesOf(htmlReport(runReport({ tests, findings: [finding({ test: "t0" })] })));
    const words = picture?.getElementsByTagName("desc")[0]?.textContent;
    assert.equal(words, "Over 2 tests at most 24.0 MB, at the end 12.0 MB; 1 test with a finding that fails.");
  });

  it("draw the line through what each test found and left", () => {
    const tests = after({ DRAM: 24 * MB }, { DRAM: 24 * MB }, {});
    const [picture] = picturesOf(htmlReport(runReport({ tests })));
    const line = [...(picture?.getElementsByTagName("path") ?? [])].find(
      (path) => path.getAttribute("class") === "line",
    );
    const heights = [...(line?.getAttribute("d") ?? "").matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
    const [floor, top] = [heights[0], heights[1]];
    assert.ok(floor !== undefined && top !== undefined && floor > top);
    assert.deepEqual(heights, [floor, top, top, top, top, floor]);
  });

  it("mark a test only where its own device and memory type are concerned", () => {
    const tests = after({ DRAM: 12 * MB, L1: 64 * KB });
    const findings: Finding[] = [
      finding({ test: "t0" }),
      finding({ test: "t0", memoryType: "L1", fails: false }),
      finding({ test: "t0", chips: [1], device: 1 }),
      finding({ test: "t0", attempt: 2 }),
    ];
    const [dram, l1] = picturesOf(htmlReport(runReport({ tests, findings })));
    assert.deepEqual(marksOf(dram), ["mark fails"]);
    assert.deepEqual(marksOf(l1), ["mark passes"]);
  });

  it("are apart for each worker and each sub-mesh", () => {
    const devices = [deviceOfTest({}, { DRAM: MB * 12 }, [0, 1]), deviceOfTest({}, { DRAM: MB * 12 }, [0])];
    const tests = [testReport("a", { worker: "gw0", devices }), testReport("b", { worker: "gw1", devices })];
    assert.equal(picturesOf(htmlReport(runReport({ tests }))).length, 4);
  });

  for (const [devices, pictures] of [
    [16, 16],
    [17, 16],
  ] as const) {
    it(`are ${pictures} where ${devices} devices held memory, those with the most`, () => {
      const all = Array.from({ length: devices }, (_, chip) =>
        deviceOfTest({}, { DRAM: (chip + 1) * 12 * MB }, [chip]),
      );
      const page = htmlReport(runReport({ tests: [testReport("t", { devices: all })] }));
      assert.equal(picturesOf(page).length, pictures);
      assert.equal(page.includes("1 picture with less memory left out"), devices > pictures);
      assert.equal(page.includes("DRAM, device 0:"), devices === pictures);
    });
  }
});

describe("limits", () => {
  it("unfolds ten failing findings", () => {
    const page = htmlReport(runReport({ findings: Array.from({ length: 11 }, () => finding()) }));
    assert.equal(page.match(/<details class="finding[^>]* open>/g)?.length, 10);
  });

  const counts = [
    [
      "findings",
      2000,
      (amount: number) => runReport({ findings: Array.from({ length: amount }, () => finding()) }),
      /<details class="finding/g,
    ],
    [
      "tests",
      5000,
      (amount: number) => runReport({ tests: Array.from({ length: amount }, () => testReport("t", { devices: [] })) }),
      /<th scope="row"><code>t</g,
    ],
    [
      "buffers of a finding",
      100,
      (amount: number) =>
        runReport({ findings: [finding({ buffers: Array.from({ length: amount }, () => buffer(1n, 1)) })] }),
      /<td><code>0x1</g,
    ],
  ] as const;
  for (const [what, limit, reportOf, row] of counts) {
    it(`shows ${limit} ${what} and counts the rest`, () => {
      const [at, above] = [htmlReport(reportOf(limit)), htmlReport(reportOf(limit + 1))];
      assert.equal(at.match(row)?.length, limit);
      assert.equal(above.match(row)?.length, limit);
      assert.doesNotMatch(at, /left out/);
      assert.match(above, /1 (finding|test|buffer) left out/);
    });
  }
});

describe("host memory", () => {
  const withHost = (...sizes: readonly (readonly [number, string | null])[]) =>
    sizes.map(([afterBytes, worker], index) => {
      const host = { beforeBytes: 0, afterBytes };
      return testReport(`t${index}`, { worker, pid: worker === null ? 1 : 2, host, devices: [] });
    });
  const titlesOf = (page: string) =>
    picturesOf(page).map((svg) => svg.getElementsByTagName("title")[0]?.textContent ?? "");

  it("has a picture for each process that ran several tests", () => {
    const tests = withHost([MB, null], [2 * MB, "gw1"], [3 * MB, null], [4 * MB, "gw1"]);
    assert.deepEqual(titlesOf(htmlReport(runReport({ tests }))), [
      "process 1: bytes held after each test",
      "process 2, worker gw1: bytes held after each test",
    ]);
  });

  it("has none where it was not looked at, or only around one test", () => {
    assert.doesNotMatch(htmlReport(runReport({ tests: [testReport("t0"), testReport("t1")] })), /Host memory/);
    assert.doesNotMatch(htmlReport(runReport({ tests: withHost([MB, null]) })), /Host memory/);
  });
});
