import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { EARLIER, EVIL, REPORT, RUN, SOURCE } from "../fixtures/report/page-run.ts";
import { runHistory } from "../src/core/history/run-history.ts";
import { htmlReport } from "../src/out/report/html/page.ts";
import { axeViolations, launchBrowser, NO_CHROMIUM, openPage } from "./browser.ts";

/** At the top of the window, or as far up as the page goes. */
const HAS_VIEWS_IN_SIGHT = `document.getElementById("views").getBoundingClientRect().top < 80
  || scrollY + innerHeight >= document.documentElement.scrollHeight - 1`;

/** What is drawn last. */
const ALL_DRAWN = "#view > *";

describe("the page in a file", { skip: NO_CHROMIUM }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-page-"));
  const file = join(folder, "report.html");
  const address = pathToFileURL(file).href;
  let browser: Browser;

  before(async () => {
    writeFileSync(
      file,
      await htmlReport(REPORT, { timeline: RUN, history: runHistory(REPORT, EARLIER), readSource: () => SOURCE }),
    );
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  const open = async (hash = "", options: Parameters<typeof openPage>[2] = {}) => {
    const opened = await openPage(browser, `${address}${hash}`, { offline: true, ...options });
    await opened.page.waitForSelector(ALL_DRAWN);
    return opened;
  };

  test("opens without a network, asks for nothing, and shows what to fix first with its line and holder", async () => {
    const { page, requests, problems } = await open();
    assert.deepEqual([requests, problems], [[address], []]);
    assert.match(await page.innerText("h1"), /2 findings fail/);
    assert.match(await page.innerText(".cause"), /leak\s+24\.0 MB[\s\S]*load\.py:2[\s\S]*_CACHE\['kv'\]\[0\]/);
    assert.match(await page.innerText("#detail .here"), /2\s+return ttnn\.zeros/);
    const history = page.locator("#detail dd:has(.state)");
    assert.match(await history.innerText(), /came back in 1 earlier run: first 2025-02-01 02:00 at 4f0c9a1be23d/);
    assert.match((await history.locator("svg").getAttribute("aria-label")) ?? "", /3 runs.*: 12\.0 MB, 0 B, 24\.0 MB$/);
    await page.context().close();
  });

  test("a name is text, whatever it looks like, and what turns text around is written out", async () => {
    const { page, problems } = await open("#view=tests&by=operation&at=2500000000");
    const text = await page.innerText("body");
    assert.ok(text.includes(EVIL));
    assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069]/u);
    assert.match(text, /\\u202e|\\x1b/);
    await page.click("#tab-live");
    assert.ok((await page.innerText("#view")).includes(EVIL));
    assert.equal(await page.locator("img").count(), 0);
    assert.doesNotMatch(await page.title(), /broken/);
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test("every view is there by keyboard and comes into sight, and the address leads back to it", async () => {
    const { page, problems } = await open("", { reducedMotion: "reduce" });
    const seen: [string, RegExp][] = [
      ["1", /24\.0 MB[\s\S]*load\.py:2/],
      ["2", /largest free piece[\s\S]*fragmentation/],
      ["3", /test_a\.py::test_leaks[\s\S]*Host memory/],
      ["4", /asked for[\s\S]*In the way/],
      ["5", /Two instants[\s\S]*Two runs/],
      ["6", /Processes[\s\S]*Remaining buffers/],
    ];
    assert.ok(await page.evaluate("document.getElementById('views').getBoundingClientRect().top > innerHeight"));
    for (const [key, words] of seen) {
      await page.keyboard.press(key);
      assert.match(await page.innerText("#view"), words, key);
      assert.ok(await afterFrame(page, HAS_VIEWS_IN_SIGHT), key);
    }
    await page.click("text=Show where this test ended");
    assert.ok(await afterFrame(page, "document.getElementById('timeline').getBoundingClientRect().top >= 0"));
    await page.keyboard.press("2");
    for (const key of ["j", "m", "[", "h"]) await page.keyboard.press(key);
    const shown = await stateOf(page);
    assert.match(shown.causes.at(shown.chosen) ?? "", /suspect/);
    assert.match(page.url(), /view=map.*memory=0-L1/);
    await page.reload();
    await page.waitForSelector(ALL_DRAWN);
    assert.deepEqual(await stateOf(page), shown);
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test("the keys search, move the cursor from test to test, and show help", async () => {
    const { page } = await open("#at=3500000000");
    await page.keyboard.press("h");
    assert.match(await page.innerText("output"), /2\.000 s · 30\.0 MB/);
    await page.keyboard.press("l");
    assert.match(await page.innerText("output"), /4\.000 s · 24\.0 MB/);
    await page.keyboard.press("/");
    await page.keyboard.type("kv");
    await page.waitForFunction("document.querySelectorAll('.cause').length === 1");
    await page.keyboard.press("Escape");
    await page.waitForFunction("document.querySelectorAll('.cause').length > 1");
    await page.keyboard.press("?");
    assert.match(await page.innerText("dialog[open]"), /previous and next test/);
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "hidden" });
    await page.context().close();
  });

  test("arrow keys go from event to event, however far it is zoomed, and say which one it is", async () => {
    const { page, problems } = await open("#memory=0-DRAM-4711&at=1500000000&range=1400000000-1500001000");
    const happened = page.locator(".happened");
    assert.equal(await happened.innerText(), "Between event 1 and event 2 of 3.");
    await page.keyboard.press("ArrowRight");
    assert.match(await happened.innerText(), /^Event 2 of 3: 6\.0 MB allocated at 0x300040 by <img/);
    assert.match(await page.innerText("output"), /2\.000 s · 30\.0 MB/);
    assert.match(page.url(), /at=2000000000/);
    const [, from = "", to = ""] = /range=(\d+)-(\d+)/.exec(page.url()) ?? [];
    assert.deepEqual([Number(from) < 2e9 && 2e9 < Number(to), Number(to) - Number(from)], [true, 100_001_000]);
    await page.keyboard.press("End");
    assert.match(await happened.innerText(), /^Event 3 of 3: 6\.0 MB freed at 0x300040 of <img/);
    await page.keyboard.press("Home");
    assert.match(await happened.innerText(), /^Event 1 of 3: 24\.0 MB allocated .* by ttnn\.zeros, load\.py:2 in load/);
    await page.keyboard.press("ArrowLeft");
    assert.match(page.url(), /at=1000000000/);
    await page.focus(".cursor input");
    await page.keyboard.press("ArrowRight");
    assert.match(page.url(), /at=2000000000/);
    await page.focus("#tab-live");
    await page.keyboard.press("ArrowRight");
    assert.match(page.url(), /view=map.*at=2000000000/);
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test("the timeline is in layers, and an allocation that failed is on the address map where it found no room", async () => {
    const { page, problems } = await open("#stack=test&free=1&at=2500000000");
    const legend = page.locator(".legend.lines");
    assert.match(await legend.innerText(), /24\.0 MB\s+test_a\.py::test_leaks\s+6\.0 MB[\s\S]*largest free piece/);
    await page.click("h1");
    for (const key of ["s", "s"]) await page.keyboard.press(key);
    assert.match(await legend.innerText(), /30\.0 MB\s+DRAM\s+64\.0 KB\s+L1/);
    await page.keyboard.press("4");
    await page.click("text=Show on the address map >> nth=0");
    assert.match(
      await page.innerText("#view"),
      /what it lacked[\s\S]*asked for in each bank\s+2\.0 MB, 1\.0 MB more than/,
    );
    assert.match(page.url(), /view=map&memory=0-L1.*failed=0/);
    await page.click("text=To the end");
    assert.doesNotMatch(await page.innerText("#view"), /what it lacked/);
    assert.deepEqual(problems, []);
    await page.context().close();
  });

  test("what one test allocated is shown alone, with the operation above its callers", async () => {
    const { page } = await open("#by=callers&as=icicle&at=2500000000");
    await page.selectOption(".of-test select", "test_a.py::test_leaks");
    const pieces = await page.locator(".piece").allInnerTexts();
    assert.deepEqual(pieces, ["all 24.0 MB", "ttnn.zeros 24.0 MB", "load.py:2 in load 24.0 MB"]);
    assert.match(page.url(), /test=test_a\.py/);
    await page.context().close();
  });

  test("an instant is held, and what differs at another stands beside it", async () => {
    const { page } = await open("#view=compare&by=test&with=2500000000&at=3500000000");
    assert.match(await page.innerText("#view"), /6\.0 MB\s+0 B\s+-6\.0 MB\s+gone/);
    await page.context().close();
  });

  test("another page is held against this one, and what is none is refused", async () => {
    const { page } = await open("#view=compare");
    await page.setInputFiles("input[type=file]", file);
    await page.waitForSelector("text=What was left in report.html and here");
    assert.match(await page.innerText("#view"), /24\.0 MB\s+24\.0 MB\s+0 B\s+same/);
    await page.setInputFiles("input[type=file]", {
      name: "x.html",
      mimeType: "text/html",
      buffer: Buffer.from("<p>x"),
    });
    assert.match(await page.innerText(".problem"), /x\.html cannot be read: it is not a page of tt-memwatch/);
    await page.context().close();
  });

  test("axe finds nothing wrong with it, in light and in dark colours", async () => {
    const { page } = await open("#by=stack&as=icicle&stack=test&free=1");
    for (const key of ["1", "2", "3", "4", "5", "6"]) {
      await page.keyboard.press(key);
      assert.deepEqual(await axeViolations(page), [], `view ${key}`);
    }
    await page.emulateMedia({ colorScheme: "dark" });
    for (const key of ["1", "3", "4"]) {
      await page.keyboard.press(key);
      assert.deepEqual(await axeViolations(page, ["color-contrast"]), [], `view ${key}`);
    }
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    await page.evaluate("window.dispatchEvent(new Event('beforeprint'))");
    assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
    await page.context().close();
  });

  test("on a phone nothing has to be scrolled sideways", async () => {
    const { page } = await open("", { viewport: { width: 360, height: 740 } });
    for (const key of ["1", "2", "3", "4", "5", "6"]) {
      await page.keyboard.press(key);
      assert.ok((await page.evaluate<number>("document.documentElement.scrollWidth")) <= 360, `view ${key}`);
    }
    await page.context().close();
  });
});

/** Whether something holds when the page has done what it does in its next frame. */
function afterFrame(page: Page, condition: string): Promise<boolean> {
  return page.evaluate<boolean>(`new Promise((tell) => requestAnimationFrame(() => tell(${condition})))`);
}

async function stateOf(page: Page) {
  const causes = await page.locator(".cause").allInnerTexts();
  const marks = await page.locator(".cause").evaluateAll((all) => all.map((each) => each.getAttribute("aria-current")));
  return {
    causes,
    chosen: marks.indexOf("true"),
    view: await page.innerText("#view"),
    cursor: await page.innerText("output"),
  };
}
