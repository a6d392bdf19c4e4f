/**
 * What a page takes that shows a run while it goes on: of a core, its program in Chromium and the engine, while a traced suite on ttnn
 * allocates and frees 100,000 times a second; how often the page is told what is new, and what was lost of the events.
 *
 * Usage: node bench/page/live.ts [--rate 100000] [--live 10000] [--seconds 20] [--ttnn 0.81.1]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { launchBrowser, openPage } from "../../e2e/browser.ts";
import { type Figure, writeFigures } from "../goals/figures.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PROGRAM = path.join(ROOT, "bin/tt-memwatch");
const SUITE = path.join(import.meta.dirname, "live");
/** What the page says once tests have ended. */
const IS_UNDER_WAY = /[1-9]\d* of \d+ tests have ended/;
const UNDER_WAY_MAX_MS = 120_000;
/** The suite goes on a little longer than it is measured. */
const MARGIN_S = 5;
/** Clock ticks of /proc a second. */
const TICKS = 100;

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "100000" },
    live: { type: "string", default: "10000" },
    seconds: { type: "string", default: "20" },
    ttnn: { type: "string", default: "0.81.1" },
  },
});
const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
const folder = mkdtempSync(path.join(tmpdir(), "bench-page-live-"));
const report = path.join(folder, "report.json");

function processorSeconds(pid: number): number {
  const [user = "0", system = "0"] = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
    .slice(11);
  return (Number(user) + Number(system)) / TICKS;
}

/** The process of `run` among those that the command started. */
function engineOf(): number {
  for (const name of readdirSync("/proc").filter((each) => /^\d+$/.test(each))) {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      if (words.includes(report) && !words.includes("mock")) return Number(name);
    } catch {
      // It has ended.
    }
  }
  throw new Error("the engine does not run");
}

const python = path.join(ROOT, `.venv/ttnn-${values.ttnn}/bin/python`);
const pytest = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", SUITE];
const command = ["mock", "--", PROGRAM, "run", "--quiet", "--ui=0", "--json", report, "--", ...pytest];
const [browser, suite] = [await launchBrowser(), spawnSuite()];

function spawnSuite() {
  const load = { BENCH_RATE: `${rate}`, BENCH_LIVE: values.live, BENCH_SECONDS: `${seconds + MARGIN_S}` };
  return spawn(PROGRAM, command, {
    env: { ...process.env, LOGURU_LEVEL: "WARNING", ...load },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

const ended = once(suite, "exit");
let address: string | undefined;
for await (const line of createInterface(suite.stderr)) {
  [address] = /http:\S+/.exec(line) ?? [];
  if (address !== undefined) break;
}
if (address === undefined) throw new Error("the page was not served");
suite.stderr.resume();
const { page, requests } = await openPage(browser, address);
await page.getByText(IS_UNDER_WAY).first().waitFor({ timeout: UNDER_WAY_MAX_MS });

const session = await browser.newBrowserCDPSession();
async function measure() {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  return {
    atMs: performance.now(),
    pageS: renderers.reduce((sum, { cpuTime }) => sum + cpuTime, 0),
    engineS: processorSeconds(engineOf()),
    asked: requests.length,
  };
}

const before = await measure();
await delay(seconds * 1000);
const after = await measure();
const s = (after.atMs - before.atMs) / 1000;
await page.context().close();
await browser.close();
const engine = engineOf();
process.kill(engine, "SIGINT");
while (!existsSync(report)) await delay(100);
// The page stays until the user wants it no more.
process.kill(engine, "SIGTERM");
await ended;
const { run } = JSON.parse(readFileSync(report, "utf8"));
const lost = run.tracing.reduce((sum: number, each: { lost: number }) => sum + each.lost, 0);
rmSync(folder, { recursive: true });
const share = (name: "pageS" | "engineS") => ((after[name] - before[name]) / s) * 100;
const figures: readonly Figure[] = [
  {
    item: 47,
    name: `page of a run that is live, ${rate} events a second, ${values.live} live buffers: of a core`,
    arms: {
      "page, %": share("pageS"),
      "engine, %": share("engineS"),
      "loads a second": (after.asked - before.asked) / s,
    },
    value: share("pageS"),
    goal: 20,
    unit: " %",
    before: null,
    note: `the engine took ${share("engineS").toFixed(0)} %`,
  },
  {
    item: 48,
    name: "events of that which were lost",
    arms: { lost },
    value: lost,
    goal: 0,
    unit: "",
    before: null,
    note: "",
  },
];
process.stdout.write(`${writeFigures("page-live", figures)}\n${JSON.stringify(figures, null, 2)}\n`);
