/**
 * How soon a large recording is seen: milliseconds from the command `replay --ui` until its page shows a picture in Chromium, which
 * runs already; a frame while it is zoomed then, and once all of it was read.
 *
 * Usage: node bench/page/recording.ts [--records 10000000] [--live 100000] [--rounds 3]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { launchBrowser, openPage } from "../../e2e/browser.ts";
import { type Figure, median, writeFigures } from "../goals/figures.ts";
import { writeRecording } from "./made-recording.ts";
import { frameMs, heapMb } from "./zoom.ts";

const PICTURE = ".u-wrap canvas";
/** What the page says when it follows no longer. */
const READ = ".pulse.ended";
const READ_MAX_MS = 600_000;
const PROGRAM = "bin/tt-memwatch";

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "10000000" },
    live: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
  },
});
const folder = mkdtempSync(path.join(tmpdir(), "bench-page-recording-"));
const file = path.join(folder, "run.mcap");
const records = writeRecording(file, Number(values.records), Number(values.live));
const browser = await launchBrowser();
const pictures: number[] = [];
const reads: number[] = [];
const frames: number[] = [];
const heaps: number[] = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  const startMs = performance.now();
  const replay = spawn(PROGRAM, ["replay", "--quiet", "--ui=0", file], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const address = await addressIn(replay.stderr);
  const { page } = await openPage(browser, address);
  await page.waitForSelector(PICTURE);
  pictures.push(performance.now() - startMs);
  await page.waitForSelector(READ, { timeout: READ_MAX_MS });
  reads.push(performance.now() - startMs);
  frames.push(await frameMs(page));
  heaps.push(await heapMb(page));
  await page.context().close();
  replay.kill("SIGTERM");
  await once(replay, "exit");
}
await browser.close();
rmSync(folder, { recursive: true });

async function addressIn(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stderr)) {
    const [address] = /http:\S+/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error("the page was not served");
}

const of = `a recording of ${(records / 1e6).toFixed(1)} M records and ${Number(values.live) / 1e3} k live buffers`;
const figures: readonly Figure[] = [
  {
    item: 44,
    name: `page of ${of}: from the command to a picture`,
    arms: { "ms to a picture": median(pictures), "ms until all is read": median(reads) },
    value: median(pictures),
    goal: 2_000,
    unit: " ms",
    before: null,
    note: `all of it is read after ${(median(reads) / 1e3).toFixed(1)} s`,
  },
  {
    item: 45,
    name: "a frame while it is zoomed",
    arms: { median: median(frames) },
    value: median(frames),
    goal: 20,
    unit: " ms",
    before: null,
    note: "",
  },
  {
    item: 46,
    name: "memory of its program",
    arms: { median: median(heaps) },
    value: median(heaps),
    goal: 300,
    unit: " MB",
    before: null,
    note: "",
  },
];
process.stdout.write(`${writeFigures("page-recording", figures)}\n${JSON.stringify(figures, null, 2)}\n`);
