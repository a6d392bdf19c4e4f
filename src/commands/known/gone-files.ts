import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileOfTest } from "../../core/model/test-subject.ts";

/**
 * Tells whether a file of the suite is known to be no more. `rootDirs`: absolute folders to which node ids may be relative; one
 * counts only where a file of the tests that ran lies in it, because elsewhere, or with another one, all files would seem gone.
 */
export function goneFiles(
  rootDirs: readonly string[],
  tests: readonly { readonly test: string }[],
): (file: string) => boolean {
  const seen = new Map<string, boolean>();
  const folders = [...new Set(rootDirs)];
  let suites: readonly string[] | null = null;
  const isGone = (file: string): boolean => {
    suites ??= suitesAmong(folders, tests);
    return suites.length > 0 && !suites.some((folder) => existsSync(join(folder, file)));
  };
  return (file) => {
    const known = seen.get(file) ?? isGone(file);
    seen.set(file, known);
    return known;
  };
}

function suitesAmong(folders: readonly string[], tests: readonly { readonly test: string }[]): readonly string[] {
  const files = [...new Set(tests.map(({ test }) => fileOfTest(test)))];
  return folders.filter((folder) => files.some((file) => existsSync(join(folder, file))));
}
