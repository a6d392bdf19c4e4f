import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { makeFolder, makeSuite, NEWEST, programOf, readReport, run, TENSOR_BYTES } from "./run-harness.ts";

/** Tensors of one tile for each bank. */
const SUITE = `
import pytest, ttnn

def many(tensor, count):
    kept = [tensor() for _ in range(count)]
    return len(kept)

def test_as_the_run_allows(tensor):
    assert many(tensor, 2)

def test_too_much_for_the_run(tensor):
    assert many(tensor, 3)

@pytest.mark.memwatch(dram_peak=${4 * TENSOR_BYTES}, peak="1 MB")
def test_its_marker_allows_more(tensor):
    assert many(tensor, 4)

@pytest.mark.memwatch(peak=${3 * TENSOR_BYTES}, dram_peak="1 MB")
def test_too_much_of_all_together(tensor):
    assert many(tensor, 4)

@pytest.mark.memwatch(l1_core_peak=2048)
def test_too_much_on_each_core(device):
    l1 = [ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device,
                     memory_config=ttnn.L1_MEMORY_CONFIG) for _ in range(2)]
    assert len(l1) == 2
`;

for (const [version, tracer] of [
  ["0.66.0", "auto"],
  [NEWEST, "auto"],
  [NEWEST, "off"],
] as const) {
  test(`a test that has more live at once than it may fails the run, on ttnn ${version} with --tracer=${tracer}`, async () => {
    const json = join(makeFolder(), "report.json");
    const flags = ["--json", json, "--dram-peak", `${2 * TENSOR_BYTES}`, `--tracer=${tracer}`];
    const cwd = makeSuite({ "test_peaks.py": SUITE });
    const end = await run(flags, [programOf(version, "pytest"), "-q"], { cwd });
    const found = readReport(json).findings.filter(({ verdict }) => verdict === "over-limit");
    const facts = found.map((each) => [each.test?.split("::")[1], each.memoryType, each.sizeBytes]);
    // Looks see what is live when they are taken: what a test gave back before its end they did not see.
    const wanted =
      tracer === "off"
        ? []
        : [
            ["test_too_much_of_all_together", null, 4 * TENSOR_BYTES],
            ["test_too_much_for_the_run", "DRAM", 3 * TENSOR_BYTES],
            ["test_too_much_on_each_core", "L1", 262_144],
          ];
    assert.deepEqual(facts.toSorted(), wanted.toSorted(), end.stdout);
    const shares = found.filter(({ memoryType }) => memoryType === "L1").map(({ evidence }) => evidence);
    for (const share of shares) assert.match(share, /\. Its own buffers had at most 4\.0 KB of that/);
    assert.equal(end.exitCode, wanted.length === 0 ? 0 : 1);
  });
}
