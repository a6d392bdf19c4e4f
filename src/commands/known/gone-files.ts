import { existsSync } from "node:fs";
import { join } from "node:path";
import type { IsFileThere } from "../../core/known/moved-tests.ts";
import { fileOfTest } from "../../core/model/test-subject.ts";

/** Tells whether a file of the suite is known to be no more, as `filesThere` has it. */
export function goneFiles(
  rootDirs: readonly string[],
  tests: readonly { readonly test: string }[],
): (file: string) => boolean {
  const isThere = filesThere(rootDirs, tests);
  return (file) => isThere(file) === false;
}

/**
 * Tells whether a file of the suite is there. `rootDirs`: absolute folders to which node ids may be relative; one
 * counts only where a file of the tests that ran lies in it, because elsewhere, or with another one, all files would seem gone.
 */
export function filesThere(rootDirs: readonly string[], tests: readonly { readonly test: string }[]): IsFileThere {
  const seen = new Map<string, boolean | null>();
  const folders = [...new Set(rootDirs)];
  let suites: readonly string[] | null = null;
  const isThere = (file: string): boolean | null => {
    suites ??= suitesAmong(folders, tests);
    return suites.length === 0 ? null : suites.some((folder) => existsSync(join(folder, file)));
  };
  return (file) => {
    const known = seen.has(file) ? (seen.get(file) ?? null) : isThere(file);
    seen.set(file, known);
    return known;
  };
}

function suitesAmong(folders: readonly string[], tests: readonly { readonly test: string }[]): readonly string[] {
  const files = [...new Set(tests.map(({ test }) => fileOfTest(test)))];
  return folders.filter((folder) => files.some((file) => existsSync(join(folder, file))));
}
