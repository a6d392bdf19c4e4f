import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonReport } from "../src/out/report/json-schema.ts";
import { CLONE, makeFolder, NEWEST, programOf, readReport, runRecorded, VERSIONS } from "./run-harness.ts";

interface Expected {
  readonly verdict: string;
  readonly memoryType: string;
  readonly sizeBytes: number;
}

interface Usage {
  readonly memoryType: string;
  readonly banks: number;
  readonly allocatedBytesPerBank: number;
}

const addHeld = (total: number, usage: Usage): number => total + usage.allocatedBytesPerBank * usage.banks;

const EXPECTED: Record<string, Expected> = JSON.parse(readFileSync(join(CLONE, "examples/expected.json"), "utf8"));

/** The reports of plain runs, which several tests read. */
const plainReports = new Map<string, Promise<JsonReport>>();

function examinePlainly(version: (typeof VERSIONS)[number]): Promise<JsonReport> {
  const report = plainReports.get(version) ?? examine(version, [], []);
  plainReports.set(version, report);
  return report;
}

async function examine(version: (typeof VERSIONS)[number], flags: readonly string[], arguments_: readonly string[]) {
  const file = join(makeFolder(), "report.json");
  const command = [programOf(version, "pytest"), "examples", "-q", "-p", "no:cacheprovider", ...arguments_];
  const end = await runRecorded(file, flags, command, { cwd: CLONE });
  assert.equal(end.exitCode, 1, end.stdout + end.stderr);
  return readReport(file);
}

function found({ findings }: JsonReport): Record<string, Expected> {
  const entries = findings.map(({ test: name, verdict, memoryType, sizeBytes }) => [
    name?.replace("examples/", ""),
    { verdict, memoryType, sizeBytes },
  ]);
  assert.equal(new Set(entries.map(([name]) => name)).size, entries.length, "one finding a test");
  return Object.fromEntries(entries);
}

for (const version of VERSIONS) {
  test(`every example gets its verdict and bytes, on ttnn ${version}`, async () => {
    const report = await examinePlainly(version);
    assert.deepEqual(found(report), EXPECTED);
    assert.equal(report.run.processes[0]?.ttnn, version);
  });
}

/** Per failing example: operation, the line that allocated, the line in the test where that is another, what holds it. */
const CAUSES: Record<string, readonly [string, string, number | null, readonly string[]]> = {
  "test_large_leak.py::test_loads_a_model": ["ttnn.zeros", "conftest.py:22", 9, ["test_large_leak.Model.weights"]],
  "test_module_global.py::test_keeps_its_result": [
    "ttnn.zeros",
    "conftest.py:22",
    7,
    ["test_module_global.HISTORY[0]"],
  ],
  ...Object.fromEntries(
    [0, 1, 2, 3].map((step) => [
      `test_growing_cache.py::test_decode[${step}]`,
      ["ttnn.zeros", "conftest.py:22", 10, [0, 1].map((part) => `test_growing_cache._KV_CACHE[${step}][${part}]`)],
    ]),
  ),
};

for (const version of VERSIONS) {
  test(`every leak names its operation, its line and what holds it, on ttnn ${version}`, async () => {
    const { findings } = await examinePlainly(version);
    const causes = findings
      .filter(({ fails }) => fails)
      .map(({ test: name, origin, holders }) => {
        const line = origin === null ? null : `${origin.file.replace("examples/", "")}:${origin.line}`;
        return [name?.replace("examples/", ""), [origin?.operation, line, origin?.testLine?.line ?? null, holders]];
      });
    assert.deepEqual(Object.fromEntries(causes), CAUSES);
  });
}

test("the bytes of a finding are the allocator's own difference, and its buffers add up to them", async () => {
  const { findings, tests } = await examinePlainly(NEWEST);
  for (const { test: name, verdict, memoryType, sizeBytes, buffers } of findings) {
    const sum = buffers.reduce((total, buffer) => total + buffer.sizeBytes, 0);
    assert.equal(sum, sizeBytes, `buffers of ${name}`);
    if (verdict !== "leak" && verdict !== "suspect") continue;
    const [device] = tests.find((t) => t.test === name)?.devices ?? [];
    const held = (usage: readonly Usage[]) => usage.filter((u) => u.memoryType === memoryType).reduce(addHeld, 0);
    assert.ok(device, `${name} was measured`);
    assert.equal(held(device.after) - held(device.before), sizeBytes, `allocator's difference of ${name}`);
  }
});

test("clearing only on growth, in two workers, gives the same findings", async () => {
  assert.deepEqual(found(await examine(NEWEST, ["--clear", "growth"], ["-n", "2"])), EXPECTED);
});
