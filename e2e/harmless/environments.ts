import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Column } from "./columns.ts";
import { CACHE, CLONE } from "./places.ts";

const run = promisify(execFile);

/** A package index may be slow, and ttnn's wheel has hundreds of megabytes. */
const INSTALL_WITHIN_MS = 900_000;

/** The Python of a suite: its own packages over those of its column. Made once, and kept. */
export async function suitePython(column: Column, packages: readonly string[]): Promise<string> {
  const base = await basePython(column);
  if (packages.length === 0) return base;
  const folder = join(CACHE, "suites", `${column.name}-${digest([...column.packages, ...packages])}`);
  const python = join(folder, "bin", "python");
  await makeOnce(folder, async () => {
    await run(base, ["-m", "venv", "--without-pip", folder], { timeout: INSTALL_WITHIN_MS });
    addBase(folder, column);
    addPytestProgram(folder);
    await install(base, ["--python", python, ...pinned(column), ...packages]);
  });
  return python;
}

/** The unpacked source distribution of a package: name and version as `pip` takes them. */
export async function sourceOf(column: Column, requirement: string): Promise<string> {
  const folder = join(CACHE, "sources", requirement);
  await makeOnce(folder, async () => {
    const python = await basePython(column);
    const archives = join(folder, "archive");
    mkdirSync(archives, { recursive: true });
    const [name = ""] = requirement.split("==");
    const where = ["--no-deps", "--no-binary", name, "--dest", archives];
    await run(python, ["-m", "pip", "download", "--quiet", ...where, requirement], { timeout: INSTALL_WITHIN_MS });
    const unpacked = join(folder, "source");
    mkdirSync(unpacked);
    const [archive = ""] = readdirSync(archives);
    await run("tar", ["-xf", join(archives, archive), "-C", unpacked, "--strip-components=1"]);
  });
  return join(folder, "source");
}

async function basePython(column: Column): Promise<string> {
  const folder = join(CACHE, "bases", `${column.name}-${digest(column.packages)}`);
  const python = join(folder, "bin", "python");
  await makeOnce(folder, async () => {
    const maker = join(CLONE, ".venv", column.maker, "bin", "python");
    await run(maker, ["-m", "venv", folder], { timeout: INSTALL_WITHIN_MS });
    await install(python, column.packages);
  });
  return python;
}

/** Makes a folder unless it was made to its end before. */
async function makeOnce(folder: string, make: () => Promise<void>): Promise<void> {
  const stamp = join(folder, ".made");
  if (existsSync(stamp)) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await make();
  writeFileSync(stamp, "");
}

async function install(python: string, args: readonly string[]): Promise<void> {
  const before = args[0] === "--python" ? args.slice(0, 2) : [];
  const rest = args.slice(before.length);
  const pip = ["-m", "pip", ...before, "install", "--quiet", "--disable-pip-version-check", ...rest];
  await run(python, pip, { timeout: INSTALL_WITHIN_MS });
}

/** What a suite's packages may not replace: then another pytest would be compared than the table says. */
function pinned(column: Column): string[] {
  return [`pytest==${column.pytest}`, `ttnn==${column.ttnn}`];
}

/** The column's packages are found after the suite's own. */
function addBase(folder: string, column: Column): void {
  const base = join(CACHE, "bases", `${column.name}-${digest(column.packages)}`, "lib", `python${column.python}`);
  const line = `import site; site.addsitedir(${JSON.stringify(join(base, "site-packages"))})\n`;
  writeFileSync(join(folder, "lib", `python${column.python}`, "site-packages", "column.pth"), line);
}

/** Some suites start pytest by its name. */
function addPytestProgram(folder: string): void {
  const text = `#!${join(folder, "bin", "python")}\nimport pytest\nraise SystemExit(pytest.console_main())\n`;
  for (const name of ["pytest", "py.test"]) {
    writeFileSync(join(folder, "bin", name), text);
    chmodSync(join(folder, "bin", name), 0o755);
  }
}

/** A short name of what an environment is made of. */
function digest(packages: readonly string[]): string {
  return createHash("sha256").update(packages.join("\n")).digest("hex").slice(0, 10);
}
