import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { mapping } from "../../../fixtures/region/mapping.ts";
import { regionBytes } from "../../../fixtures/region/region-bytes.ts";
import { traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import { TracedMemory } from "../../core/ledger/run/traced-memory.ts";
import { CountedBytes } from "./counted-bytes.ts";
import { RegionCheck } from "./region-check.ts";

const home = mkdtempSync(join(tmpdir(), "region-check-"));
const REGION = join(home, "tt_device_0_memory");
after(() => rmSync(home, { recursive: true }));

/** A process that allocates 100 bytes for each look and counts more from the second one on, and what is found of it. */
async function differencesOf(others: readonly { readonly pid: number }[], isBusy = false) {
  const count = (pid: number, DRAM: number): void => {
    const updatedNs = BigInt(Date.now()) * 1_000_000n;
    writeFileSync(REGION, regionBytes({ layout: "v3", id: 0n, updatedNs, rows: [{ pid, DRAM }, ...others] }));
  };
  count(1, 0);
  await using child = await mapping(REGION);
  const memory = new TracedMemory();
  const allocate = (): void => {
    memory.record(traceRecord({ chip: 0, buffer: memory.records, address: memory.records * 64, sizeBytes: 100 }));
  };
  const found: [number, string, number, number][] = [];
  const check = new RegionCheck({
    counted: new CountedBytes(home),
    processes: () => [{ pid: child.pid, memory, read: () => isBusy && allocate() }],
    onDifference: ({ pid }, { memoryType, regionBytes: counted, tracedBytes }) => {
      found.push([pid === child.pid ? 1 : 0, memoryType, counted, tracedBytes]);
    },
  });
  for (let look = 0; look < 6; look += 1) {
    allocate();
    count(child.pid, memory.allocated * 100 + (look === 0 ? 0 : 7));
    check.look();
  }
  return found;
}

test("a process whose region counts more from some time on is reported when that is certain", async () => {
  assert.deepEqual(await differencesOf([]), [[1, "DRAM", 407, 400]]);
});

test("a region that others count in too says nothing", async () => {
  assert.deepEqual(await differencesOf([{ pid: 1 }]), []);
});

test("a process that records something while it is looked at says nothing", async () => {
  assert.deepEqual(await differencesOf([], true), []);
});
