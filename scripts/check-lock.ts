/**
 * Checks package-lock.json: every optional dependency any package names (the platforms' binaries) has an entry, and no
 * entry says where it was downloaded from.  npm writes a lock without them when the registry lacks a platform's binary
 * on that day; `npm ci` then fails on every other machine.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional(), resolved: z.string().optional() }),
  ),
});
type Lock = z.infer<typeof Lock>;

/** The problems of a lock file, one sentence each. */
export function lockProblems(lock: Lock): string[] {
  const entries = Object.entries(lock.packages);
  if (entries.length < 2) return ["package-lock.json names no package"];
  return entries.flatMap(([path, entry]) => [
    ...(entry.resolved === undefined
      ? []
      : [`${path}: says where it was downloaded from; reinstall with .npmrc in place`]),
    ...Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !isInstalledFor(lock, path, name))
      .map((name) => `${path || "the project"}: no entry for ${name}; choose a version whose binaries all exist`),
  ]);
}

/** Node's own look-up: the nearest node_modules folder on the way up. */
function isInstalledFor(lock: Lock, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (`${folder === "" ? "" : `${folder}/`}node_modules/${name}` in lock.packages) return true;
    if (folder === "") return false;
  }
}

if (import.meta.main) {
  const path = join(fileURLToPath(new URL("..", import.meta.url)), "package-lock.json");
  const problems = lockProblems(Lock.parse(JSON.parse(readFileSync(path, "utf8"))));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
