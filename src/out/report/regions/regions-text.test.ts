import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { regionRow, regionsSnapshot, SOME_REGIONS, writtenRegion } from "../../../../fixtures/region/snapshots.ts";
import { regionsJson, regionsJsonSchema } from "./regions-json.ts";
import { regionsText } from "./regions-text.ts";

test("each process has a row, what is nobody's another, and words that are not plain a sentence", () => {
  assert.equal(
    regionsText(SOME_REGIONS),
    `\
chip 0x1f0000 (device 0), v3, last event 2026-11-28 02:28:32 UTC: /dev/shm/tt_device_2031616_memory
 pid   program                                state             DRAM           L1         CB
4711   python3                                running        64.0 KB       4.0 KB   768.0 KB
4800   vllm\\x1b[2J (pid 7 in its container)   running         1.0 KB   below zero        0 B
4712   ?                                      ended             32 B          0 B        0 B
   9   jax                                    unverifiable       0 B          0 B        0 B
       in no process's row                                      10 B

tt-memwatch: ended: it was killed or crashed, and tt-metal still counts what it had; nothing holds that any more
tt-memwatch: unverifiable: no such process is seen from here; it has ended, or runs in a container or as another user
tt-memwatch: 1 region, 2 running programs hold 837.0 KB; 1 more region with nothing in use
`,
  );
});

for (const [what, snapshot, text] of [
  ["idle", regionsSnapshot(writtenRegion({}, [])), "tt-memwatch: 1 region, nothing is in use\n"],
  [
    "not there",
    regionsSnapshot(),
    "tt-memwatch: no regions in /dev/shm: no program on a tt-metal that writes them has run, or TT_METAL_SHM_TRACKING_DISABLED=1 was set\n",
  ],
] as const) {
  test(`regions that are ${what} are one line`, () => assert.equal(regionsText(snapshot), text));
}

test("a region without room for one process more says so", () => {
  const rows = Array.from({ length: 64 }, () => regionRow(4711, "python3", { DRAM: 1 }));
  const text = regionsText(
    regionsSnapshot(
      writtenRegion(
        { rows },
        rows.map(() => ({ state: "running", localPid: 4711 })),
      ),
    ),
  );
  assert.match(text, /^tt-memwatch: device 0: all rows are taken, so a further process is not listed$/m);
});

const PUBLISHED = new URL("../../../../docs/regions.schema.json", import.meta.url);

test("the published schema is the one the code is written against (UPDATE_GOLDEN=1 rewrites it)", () => {
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(PUBLISHED, regionsJsonSchema());
  assert.equal(readFileSync(PUBLISHED, "utf8"), regionsJsonSchema());
});

test("what is printed is valid under the published schema", () => {
  const validate = new Ajv2020({ strict: true }).compile(JSON.parse(regionsJsonSchema()));
  assert.ok(validate(JSON.parse(regionsJson(SOME_REGIONS))), JSON.stringify(validate.errors));
  assert.ok(!validate({ ...SOME_REGIONS, regions: [{}] }));
});
