import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { regionBytes } from "../../../fixtures/region/region-bytes.ts";
import { pidNamespace } from "./proc.ts";
import { readRegions } from "./region-folder.ts";
import { RegionWriters } from "./region-writers.ts";

const home = mkdtempSync(join(tmpdir(), "region-writers-"));
const REGION = join(home, "tt_device_1_memory");
after(() => rmSync(home, { recursive: true }));

/** As seen from the first pid namespace, a process that is not found has ended; else it may be elsewhere. */
const MISSING = pidNamespace("self") === "pid:[4026531836]" ? "ended" : "unverifiable";

const NS_PER_MS = 1_000_000n;
const now = (): bigint => BigInt(Date.now()) * NS_PER_MS;

/** What is said of a row, by writers that know nothing yet. */
function writerOf(pid: number, updatedNs = now(), writers = new RegionWriters(() => 0)) {
  writeFileSync(REGION, regionBytes({ layout: "v3", id: 1n, rows: [{ pid, updatedNs }] }));
  const [region] = readRegions(home).regions;
  const [row] = region?.image.rows ?? [];
  assert.ok(region !== undefined && row !== undefined);
  return writers.of(region.file, row);
}

const MAP = `import mmap, sys; f = open(sys.argv[1], "r+b"); m = mmap.mmap(f.fileno(), 0); print("up", flush=True); sys.stdin.read()`;

/** A process that maps the region, as one of tt-metal does. */
async function mapping(): Promise<ChildProcess & { readonly pid: number }> {
  writeFileSync(REGION, regionBytes({ layout: "v3", id: 1n }));
  const child = spawn("python3", ["-c", MAP, REGION], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  return Object.assign(child, { pid: child.pid ?? assert.fail("it has no pid") });
}

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

test("a process that maps the region runs until it has ended, whatever the row says", async () => {
  const child = await mapping();
  const writers = new RegionWriters(() => 0);
  assert.deepEqual(writerOf(child.pid, now(), writers), { state: "running", localPid: child.pid });
  await end(child);
  // Found once and gone now: there is nothing to be in doubt about, in whatever namespace this is.
  assert.deepEqual(writerOf(child.pid, now(), writers), { state: "ended", localPid: null });
  assert.equal(writerOf(child.pid).state, MISSING);
});

test("a process that started after its row was written is not the row's", async () => {
  const child = await mapping();
  const minute = 60_000n * NS_PER_MS;
  assert.equal(writerOf(child.pid, now() - minute).state, MISSING);
  await end(child);
});

test("a process that does not map the region is not the row's, though it has its pid", () => {
  assert.equal(writerOf(process.pid).state, MISSING);
});

test("a zombie holds nothing", async () => {
  const shell = spawn("sh", ["-c", "true & echo $!; exec sleep 100"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(shell.stdout, "data");
  assert.equal(writerOf(Number(String(line))).state, MISSING);
  await end(shell);
});
