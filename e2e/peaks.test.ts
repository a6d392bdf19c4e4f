import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonReport } from "../src/out/report/json-schema.ts";
import { CLONE, makeFolder, programOf, readReport, run, VERSIONS } from "./run-harness.ts";

const SUITE = join(CLONE, "e2e", "peaks");

/** What a test said it has, and the most that the allocator was seen to hold, in bytes by memory type. */
interface Truth {
  readonly test: string;
  readonly own: Readonly<Record<string, number>>;
  readonly all: Readonly<Record<string, number>>;
}

type Peak = JsonReport["tests"][number]["peaks"][number];

for (const version of VERSIONS) {
  test(`the peaks of planted tests are what they say and what the allocator had, on ttnn ${version}`, async () => {
    const { report, truths } = await runSuite(version);
    assert.ok(truths.length >= 30, `${truths.length} tests`);
    assert.deepEqual(
      truths.flatMap((truth) => wrongPeaks(truth, report)),
      [],
    );
  });
}

async function runSuite(version: (typeof VERSIONS)[number]): Promise<{ report: JsonReport; truths: readonly Truth[] }> {
  const folder = makeFolder();
  const [json, truth] = [join(folder, "report.json"), join(folder, "truth.jsonl")];
  const pytest = [programOf(version, "pytest"), "-q", "-p", "no:cacheprovider", SUITE];
  const end = await run(["--json", json, "--fail-on", "untrusted"], pytest, {
    cwd: folder,
    env: { PEAKS_TRUTH: truth },
    device: "n150x2",
  });
  assert.equal(end.exitCode, 0, end.stdout + end.stderr);
  const lines = readFileSync(truth, "utf8").trim().split("\n");
  return { report: readReport(json), truths: lines.map((line) => JSON.parse(line)) };
}

/** A sentence for each figure that is not the truth. */
function wrongPeaks({ test: name, own, all }: Truth, { tests }: JsonReport): string[] {
  const peaks = tests.find(({ test: id }) => id.endsWith(`::${name}`))?.peaks ?? [];
  return Object.entries(all).flatMap(([memoryType, held]) => {
    const peak = peaks.find((each) => each.memoryType === memoryType);
    const wanted = { own: own[memoryType] ?? 0, all: held };
    const found = figuresOf(peak);
    const isRight = found.own === wanted.own && found.all === wanted.all;
    return isRight ? [] : [`${name}, ${memoryType}: ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`];
  });
}

function figuresOf(peak: Peak | undefined): { readonly own: number; readonly all: number } {
  return { own: peak?.ownBytes ?? 0, all: peak?.totalBytes ?? 0 };
}
