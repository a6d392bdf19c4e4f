import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { mapping } from "../../../fixtures/region/mapping.ts";
import { regionBytes } from "../../../fixtures/region/region-bytes.ts";
import { RingWriter, traceRecord } from "../../../fixtures/ring/ring-writer.ts";
import type { RingTarget } from "../../core/ledger/server/ring-sender.ts";
import { ServerBooks } from "../../core/ledger/server/server-books.ts";
import type { TraceRecord } from "../../core/model/trace-record.ts";
import { processFacts } from "../../in/sources/proc.ts";
import { CountedBytes } from "../regions/counted-bytes.ts";
import { RegionEvidence } from "./region-evidence.ts";
import { FollowedProcess } from "./traced-process.ts";

/** A process whose ring is followed and which counts in a region, and looks at both. */
async function bench(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), "region-evidence-"));
  const region = join(home, "tt_device_0_memory");
  writeFileSync(region, regionBytes({ layout: "v3", id: 0n }));
  const child = await mapping(region);
  const { pid } = child;
  const startTime = processFacts(pid)?.startTime ?? "0";
  const ring = new RingWriter(join(home, "1.ring"), { pid, startTicks: BigInt(startTime), capacity: 64 });
  const books = new ServerBooks(() => pid);
  const target = {
    applyTraced: (...[message, id, birth]: Parameters<RingTarget["applyTraced"]>) =>
      books.messages.applyTraced(message, id, 0, birth),
    ofAllocator: () => [],
  };
  const traced = new FollowedProcess({ id: 1, pid, localPid: pid, startTime, isLocal: true }, ring.path, null, target);
  const evidence = new RegionEvidence(() => [traced], new CountedBytes(home));
  t.after(async () => {
    traced[Symbol.dispose]();
    ring[Symbol.dispose]();
    await child[Symbol.asyncDispose]();
    rmSync(home, { recursive: true });
  });
  let allocated = 0;
  const write = (change: Partial<TraceRecord>): void => {
    ring.write(traceRecord({ chip: 0, ...change }));
    traced.ring.look();
  };
  const allocate = (): void => {
    write({ buffer: allocated, address: allocated * 64, sizeBytes: 100 });
    allocated += 1;
  };
  /** Counts `off` bytes more than were allocated. `meanwhile`: what happens while the books are walked through. */
  const look = (off: number, meanwhile: () => void = () => {}) => {
    const updatedNs = BigInt(Date.now()) * 1_000_000n;
    writeFileSync(
      region,
      regionBytes({ layout: "v3", id: 0n, updatedNs, rows: [{ pid, DRAM: allocated * 100 + off }] }),
    );
    const begun = evidence.begin();
    const group = { device: 0, memoryType: "DRAM", buffers: allocated, sizeBytes: allocated * 100 };
    meanwhile();
    return evidence
      .end(begun, () => [group])
      .map(({ device, memoryType, recorded, told }) => {
        return { device, memoryType, recorded, told };
      });
  };
  return { write, allocate, look };
}

test("a process that counts more from some dump on is reported when that is certain, and at each dump after it", async (t) => {
  const { allocate, look } = await bench(t);
  const found = [0, 7, 7, 7, 7].map((off) => {
    allocate();
    return look(off);
  });
  const difference = {
    ...{ device: 0, memoryType: "DRAM", recorded: { buffers: 4, sizeBytes: 400 } },
    told: { by: "region", sizeBytes: 407 },
  };
  assert.deepEqual(found, [[], [], [], [difference], [difference]]);
});

for (const [what, meanwhile] of [
  ["records something while the books are walked through", "allocate"],
  ["had its allocator give up what tensors still have", "clear"],
] as const) {
  test(`a process that ${what} says nothing`, async (t) => {
    const { write, allocate, look } = await bench(t);
    allocate();
    look(0);
    if (meanwhile === "clear") write({ kind: "allocator-cleared" });
    for (let dump = 0; dump < 4; dump += 1) {
      if (meanwhile === "clear") allocate();
      assert.deepEqual(
        look(7, () => meanwhile === "allocate" && allocate()),
        [],
      );
    }
  });
}
