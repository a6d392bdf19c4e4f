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
  const base = basePython(column);
  const wanted = [...column.packages, ...packages];
  if (wanted.length === 0) return base;
  const folder = join(CACHE, "suites", `${column.name}-${digest(wanted)}`);
  const python = join(folder, "bin", "python");
  await makeOnce(folder, async () => {
    await run(base, ["-m", "venv", "--without-pip", folder], { timeout: INSTALL_WITHIN_MS });
    addBase(folder, column);
    addPytestProgram(folder);
    await install(base, python, [...pinned(column), ...packages]);
  });
  return python;
}

/** The unpacked source distribution of a package: name and version as `pip` takes them. */
export async function sourceOf(column: Column, requirement: string): Promise<string> {
  const folder = join(CACHE, "sources", requirement);
  await makeOnce(folder, async () => {
    const python = basePython(column);
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

function basePython(column: Column): string {
  return join(CLONE, ".venv", column.environment, "bin", "python");
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

/** Into an environment that has no pip of its own. */
async function install(base: string, into: string, packages: readonly string[]): Promise<void> {
  const pip = ["-m", "pip", "--python", into, "install", "--quiet", "--disable-pip-version-check", ...packages];
  await run(base, pip, { timeout: INSTALL_WITHIN_MS });
}

/** What a suite's packages may not replace: then another pytest would be compared than the table says. */
function pinned(column: Column): string[] {
  return [`pytest==${column.pytest}`, `ttnn==${column.ttnn}`];
}

/** The column's packages are found after the suite's own. */
function addBase(folder: string, column: Column): void {
  const base = join(CLONE, ".venv", column.environment, "lib", `python${column.python}`, "site-packages");
  const line = `import site; site.addsitedir(${JSON.stringify(base)})\n`;
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
