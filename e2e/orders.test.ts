import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonReport } from "../src/out/report/json-schema.ts";
import { CLONE, makeFolder, NEWEST, programOf, readReport, run } from "./run-harness.ts";

/** Seeded orders that are tried; `TT_MEMWATCH_TEST_ORDERS=50` tries more. */
const ORDERS = Number(process.env.TT_MEMWATCH_TEST_ORDERS ?? 3);

const PLANTED = join(CLONE, "e2e", "planted");
/** Their tests depend on each other in what this leaves out only. */
const FILES = ["test_function_device.py", "test_module_state.py", "test_views.py", "test_memory_types.py"];

/** What order itself changes: who is first to fill a table or to compile a program, and what comes after it was freed. */
const ORDER_DECIDES = [
  "lru_cache",
  "conv2d",
  "max_pool2d",
  "tiled_reshape",
  "test_sum",
  "cached_program",
  "_again",
  "_the_one_before",
  "switches_the_cache",
];

/** Shuffles the tests of each file: devices are a file's own. */
const SHUFFLE = `
import os, random

def pytest_collection_modifyitems(items):
    order = random.Random(int(os.environ["ORDER"]))
    files = sorted({item.path for item in items})
    order.shuffle(files)
    ranks = {item.nodeid: order.random() for item in items}
    items.sort(key=lambda item: (files.index(item.path), ranks[item.nodeid]))
`;

test(`findings do not depend on the order of tests, in ${ORDERS} random ones`, async () => {
  const suite = makeFolder();
  cpSync(PLANTED, suite, { recursive: true, filter: (path) => !path.includes("__pycache__") });
  const plugins = makeFolder();
  writeFileSync(join(plugins, "shuffle.py"), SHUFFLE);
  const inOrder = await findings(suite, []);
  assert.ok(inOrder.length > 40, `${inOrder.length} findings`);
  for (let order = 1; order <= ORDERS; order += 1) {
    const env = { ORDER: String(order), PYTHONPATH: plugins };
    assert.deepEqual(await findings(suite, ["-p", "shuffle"], env), inOrder, `order ${order}`);
  }
});

/** What each test left, who made it and who holds it, sorted; numbers in brackets tell of the order alone. */
async function findings(
  cwd: string,
  flags: readonly string[],
  env: Readonly<NodeJS.ProcessEnv> = {},
): Promise<string[]> {
  const file = join(makeFolder(), "report.json");
  const full = "--memwatch-holders=full";
  const pytest = [programOf(NEWEST, "pytest"), "-q", "--tb=no", "-p", "no:cacheprovider", full, ...flags, ...FILES];
  const end = await run(["--quiet", "--clear", "growth", "--json", file], pytest, { cwd, env, device: "n150x2" });
  assert.equal(end.exitCode, 1, end.stderr);
  return readReport(file)
    .findings.filter(({ test: name }) => !ORDER_DECIDES.some((part) => name?.includes(part)))
    .map(inWords)
    .sort();
}

function inWords({
  test: name,
  verdict,
  memoryType,
  sizeBytes,
  origin,
  holders,
}: JsonReport["findings"][number]): string {
  const held = holders
    .filter((path) => !path.startsWith("pytest item"))
    .map((path) => path.replaceAll(/\[\d+\]|(?<=^trace )\d+/g, ""));
  return JSON.stringify([
    name,
    verdict,
    memoryType,
    sizeBytes,
    origin?.operation,
    origin?.line,
    [...new Set(held)].sort(),
  ]);
}
