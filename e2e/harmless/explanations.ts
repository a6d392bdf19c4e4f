import type { Difference } from "./compare.ts";

/** A difference that is known and meant, and what to read in the table about it. */
export interface Explanation {
  readonly name: string;
  readonly text: string;
  /** Whether it is all there is to this difference. */
  readonly covers: (difference: Difference) => boolean;
}

/** The lines that the earlier system's cleanup logged after each test that uses a device; suites read them. */
const CLEANUP_LINE =
  /^.*(CLEANUP: (Starting post-test cleanup|Running garbage collection|Clearing program cache|Requesting buffer dump).*|✓ (Program cache cleared|Post-test cleanup complete|Buffer dump requested).*)\n?/gm;

/** The heading of captured output that has no other lines, in what pytest prints. */
const EMPTY_HEADING = /^-+ Captured stderr teardown -+\n(?=[-=_])/gm;

/** The earlier system's fixture, which suites may ask for, in a list of names. */
const FIXTURE_NAME = /clear_program_cache_after_test, /g;

/** Our marker in what `pytest --markers` prints. */
const MARKER = /^@pytest\.mark\.memwatch\(.*\n\n/gm;

/** Frames of what calls hooks, as the recorder writes them. */
const HOOK_FRAME = /('|<TracebackEntry )[^'>]*\/(pluggy|tt_memwatch)\/[^'>]*['>](, )?/g;

export const EXPLANATIONS: readonly Explanation[] = [
  {
    name: "cleanup-lines",
    text: "the lines that say what was cleaned after a test (docs/from-the-earlier-system.md)",
    covers: (difference) =>
      difference.with.replace(CLEANUP_LINE, "").replace(EMPTY_HEADING, "").trim() === difference.without.trim(),
  },
  {
    name: "fixture-name",
    text: "the name of our fixture where pytest lists those there are",
    covers: (difference) => difference.with.replace(FIXTURE_NAME, "") === difference.without,
  },
  {
    name: "marker",
    text: "our marker where pytest lists those there are",
    covers: (difference) => difference.with.replace(MARKER, "") === difference.without,
  },
  {
    name: "hook-frames",
    text: "frames of pluggy, for one more plugin that wraps the setup of fixtures, in the raw traceback of one that raised",
    covers: (difference) => difference.with.replace(HOOK_FRAME, "") === difference.without.replace(HOOK_FRAME, ""),
  },
];

/** The name of what explains a difference; null for one that nobody knows. */
export function explain(difference: Difference): Explanation | null {
  return EXPLANATIONS.find(({ covers }) => covers(difference)) ?? null;
}
