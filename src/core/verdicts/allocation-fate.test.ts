import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FixtureRef } from "../model/measurement.ts";
import type { Allocation } from "../model/run-record.ts";
import { fateOf } from "./allocation-fate.ts";

const DEVICE: FixtureRef = { name: "device", scope: "module", baseId: "test_a.py" };
const WEIGHTS: FixtureRef = { name: "weights", scope: "module", baseId: "test_a.py" };
const CLASS_WEIGHTS: FixtureRef = { name: "weights", scope: "class", baseId: "test_a.py::TestA" };

/** A block that was gone when these fixtures had ended. */
function endedWith(ended: readonly FixtureRef[], holders: readonly string[]): Allocation {
  return {
    process: 0,
    device: { key: 1, chips: [0], shape: [1, 1], parent: null },
    memoryType: "DRAM",
    address: 0x20n,
    bytesPerBank: 2048,
    banks: 12,
    birth: { ref: { test: "test_a.py::test_0", attempt: 1 }, moment: "after", fixture: null },
    death: { ref: null, moment: "close", fixture: null },
    fixturesEndedBeforeDeath: ended,
    endedWithDevice: null,
    keptBy: null,
    isWaiting: false,
    outlivedFixture: false,
    tensor: null,
    holders,
    inside: [],
    noted: null,
    traced: null,
  };
}

const PATH = "fixture 'weights' (scope module).cached_result[0]";

describe("memory that went when fixtures ended", () => {
  for (const [title, ended, holders, expected] of [
    [
      "is the fixture's that held it, in whatever order they ended",
      [DEVICE, WEIGHTS],
      ["test_a.KEPT[0]", PATH],
      WEIGHTS,
    ],
    ["is the fixture's of the scope that held it", [CLASS_WEIGHTS, WEIGHTS], [PATH], WEIGHTS],
    ["is the fixture's whose value a closure holds", [DEVICE, WEIGHTS], [`closure variable 't' of ${PATH}`], WEIGHTS],
    ["is the first one's where no holder was found", [DEVICE, WEIGHTS], [], DEVICE],
    ["is the first one's where the holder is no fixture that ended", [DEVICE], [PATH], DEVICE],
  ] as const) {
    it(title, () => assert.deepEqual(fateOf(endedWith(ended, holders)), { kind: "fixture", fixture: expected }));
  }
});
