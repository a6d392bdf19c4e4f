import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { mapping } from "../../../fixtures/region/mapping.ts";
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

/** A process that maps the region. */
function mappingIt() {
  writeFileSync(REGION, regionBytes({ layout: "v3", id: 1n }));
  return mapping(REGION);
}

test("a process that maps the region runs until it has ended, whatever the row says", async () => {
  const child = await mappingIt();
  let nowMs = 0;
  const writers = new RegionWriters(() => nowMs);
  const lastEvent = now();
  assert.deepEqual(writerOf(child.pid, lastEvent, writers), { state: "running", localPid: child.pid });
  await child[Symbol.asyncDispose]();
  // Found once and gone now: there is nothing to be in doubt about, in whatever namespace this is.
  for (const ms of [0, 60_000]) {
    nowMs = ms;
    assert.deepEqual(writerOf(child.pid, lastEvent, writers), { state: "ended", localPid: null });
  }
  assert.equal(writerOf(child.pid).state, MISSING);
});

test("a process that started after its row was written is not the row's", async () => {
  await using child = await mappingIt();
  const minute = 60_000n * NS_PER_MS;
  assert.equal(writerOf(child.pid, now() - minute).state, MISSING);
});

test("a process that does not map the region is not the row's, though it has its pid", () => {
  assert.equal(writerOf(process.pid).state, MISSING);
});

test("a zombie holds nothing", async () => {
  const shell = spawn("sh", ["-c", "true & echo $!; exec sleep 100"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(shell.stdout, "data");
  assert.equal(writerOf(Number(String(line))).state, MISSING);
  shell.kill("SIGKILL");
  await once(shell, "exit");
});
