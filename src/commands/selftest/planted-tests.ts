import type { Verdict } from "../../core/model/finding.ts";
import type { MemoryType } from "../../core/model/memory-type.ts";

/** A tile of bfloat16, the page of every tensor of the suite. */
export const TILE_BYTES = 2048;

/** What a test of clients/selftest/suite leaves. */
export interface Planted {
  /** pytest's node id. */
  readonly test: string;
  readonly verdict: Verdict;
  readonly memoryType: MemoryType;
  /** Tiles in each bank, over all its tensors. */
  readonly tiles: number;
  /** Of the comment on the line that allocates: `# planted: NAME`. */
  readonly marker: string;
  /** Part of the path by which it is held; null: there is nothing to find. */
  readonly holder: string | null;
}

/** Every kind of leak and of memory that looks like one. */
export const PLANTED: readonly Planted[] = [
  inModule("test_module_list", "module list", 1, "test_module_state.KEPT[0]"),
  inModule("test_module_dict", "module dict", 2, "test_module_state.TABLE['kv']"),
  inModule("test_class_attribute", "class attribute", 3, "test_module_state.Layer.scale"),
  inModule("test_closure", "closure", 4, "closure variable 'weight' of test_module_state.CLOSURES[0]"),
  inModule("test_lru_cache", "lru_cache", 5, "the lru_cache of test_module_state.rope_table"),
  { ...inModule("test_l1", "L1", 2, "test_module_state.IN_L1[0]"), memoryType: "L1" },
  inModule("test_several_tensors", "several tensors", 3 * 6, "test_module_state.SEVERAL[2]"),
  ...[0, 1, 2].map((step): Planted => {
    const holder = `test_module_state.GROWING[${step}]`;
    return { ...inModule(`test_growing_list[${step}]`, "growing list", 7, holder), verdict: "leak" };
  }),
  inDram("test_failures.py::test_fails", "held-by-failure", 8, "failing test", "traceback of test_fails"),
  inDram(
    "test_failures.py::test_expected_to_fail",
    "held-by-failure",
    9,
    "expected failure",
    "traceback of test_expected_to_fail",
  ),
  inDram(
    "test_lifetimes.py::test_leaves_for_a_later_one",
    "late-free",
    10,
    "late free",
    "test_lifetimes.CACHE['later']",
  ),
  ...[0, 1, 2].map((step) => {
    const test = `test_lifetimes.py::test_rolling_value[${step}]`;
    return inDram(test, "late-free", 11, "rolling value", "test_lifetimes.ROLLING[0]");
  }),
  inDram("test_fixtures.py::test_uses_weights", "retained", 12, "weights", null),
  inDram("test_fixtures.py::test_keeps_a_fixtures_value", "suspect", 13, "fixture's value", "test_fixtures.KEPT[0]"),
];

/** Keeps in the program cache what ttnn itself said under the marker's name. */
export const CACHED = {
  test: "suite/test_programs.py::test_program_cache",
  marker: "program cache",
  holder: "program cache",
} as const;

/** Tests that leave nothing, or only what operations keep in the program cache. */
export const INNOCENT: readonly string[] = [
  "test_module_state.py::test_after_it",
  "test_failures.py::test_after_a_failure",
  "test_failures.py::test_after_an_expected_failure",
  "test_lifetimes.py::test_between",
  "test_lifetimes.py::test_frees_what_an_earlier_left",
  "test_lifetimes.py::test_drops_the_last",
  "test_fixtures.py::test_uses_them_again",
  "test_fixtures.py::test_own_fixture",
  "test_programs.py::test_operations",
  "test_clean.py::test_clean",
  "test_clean.py::test_deallocated",
  "test_clean.py::test_garbage_cycle",
  "test_clean.py::test_without_a_device",
].map((name) => `suite/${name}`);

/** Of any test that ran an operation: what boards keep of cached programs differs, and it is not a leak. */
export const TOLERATED: readonly Verdict[] = ["program-cache", "expected"];

function inModule(name: string, marker: string, tiles: number, holder: string): Planted {
  return inDram(`test_module_state.py::${name}`, "suspect", tiles, marker, holder);
}

function inDram(name: string, verdict: Verdict, tiles: number, marker: string, holder: string | null): Planted {
  return { test: `suite/${name}`, verdict, memoryType: "DRAM", tiles, marker, holder };
}
