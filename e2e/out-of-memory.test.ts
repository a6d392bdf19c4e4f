import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { JsonReport } from "../src/out/report/json-schema.ts";
import { makeSuite, NEWEST, programOf, readReport, run, SESSION_DEVICE, VERSIONS } from "./run-harness.ts";

const KB = 1024;
const MB = 1024 * KB;

/** Buffers of so many KB in each bank. */
const WORK = `
import ttnn

BANKS = {"L1": 64, "DRAM": 12}
CONFIGS = {"L1": ttnn.L1_MEMORY_CONFIG, "DRAM": ttnn.DRAM_MEMORY_CONFIG}

def place(device, memory, kb):
    shape = (1, 1, 32 * (kb // 2) * BANKS[memory], 32)
    return ttnn.empty(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=CONFIGS[memory])

def clash(lowest):
    raise RuntimeError(
        "TT_THROW @ /project/tt_metal/impl/program/program.cpp:1145: tt::exception\\ninfo:\\n"
        "Statically allocated circular buffers in program 7 clash with L1 buffers on core range [(x=0,y=0) - (x=3,y=7)]. "
        f"L1 buffer allocated at {lowest} and static circular buffer region ends at {lowest + 150 * 1024}\\nbacktrace:\\n"
    )
`;

/** What each memory holds is written beside: KB in each bank, from the low end of L1 (which has 1,360 or so) to its high end. */
const SUITE = {
  "conftest.py": SESSION_DEVICE,
  "work.py": WORK,
  "test_a.py": `
import pathlib, pytest
from work import clash, place

KEPT = []

def test_culprit(device):
    for _ in range(2):
        KEPT.append(place(device, "L1", 300))  # 760 free, 300, 300

def test_between(device):
    place(device, "L1", 10)

def test_too_little(device):
    own = place(device, "L1", 100)  # 660 free, 100, 300, 300
    place(device, "L1", 700)

def test_clashes(device):
    own = place(device, "L1", 100)
    clash(own.buffer_address())  # in the way: 100 and half of the lower 300

def test_clashes_with_what_is_freed(device):
    clash(place(device, "L1", 100).buffer_address())

def test_catches_a_clash(device):
    with pytest.raises(RuntimeError):
        clash(place(device, "L1", 100).buffer_address())

def test_fragments(device):
    KEPT[:] = []
    KEPT.extend(place(device, "L1", 50) for _ in range(26))
    del KEPT[::2]  # 60 free, then 50 and 50 free, 13 times

def test_fragmented(device):
    place(device, "L1", 150)

def expect(device, memory, kb, name):
    with pytest.raises(RuntimeError) as caught:
        place(device, memory, kb)
    pathlib.Path(name).write_text(str(caught.value))

def test_expects_fragmented_l1(device):
    expect(device, "L1", 150, "L1.txt")

def test_expects_fragmented_dram(device):
    kept = [place(device, "DRAM", 100 * 1024) for _ in range(10)]
    del kept[::2]  # 100 free and 100, 5 times, then 23 or so free
    expect(device, "DRAM", 150 * 1024, "DRAM.txt")
`,
};

async function watch(
  files: Readonly<Record<string, string>>,
  {
    version = NEWEST,
    flags = [],
    words = [],
    device = "n150",
  }: {
    readonly version?: (typeof VERSIONS)[number];
    readonly flags?: readonly string[];
    readonly words?: readonly string[];
    readonly device?: string;
  },
) {
  const folder = makeSuite(files);
  const file = join(folder, "report.json");
  const command = [programOf(version, "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", ...words];
  const end = await run(["--json", file, ...flags], command, { cwd: folder, device });
  return { folder, end, report: readReport(file) };
}

type Moment = JsonReport["outOfMemory"][number];
type Owners = Moment["fitsWithout"];

function without(owners: Owners | undefined) {
  return owners?.map(({ test: name, buffers, bytesPerBank, testsAgo }) => [
    name?.split("::")[1],
    buffers,
    bytesPerBank / KB,
    testsAgo,
  ]);
}

function momentOf({ outOfMemory }: JsonReport, name: string): Moment {
  const [moment, ...others] = outOfMemory.filter((each) => each.test?.endsWith(`::${name}`));
  assert.ok(moment !== undefined && others.length === 0, `${name}: ${JSON.stringify(outOfMemory)}`);
  return moment;
}

function assertFailures(report: JsonReport, knownFrom: Moment["knownFrom"]): void {
  const little = momentOf(report, "test_too_little");
  assert.deepEqual([little.shortage, little.memoryType, little.bytesPerBank], ["too-little", "L1", 700 * KB]);
  assert.deepEqual([little.liveBytesPerBank, little.room?.freePieces], [700 * KB, 1]);
  assert.equal(little.room?.freeBytesPerBank, little.room?.largestFreeBytesPerBank);
  assert.deepEqual(without(little.fitsWithout), [["test_culprit", 1, 300, 2]]);
  assert.deepEqual(
    little.live.map(({ test: name }) => name),
    ["test_a.py::test_culprit", "test_a.py::test_too_little"],
  );
  const [owner] = little.fitsWithout ?? [];
  assert.deepEqual([owner?.origin?.file, owner?.origin?.testLine?.line], ["work.py", 9]);
  assert.deepEqual([little.origin?.file, little.origin?.testLine?.line], ["work.py", 16]);

  const fragmented = momentOf(report, "test_fragmented");
  assert.deepEqual([fragmented.shortage, fragmented.room?.freePieces], ["fragmented", 14]);
  assert.deepEqual(without(fragmented.fitsWithout), [["test_fragments", 1, 50, 1]]);

  const [clashed, freed, ...others] = report.clashes;
  assert.deepEqual([clashed?.test, clashed?.device, others], ["test_a.py::test_clashes", 0, []]);
  assert.deepEqual(without(clashed?.fitsWithout), [
    ["test_culprit", 1, 300, 3],
    ["test_clashes", 1, 100, 0],
  ]);
  assert.deepEqual([clashed?.origin?.file, clashed?.origin?.testLine?.line], ["work.py", 20]);
  assert.equal(freed?.test, "test_a.py::test_clashes_with_what_is_freed");
  assert.deepEqual([clashed?.isWhole, little.isWhole, fragmented.isWhole], [true, true, true]);
  assert.deepEqual([clashed?.knownFrom, fragmented.knownFrom], [knownFrom, knownFrom]);
}

for (const version of VERSIONS) {
  describe(`out of memory, traced, on ttnn ${version}`, () => {
    test("names what is too little or in pieces, and the least that is in the way", async () => {
      const { folder, end, report } = await watch(SUITE, { version });
      assertFailures(report, "events");
      const [, freed] = report.clashes;
      assert.deepEqual(without(freed?.fitsWithout), [
        ["test_culprit", 1, 300, 4],
        ["test_clashes_with_what_is_freed", 1, 100, 0],
      ]);
      assert.equal(freed?.isWhole, true);
      assert.equal(report.outOfMemory.length, 4);
      assert.match(end.stdout, /300\.0 KB in 1 buffer of test_a\.py::test_culprit, 2 tests ago/);

      // What follows from the records alone is what the allocator itself said to the test.
      for (const [memory, pieces] of [
        ["L1", 14],
        ["DRAM", 6],
      ] as const) {
        const moment = momentOf(report, `test_expects_fragmented_${memory.toLowerCase()}`);
        const said = /bank size is (\d+) B \(allocated: \d+ B, free: (\d+) B, largest free block: (\d+) B\)/;
        const [total, free, largest] =
          said
            .exec(readFileSync(join(folder, `${memory}.txt`), "utf8"))
            ?.slice(1)
            .map(Number) ?? [];
        assert.deepEqual(moment.room, {
          totalBytesPerBank: total,
          freeBytesPerBank: free,
          largestFreeBytesPerBank: largest,
          freePieces: pieces,
        });
        assert.equal(moment.source, "events");
      }
      assert.deepEqual(without(momentOf(report, "test_expects_fragmented_dram").fitsWithout), [
        ["test_expects_fragmented_dram", 1, (100 * MB) / KB, 0],
      ]);
    });
  });
}

test("out of memory is reported without the tracer too, from the exception and from looks", async () => {
  const { report } = await watch(SUITE, { flags: ["--tracer=off"] });
  assertFailures(report, "looks");
  const [, freed] = report.clashes;
  assert.equal(freed?.isWhole, false);
  assert.deepEqual(
    report.outOfMemory.map(({ source }) => source),
    ["message", "message"],
  );
});

const MESH_TESTS = `
from work import clash, place

KEPT = []

def test_culprit(device):
    KEPT.append(place(device, "L1", 300))

def test_victim(device):
    place(device, "L1", 1200)

def test_clashes(device):
    clash(KEPT[0].buffer_address())
`;

test("on a mesh of two chips, each process of pytest-xdist tells of its own", async () => {
  const conftest = SESSION_DEVICE.replace(
    "ttnn.open_device(device_id=0)",
    "ttnn.open_mesh_device(ttnn.MeshShape(1, 2))",
  ).replace("ttnn.close_device", "ttnn.close_mesh_device");
  const files = { "conftest.py": conftest, "work.py": WORK, "test_a.py": MESH_TESTS, "test_b.py": MESH_TESTS };
  const { report } = await watch(files, { words: ["-n2", "--dist=loadfile"], device: "n150x2" });
  for (const [list, name, ago] of [
    [report.outOfMemory, "test_victim", 1],
    [report.clashes, "test_clashes", 2],
  ] as const) {
    assert.deepEqual(
      list
        .map(({ test: id, device, fitsWithout }) => [id, device, fitsWithout?.[0]?.test, without(fitsWithout)])
        .toSorted(),
      ["test_a.py", "test_b.py"].map((file) => [
        `${file}::${name}`,
        0,
        `${file}::test_culprit`,
        [["test_culprit", 1, 300, ago]],
      ]),
    );
  }
  assert.equal(new Set(report.clashes.map(({ pid }) => pid)).size, 2);
});
