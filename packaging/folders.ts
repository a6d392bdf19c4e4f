import { cpSync, globSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const CLONE = fileURLToPath(new URL("..", import.meta.url));

/** What Python leaves behind. */
const LEFTOVERS = /(^|\/)(__pycache__|[^/]*\.pyc)$/;

/** Copies a file or folder of the clone. */
export function copyFromClone(path: string, to: string): void {
  copy(join(CLONE, path), to);
}

export function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, filter: (path) => !LEFTOVERS.test(path), preserveTimestamps: true });
}

export function makeEmpty(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

/** Paths of all files below a folder, relative to it, in the order of their bytes. */
export function filesIn(folder: string): string[] {
  return globSync("**/*", { cwd: folder })
    .filter((path) => statSync(join(folder, path)).isFile())
    .toSorted((a, b) => (a < b ? -1 : 1));
}
