/**
 * What a page of a large run takes: bytes of the file, and in Chromium the time until its first picture and until all of it is
 * drawn, a frame while it is zoomed, and memory. The run has 1,000 findings, 100,000 buffers that are live at its end and as many that were freed.
 *
 * Usage: node bench/page/run.ts [--live 100000] [--findings 1000]
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { CDPSession, Page } from "playwright-core";
import { launchBrowser, openPage } from "../../e2e/browser.ts";
import { buffer, finding, runReport, testReport } from "../../fixtures/report/builders.ts";
import { frame, type Life, span, timeline } from "../../fixtures/timeline/timeline.ts";
import { htmlReport } from "../../src/out/report/html/page.ts";
import { NO_EXTRAS } from "../../src/out/report/html/page-data.ts";
import { type Figure, median, writeFigures } from "../goals/figures.ts";
import { FRAMES, frameMs, heapMb } from "./zoom.ts";

const TESTS = 1_000;
const ORIGINS = 200;
const BUFFERS_OF_FINDING = 8;
const TEST_NS = 5e7;
const ROUNDS = 5;
/** When the page had shown its timeline, causes and detail, by its own mark. */
const PICTURE_AT = "performance.getEntriesByName('tt-memwatch picture')[0].startTime";
const LAST_DRAWN = "#view > *";
const MB = 1e6;

const { values } = parseArgs({
  options: { live: { type: "string", default: "100000" }, findings: { type: "string", default: "1000" } },
});
const live = Number(values.live);
const findings = Number(values.findings);

const OWN_LIVES = (2 * live) / TESTS;
const BANKS = 12;
/** Of each bank: no two buffers have the same. */
const SLOT_BYTES = 4_096;

/** Of each two that are allocated one is freed in the next test. Times, places and sizes differ as they do in a run: regular ones compress better. */
function lives(): Required<Life>[] {
  const noise = noiseOf(1);
  return Array.from({ length: 2 * live }, (_, index) => {
    const test = Math.floor(index / OWN_LIVES);
    const bornNs = Math.floor(((index + noise()) / (2 * live)) * TESTS * TEST_NS);
    const line = Math.floor(noise() * ORIGINS);
    return {
      bornNs,
      diedNs: index % 2 === 0 ? null : bornNs + TEST_NS + Math.floor(noise() * TEST_NS),
      sizeBytes: 32 * BANKS * (1 + Math.floor(noise() * 64)),
      address: index * SLOT_BYTES + 32 * Math.floor(noise() * 64),
      test,
      operation: "ttnn.zeros",
      stack: [frame(`/models/layer_${line % 20}.py`, 10 + line, "forward"), frame("/models/test_model.py", 5, "test")],
      series: 0,
    };
  });
}

/** The same numbers each time, from 0 to 1 (a linear congruential generator, Numerical Recipes' constants). */
function noiseOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function page(): Promise<string> {
  const tests = Array.from({ length: TESTS }, (_, index) => `test_model.py::test_layer[${index}]`);
  const all = lives();
  const run = timeline(all, {
    endNs: (TESTS + 2) * TEST_NS,
    buckets: 4_096,
    tests: tests.map((test, index) => span(test, index * TEST_NS, (index + 1) * TEST_NS)),
  });
  const report = runReport({
    tests: tests.map((test) => testReport(test)),
    findings: Array.from({ length: findings }, (_, index) =>
      finding({
        test: tests[index % TESTS] ?? null,
        holders: [`model.layers[${index % 40}].cache`],
        origin: {
          operation: "ttnn.zeros",
          file: `layer_${index % 20}.py`,
          line: 10 + (index % ORIGINS),
          function: "forward",
          testLine: null,
        },
        buffers: leftBy(index % TESTS, all).map(({ address, sizeBytes }) => buffer(BigInt(address), sizeBytes)),
      }),
    ),
  });
  return htmlReport(report, { ...NO_EXTRAS, timeline: run });
}

/** Some of what is live at the end. */
function leftBy(test: number, all: readonly Required<Life>[]): readonly Required<Life>[] {
  const own = all.slice(test * OWN_LIVES, (test + 1) * OWN_LIVES);
  return own.filter(({ diedNs }) => diedNs === null).slice(0, BUFFERS_OF_FINDING);
}

const folder = mkdtempSync(path.join(tmpdir(), "bench-page-"));
const file = path.join(folder, "page.html");
const startMs = performance.now();
writeFileSync(file, await page());
const madeMs = performance.now() - startMs;
const browser = await launchBrowser();
const pictures: number[] = [];
const wholes: number[] = [];
/** Of each round, the middle frame and what scripts take of one. */
const plain: Zoomed = { frames: [], scripts: [] };
const layered: Zoomed = { frames: [], scripts: [] };
const heaps: number[] = [];
// Before the bench itself is any.
const othersLoad = loadavg()[0] ?? 0;
for (let round = 0; round < ROUNDS; round += 1) {
  const { page: opened } = await openPage(browser, pathToFileURL(file).href);
  await opened.waitForSelector(LAST_DRAWN);
  wholes.push(await opened.evaluate<number>("performance.now()"));
  pictures.push(await opened.evaluate<number>(PICTURE_AT));
  const session = await opened.context().newCDPSession(opened);
  // A thread's own time does not go on while it waits for a core.
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  await zoom(opened, session, plain);
  await opened.evaluate("location.hash = 'stack=line&free=1'");
  await opened.waitForSelector(".legend.lines");
  await zoom(opened, session, layered);
  heaps.push(await heapMb(opened));
  await opened.context().close();
}
const { version } = { version: browser.version() };
await browser.close();
const sizeMb = statSync(file).size / MB;
rmSync(folder, { recursive: true });

const figures: readonly Figure[] = [
  {
    item: 40,
    name: `page of ${findings} findings and ${live} live buffers: its file`,
    arms: { MB: sizeMb, "ms to make": madeMs },
    value: sizeMb,
    goal: 3,
    unit: " MB",
    before: null,
    note: "",
  },
  {
    item: 41,
    name: "until it shows, from its address on",
    arms: { median: median(pictures), "all of it, with what was live by line": median(wholes) },
    value: median(pictures),
    goal: 1_000,
    unit: " ms",
    before: null,
    note: contention(),
  },
  {
    item: 42,
    name: "a frame while its timeline is zoomed",
    arms: {
      median: median(plain.frames),
      "of it in scripts": median(plain.scripts),
      "in layers, with the largest free piece": median(layered.frames),
      "of that in scripts": median(layered.scripts),
    },
    value: median(plain.frames),
    goal: 20,
    unit: " ms",
    before: null,
    note: contention(),
  },
  {
    item: 43,
    name: "memory of its program",
    arms: { median: median(heaps) },
    value: median(heaps),
    goal: 300,
    unit: " MB",
    before: null,
    note: "",
  },
];
process.stdout.write(`${writeFigures("page", figures, { chromium: version })}\n${JSON.stringify(figures, null, 2)}\n`);

interface Zoomed {
  readonly frames: number[];
  readonly scripts: number[];
}

async function zoom(opened: Page, session: CDPSession, { frames, scripts }: Zoomed): Promise<void> {
  const beforeS = await scriptSeconds(session);
  frames.push(await frameMs(opened));
  scripts.push((((await scriptSeconds(session)) - beforeS) * 1_000) / FRAMES);
}

/** What the page's own program has taken so far. */
async function scriptSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "ScriptDuration")?.value ?? Number.NaN;
}

/** A browser's clock goes on while it waits for a core. */
function contention(): string {
  if (othersLoad < availableParallelism() / 2) return "";
  return `${othersLoad.toFixed(1)} programs were running already, on ${availableParallelism()} cores`;
}
