/**
 * Which versions of ttnn can be measured and traced on a mock device: installs each, runs the self-test in fast and in slow
 * dispatch, holds the tracer against the allocator's own list on a mesh, and prints a table. Takes about three minutes and
 * 1 GB a version; those of `make setup` are there already.
 *
 *   node scripts/try-versions.ts [--keep] [--available] [--write] [--python PYTHON] [--folder FOLDER] [VERSION...]
 *
 * With --available all versions from the oldest one on that pip finds for PYTHON are tried. With --write the rows replace
 * those of docs/compatibility.md. The exit code is 1 if something is off on a version that runs on a mock device.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { HEADINGS, mergeRows, type Row, rowsOf, tableOf } from "./compatibility-table.ts";

const CLONE = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = join(CLONE, "bin/tt-memwatch");
const NATIVE = join(CLONE, "clients/native");
const RANDOM_PROGRAM = join(NATIVE, "tests/programs/random_program.py");
const PAGE = join(CLONE, "docs/compatibility.md");

/** The stock wheels that can open a mock device. */
const KNOWN = [
  "0.66.0",
  ...["0.68.0", "0.69.0", "0.70.1", "0.71.2", "0.72.0", "0.73.1", "0.74.0"],
  ...["0.75.0", "0.76.0", "0.77.0", "0.78.0", "0.79.0", "0.80.0", "0.81.1"],
];

/** Steps of the random program on a mesh; a ninth are comparisons. */
const MESH_STEPS = "2700";

/** A program that hangs is ended. */
const TIMEOUT_MS = 600_000;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Of what `tt-memwatch selftest --json` prints. */
interface Selftest {
  readonly isAllRight: boolean;
  readonly line: string;
  readonly facts: { readonly python: string };
  readonly checks: readonly { readonly part: string; readonly isRight: boolean }[];
  readonly lists: { readonly compared: number; readonly equal: number };
}

const { values, positionals } = parseArgs({
  options: {
    keep: { type: "boolean" },
    available: { type: "boolean" },
    write: { type: "boolean" },
    python: { type: "string" },
    folder: { type: "string" },
  },
  allowPositionals: true,
});
const folder = values.folder ?? join(CLONE, "build/versions");
const basePython = values.python ?? join(CLONE, ".venv/ttnn-0.66.0/bin/python");

const rows = versions().flatMap(tryVersion);
process.stdout.write(`${tableOf(rows)}\n`);
if (values.write === true) writePage(rows);
process.exitCode = rows.some(({ isOff }) => isOff) ? 1 : 0;

function versions(): readonly string[] {
  if (positionals.length > 0) return positionals;
  return values.available === true ? availableVersions() : KNOWN;
}

/** Oldest first. */
function availableVersions(): readonly string[] {
  const asked = spawnSync(basePython, ["-m", "pip", "index", "versions", "ttnn"], { encoding: "utf8" });
  const [, list = ""] = /^Available versions: (.+)$/m.exec(asked.stdout) ?? [];
  const all = list.split(", ").filter(Boolean).reverse();
  if (all.length === 0) throw new Error(`pip lists no versions of ttnn: ${asked.stderr.trim()}`);
  return all.slice(Math.max(0, all.indexOf(KNOWN[0] ?? "")));
}

function tryVersion(version: string): readonly Row[] {
  const python = install(version);
  if (python === null) return [{ cells: [version, "", "", "cannot be installed"], isOff: false }];
  try {
    const tried = [false, true].flatMap((slow) =>
      canImport(python, slow) ? [tryDispatch(version, python, slow)] : [],
    );
    return tried.length > 0 ? tried : [{ cells: [version, "", "none", "opens no mock device"], isOff: false }];
  } finally {
    if (values.keep !== true) rmSync(join(folder, version), { recursive: true, force: true });
  }
}

function tryDispatch(version: string, python: string, slow: boolean): Row {
  const dispatch = slow ? "slow" : "fast";
  process.stderr.write(`versions: trying ttnn ${version} in ${dispatch} dispatch\n`);
  const ended = mock([PROGRAM, "selftest", "--json", "--", python], slow, "n150", dataFolder());
  const mesh = compareOnMesh(python, slow);
  const row = rowOf(version, dispatch, ended, mesh);
  process.stderr.write(`versions: ${row.cells.join(", ")}\n`);
  return row;
}

function rowOf(version: string, dispatch: string, ended: Ended, mesh: string): Row {
  const found = selftestOf(ended);
  if (found === null) return { cells: [version, "", dispatch, failure(ended), "", mesh], isOff: true };
  const { checks, lists, facts, isAllRight } = found;
  const right = `${checks.filter(({ isRight }) => isRight).length} of ${checks.length}`;
  const wrong = [...new Set(checks.filter(({ isRight }) => !isRight).map(({ part }) => part))];
  const said = isAllRight ? right : `${right}: ${wrong.join(", ")}`;
  const isMeshRight = mesh.includes(" of ");
  return {
    cells: [version, facts.python, dispatch, said, `${lists.equal} of ${lists.compared}`, mesh],
    isOff: !isAllRight || !isMeshRight,
  };
}

function selftestOf({ status, stdout }: Ended): Selftest | null {
  if (status !== 0 && status !== 1) return null;
  try {
    return JSON.parse(stdout);
  } catch {
    return null;
  }
}

/** What is remembered of these builds is nobody's. */
function dataFolder(): NodeJS.ProcessEnv {
  return { XDG_DATA_HOME: join(folder, "data") };
}

/** A virtual environment with this ttnn and what the oldest one is tested with; null if there is no such wheel. */
function install(version: string): string | null {
  const ours = join(CLONE, ".venv", `ttnn-${version}`, "bin/python");
  if (existsSync(ours)) return ours;
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
  return mock([python, "-c", "import ttnn"], slow, "n150").status === 0;
}

/** Comparisons of the tracer's live set with the allocator's own list, or how it ended. */
function compareOnMesh(python: string, slow: boolean): string {
  const rings = mkdtempSync(join(tmpdir(), "tt-memwatch-versions-"));
  const env = {
    PYTHONPATH: `${join(NATIVE, "python")}:${join(NATIVE, "tests")}`,
    TT_MEMWATCH_TRACER: "force",
    TT_MEMWATCH_TRACER_DIR: rings,
    TT_MEMWATCH_TRACER_STACKS: "8",
    TT_MEMWATCH_TRACER_LIBRARY: join(CLONE, "build/native/libtt_memwatch_tracer.so"),
  };
  try {
    const ended = mock([python, RANDOM_PROGRAM, "1", MESH_STEPS, "mesh"], slow, "n150x2", env);
    if (ended.status !== 0) return failure(ended);
    const { checks } = JSON.parse(ended.stdout.trim().split("\n").at(-1) ?? "");
    return `${checks} of ${checks}`;
  } finally {
    rmSync(rings, { recursive: true });
  }
}

function writePage(tried: readonly Row[]): void {
  const page = readFileSync(PAGE, "utf8");
  const table = tableOf(mergeRows(rowsOf(page), tried));
  const before = page.slice(0, page.indexOf(`| ${HEADINGS[0]}`));
  const after = page.slice(page.lastIndexOf("|\n") + 2);
  writeFileSync(PAGE, `${before}${table}\n${after}`);
}

function mock(command: readonly string[], slow: boolean, device: string, env: NodeJS.ProcessEnv = {}): Ended {
  const { TT_METAL_SLOW_DISPATCH_MODE: _, ...inherited } = process.env;
  const dispatch = slow ? { TT_METAL_SLOW_DISPATCH_MODE: "1" } : {};
  return spawnSync(PROGRAM, ["mock", "--device", device, "--", ...command], {
    cwd: CLONE,
    env: { ...inherited, LOGURU_LEVEL: "ERROR", ...dispatch, ...env },
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
}

function failure({ status, stderr }: Ended): string {
  return `ended with ${status}: ${stderr.trim().split("\n").at(-1) ?? ""}`.replaceAll("|", "/").slice(0, 80);
}
