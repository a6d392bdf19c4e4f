import { count } from "../base/count.ts";
import { firstOf } from "../base/first-of.ts";
import { printable } from "../base/printable.ts";

/** Tests that are named where an id could mean several. */
const TESTS_NAMED_MAX = 5;

/** Of the tests that are known, those that a node id may mean. */
export type NamedTest =
  | { readonly kind: "one"; readonly test: string }
  | { readonly kind: "none" }
  /** In the order of `tests`. */
  | { readonly kind: "several"; readonly tests: readonly string[] };

/**
 * pytest tells a file relative to its root or to where it was started, so one test has several ids: the id itself counts, or
 * else those of which one path ends with the other, at the boundary of a folder. What follows the path is the same in both.
 */
export function namedTest(id: string, tests: Iterable<string>): NamedTest {
  const wanted = partsOf(id);
  const alike = new Set<string>();
  for (const test of tests) {
    if (test === id) return { kind: "one", test };
    const { path, name } = partsOf(test);
    if (name === wanted.name && (endsWith(path, wanted.path) || endsWith(wanted.path, path))) alike.add(test);
  }
  const [first, ...others] = alike;
  if (first === undefined) return { kind: "none" };
  return others.length === 0 ? { kind: "one", test: first } : { kind: "several", tests: [first, ...others] };
}

/** "tests/test_a.py" and "::test_x[a/b]". */
function partsOf(id: string): { readonly path: string; readonly name: string } {
  const at = id.indexOf("::");
  return at === -1 ? { path: id, name: "" } : { path: id.slice(0, at), name: id.slice(at) };
}

function endsWith(path: string, end: string): boolean {
  return path === end || path.endsWith(`/${end}`);
}

/** "a.py::x or b.py::x or 3 other tests". */
export function severalText(tests: readonly string[]): string {
  const named = firstOf(tests, TESTS_NAMED_MAX).map(printable);
  const rest = tests.length - named.length;
  return [...named, ...(rest === 0 ? [] : [count(rest, "other test")])].join(" or ");
}
