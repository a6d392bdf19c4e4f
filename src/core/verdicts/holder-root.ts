/** What a path goes through: indices, keys, and all that follows them. */
const BELOW_ROOT =
  /\[(?:[^[\]"'\\]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\](?:\.\w+|\[(?:[^[\]"'\\]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\])*/g;

/** Where a frame stands: " (test_a.py:12)". */
const PLACE = / \([^()]*:\d+\)/g;

/** An item of pytest by its node id. */
const ITEM = /pytest item (?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/g;

const NUMBER = /\b\d+\b/g;

/**
 * What holds memory, by the name that its path begins with: `CACHE` of `pkg.test_a.CACHE['kv'][0]`, without lines, pids
 * and keys. Names of the modules in `files` are left out, because they change when a file moves.
 *
 * @returns the first one by the alphabet, since the order in which they are found means nothing; null: nothing is known
 */
export function holderRootOf(holders: readonly string[], files: readonly string[]): string | null {
  const modules = files.map(moduleOf).filter((name) => name !== "");
  return holders.map((holder) => rootOf(holder, modules)).sort()[0] ?? null;
}

function rootOf(holder: string, modules: readonly string[]): string {
  const root = holder.replace(ITEM, "pytest item").replace(PLACE, "").replace(BELOW_ROOT, "").replace(NUMBER, "*");
  return modules.reduce((text, name) => text.replace(new RegExp(`(?<![\\w.])(?:\\w+\\.)*?${name}\\.`, "g"), ""), root);
}

/** The name that a file has as a module, without its packages; empty: it cannot be one. */
function moduleOf(file: string): string {
  return /(?:^|\/)(\w+)\.py$/.exec(file)?.[1] ?? "";
}
