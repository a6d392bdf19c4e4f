/**
 * Which versions of ttnn can be measured and traced on a mock device: installs each, holds the tracer against the
 * allocator's own list, watches examples/, and prints a table. Takes about three minutes and 1 GB a version.
 *
 *   node scripts/try-versions.ts [--keep] [--python PYTHON] [--folder FOLDER] [VERSION...]
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { markdownTable } from "markdown-table";
import type { JsonReport } from "../src/out/report/json-schema.ts";

const CLONE = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = join(CLONE, "bin/tt-memwatch");
const NATIVE = join(CLONE, "clients/native");
const RANDOM_PROGRAM = join(NATIVE, "tests/programs/random_program.py");

/** The stock wheels that can open a mock device. */
const KNOWN = [
  "0.66.0",
  ...["0.68.0", "0.69.0", "0.70.1", "0.71.2", "0.72.0", "0.73.1", "0.74.0"],
  ...["0.75.0", "0.76.0", "0.77.0", "0.78.0", "0.79.0", "0.80.0", "0.81.1"],
];

/** Steps of the random programs; a third, and a ninth with a mesh, are comparisons. */
const STEPS = "1200";
const MESH_STEPS = "2700";

/** A program that hangs is ended. */
const TIMEOUT_MS = 600_000;

/** Banks with which `examples/expected.json` was written; slow dispatch has more of L1. */
const EXPECTED_BANKS: Readonly<Record<string, number>> = { DRAM: 12, L1_SMALL: 64 };

interface Expected {
  readonly verdict: string;
  readonly memoryType: string;
  readonly sizeBytes: number;
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const { values, positionals } = parseArgs({
  options: { keep: { type: "boolean" }, python: { type: "string" }, folder: { type: "string" } },
  allowPositionals: true,
});
const folder = values.folder ?? join(CLONE, "build/versions");
const basePython = values.python ?? join(CLONE, ".venv/ttnn-0.66.0/bin/python");

const rows: string[][] = [["ttnn", "Python", "dispatch", "tracer equal", "on a mesh", "examples", "line and holder"]];
for (const version of positionals.length > 0 ? positionals : KNOWN) rows.push(...tryVersion(version));
process.stdout.write(`${markdownTable(rows)}\n`);

function tryVersion(version: string): string[][] {
  const python = install(version);
  if (python === null) return [[version, "cannot be installed"]];
  try {
    return [false, true].flatMap((slow) => (canImport(python, slow) ? [tryDispatch(version, python, slow)] : []));
  } finally {
    if (values.keep !== true) rmSync(join(folder, version), { recursive: true });
  }
}

function tryDispatch(version: string, python: string, slow: boolean): string[] {
  process.stderr.write(`versions: trying ttnn ${version} in ${slow ? "slow" : "fast"} dispatch\n`);
  const asked = spawnSync(python, ["-c", "import platform; print(platform.python_version())"], { encoding: "utf8" });
  const one = compare(python, slow, "n150", [STEPS]);
  const mesh = compare(python, slow, "n150x2", [MESH_STEPS, "mesh"]);
  const row = [version, asked.stdout.trim(), slow ? "slow" : "fast", one, mesh, ...watchExamples(python, slow)];
  process.stderr.write(`versions: ${row.join(", ")}\n`);
  return row;
}

/** A virtual environment with this ttnn and what the oldest one is tested with; null if there is no such wheel. */
function install(version: string): string | null {
  const venv = join(folder, version);
  const python = join(venv, "bin/python");
  const stamp = join(venv, ".stamp");
  if (existsSync(stamp)) return python;
  mkdirSync(folder, { recursive: true });
  const requirements = readFileSync(join(CLONE, "requirements/ttnn-0.66.0.txt"), "utf8");
  const own = join(folder, `${version}.txt`);
  writeFileSync(own, requirements.replace(/^ttnn==.*$/m, `ttnn==${version}`));
  const steps = [
    [basePython, "-m", "venv", venv],
    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", own],
  ];
  const isMade = steps.every(([command = "", ...args]) => spawnSync(command, args, { stdio: "inherit" }).status === 0);
  rmSync(own);
  if (isMade) writeFileSync(stamp, version);
  return isMade ? python : null;
}

function canImport(python: string, slow: boolean): boolean {
  return mock(python, slow, "n150", ["-c", "import ttnn"]).status === 0;
}

/** Comparisons of the tracer's live set with the allocator's own list, or how it ended. */
function compare(python: string, slow: boolean, device: string, args: readonly string[]): string {
  const rings = mkdtempSync(join(tmpdir(), "tt-memwatch-versions-"));
  const env = {
    PYTHONPATH: `${join(NATIVE, "python")}:${join(NATIVE, "tests")}`,
    TT_MEMWATCH_TRACER: "force",
    TT_MEMWATCH_TRACER_DIR: rings,
    TT_MEMWATCH_TRACER_STACKS: "8",
    TT_MEMWATCH_TRACER_LIBRARY: join(CLONE, "build/native/libtt_memwatch_tracer.so"),
  };
  try {
    const ended = mock(python, slow, device, [RANDOM_PROGRAM, "1", ...args], env);
    if (ended.status !== 0) return failure(ended);
    const { checks } = JSON.parse(ended.stdout.trim().split("\n").at(-1) ?? "");
    return `${checks} of ${checks}`;
  } finally {
    rmSync(rings, { recursive: true });
  }
}

/** How many of the examples have their verdict and bytes, and how many failing ones their line and holder. */
function watchExamples(python: string, slow: boolean): string[] {
  const results = mkdtempSync(join(tmpdir(), "tt-memwatch-versions-"));
  const json = join(results, "report.json");
  const suite = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "examples"];
  try {
    const watch = [PROGRAM, "run", "--tracer=force", "--json", json, "--", python, ...suite];
    const ended = launch([PROGRAM, "mock", "--", ...watch], slow, {});
    return existsSync(json) ? judge(JSON.parse(readFileSync(json, "utf8"))) : [failure(ended), ""];
  } finally {
    rmSync(results, { recursive: true });
  }
}

function judge({ findings }: JsonReport): string[] {
  const expected: Record<string, Expected> = JSON.parse(readFileSync(join(CLONE, "examples/expected.json"), "utf8"));
  const names = new Set([...Object.keys(expected), ...findings.map(({ test }) => nameOf(test))]);
  const right = findings.filter((finding) => isAsExpected(finding, expected[nameOf(finding.test)]));
  const failing = findings.filter(({ fails }) => fails);
  const explained = failing.filter(({ origin, holders }) => origin?.operation === "ttnn.zeros" && holders.length > 0);
  return [`${right.length} of ${names.size}`, `${explained.length} of ${failing.length}`];
}

function isAsExpected(finding: JsonReport["findings"][number], expected: Expected | undefined): boolean {
  const { verdict, memoryType, bytesPerBank } = finding;
  if (expected === undefined || memoryType !== expected.memoryType) return false;
  return verdict === expected.verdict && bytesPerBank * (EXPECTED_BANKS[memoryType] ?? 0) === expected.sizeBytes;
}

function nameOf(test: string | null): string {
  return (test ?? "").replace("examples/", "");
}

function mock(python: string, slow: boolean, device: string, args: readonly string[], env = {}): Ended {
  return launch([PROGRAM, "mock", "--device", device, "--", python, ...args], slow, env);
}

function launch([command = "", ...args]: readonly string[], slow: boolean, env: NodeJS.ProcessEnv): Ended {
  const { TT_METAL_SLOW_DISPATCH_MODE: _, ...inherited } = process.env;
  const dispatch = slow ? { TT_METAL_SLOW_DISPATCH_MODE: "1" } : {};
  return spawnSync(command, args, {
    cwd: CLONE,
    env: { ...inherited, LOGURU_LEVEL: "ERROR", ...dispatch, ...env },
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
}

function failure({ status, stderr }: Ended): string {
  return `ended with ${status}: ${stderr.trim().split("\n").at(-1) ?? ""}`.slice(0, 80);
}
