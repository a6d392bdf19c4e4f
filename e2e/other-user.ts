import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

const CLONE = fileURLToPath(new URL("..", import.meta.url));

export const NOBODY = 65_534;

/** What runs a command as another user. */
export const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];

/** What of a clone `bin/tt-memwatch` needs, beside the packages. */
const PARTS = ["bin", "package.json", "rules", "src"];

interface OtherUser {
  /** Why nothing can be tried as another user; false if it can. */
  readonly skip: string | false;
  /** A tt-memwatch that the other user can run: the clone's, or a copy where others cannot read the clone. */
  readonly program: string;
}

export const OTHER_USER = findOtherUser();

function findOtherUser(): OtherUser {
  const program = join(CLONE, "bin/tt-memwatch");
  const refused = (skip: string): OtherUser => ({ skip, program });
  if (process.getuid?.() !== 0) return refused("needs root, to start a program as another user");
  if (!runsAsNobody(["true"])) return refused("needs setpriv, to start a program as another user");
  if (!runsAsNobody(["test", "-x", tmpdir()])) return refused(`another user cannot enter ${tmpdir()}`);
  if (runsAsNobody([program, "--help"])) return { skip: false, program };
  const copy = copyProgram();
  if (runsAsNobody([copy, "--help"])) return { skip: false, program: copy };
  return refused(`another user can run neither ${program} nor a copy of it in ${tmpdir()}`);
}

function runsAsNobody(command: readonly string[]): boolean {
  const [launcher = "", ...args] = AS_NOBODY;
  return spawnSync(launcher, [...args, ...command]).status === 0;
}

/** A copy that everybody can read, of some 200 MB: most of it is Node. */
function copyProgram(): string {
  const folder = mkdtempSync(join(tmpdir(), "tt-memwatch-for-all-"));
  after(() => rmSync(folder, { recursive: true }));
  for (const part of [...PARTS, ...neededPackages()]) {
    mkdirSync(dirname(join(folder, part)), { recursive: true });
    cpSync(join(CLONE, part), join(folder, part), { recursive: true, dereference: true });
  }
  mkdirSync(join(folder, "node_modules/.bin"));
  symlinkSync(join("..", `node-linux-${process.arch}`, "bin/node"), join(folder, "node_modules/.bin/node"));
  chmodSync(folder, 0o755);
  spawnSync("chmod", ["-R", "a+rX", folder]);
  return join(folder, "bin/tt-memwatch");
}

/** Folders of the packages that are there and are not for development only. */
function neededPackages(): string[] {
  const lock: unknown = JSON.parse(readFileSync(join(CLONE, "node_modules/.package-lock.json"), "utf8"));
  const { packages } = lock as { packages: Record<string, { dev?: boolean }> };
  return Object.keys(packages).filter((path) => packages[path]?.dev !== true && existsSync(join(CLONE, path)));
}
