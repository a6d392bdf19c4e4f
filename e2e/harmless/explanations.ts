import type { Difference } from "./compare.ts";

/** The two texts of a difference. */
type Sides = Pick<Difference, "without" | "with">;

/** A difference that is known and meant. */
export interface Explanation {
  readonly name: string;
  /** What to read in the table about it. */
  readonly text: string;
  /** Gives the sides without it; they are the same then where this is all there is to a difference. */
  readonly takeOut: (sides: Sides) => Sides;
}

/** Takes what these patterns match out of both sides. */
function takesOut(...patterns: readonly RegExp[]): Explanation["takeOut"] {
  const reduce = (text: string): string => patterns.reduce((rest, pattern) => rest.replace(pattern, ""), text);
  return (sides) => ({ without: reduce(sides.without), with: reduce(sides.with) });
}

/** Where an entry of a traceback begins, but for the first, as pytest prints it. */
const ENTRY = /^(?=(?:_ )+_?\n)/m;

/** The arguments of a function, which pytest prints at the top of its entry. */
const ARGUMENTS = /^((?:_ )+_?\n\n)\w+ = .*\n(?:.+\n)*\n/;

/** Takes the arguments out of entries that have none when watched, and are the same otherwise. */
function takeOutEmptied({ without, with: watched }: Sides): Sides {
  const ours = watched.split(ENTRY);
  const theirs = without.split(ENTRY);
  if (ours.length !== theirs.length) return { without, with: watched };
  const reduced = theirs.map((entry, index) => {
    const emptied = entry.replace(ARGUMENTS, "$1");
    return emptied === ours[index] ? emptied : entry;
  });
  return { without: reduced.join(""), with: watched };
}

export const EXPLANATIONS: readonly Explanation[] = [
  {
    name: "cleanup-lines",
    text: "the lines that say what was cleaned after a test, which are the earlier system's, and headings that pytest prints for them",
    takeOut: takesOut(
      /^.*(CLEANUP: (Starting post-test cleanup|Running garbage collection|Clearing program cache|Requesting buffer dump).*|✓ (Program cache cleared|Post-test cleanup complete|Buffer dump requested).*)\n?/gm,
      // Their heading, where no other line is below it: another begins, or an empty line, or the text ends.
      /^-+ Captured stderr teardown -+\n(?=[-=_\n]|$(?!\n))/gm,
      // The test's, which pytest prints of one that passed for what it captured alone.
      /^_+ \S+ _+\n(?=[=_]+ |-+ generated )/gm,
    ),
  },
  {
    name: "emptied-frames",
    text: "the arguments of a function, where an exception fails a second test: its frames are emptied once the first failure is reported, which frees tensors",
    takeOut: takeOutEmptied,
  },
  {
    name: "freed-descriptors",
    text: "the file descriptor that pexpect shows: what such frames held is closed with them, and a later test gets its number",
    takeOut: takesOut(/^(?:E +)?child_fd: \d+\n?/gm),
  },
  {
    name: "fixture-name",
    text: "the name of our fixture where pytest lists those there are",
    takeOut: takesOut(/clear_program_cache_after_test, /g),
  },
  {
    name: "marker",
    text: "our marker where pytest lists those there are",
    takeOut: takesOut(/^@pytest\.mark\.memwatch\(.*\n\n/gm),
  },
  {
    name: "help",
    text: "our options in the help of pytest",
    takeOut: takesOut(
      /\ndevice memory left behind by tests \(tt-memwatch\):\n(?: {2}.*\n)+/g,
      /^ {2}memwatch_\w+ .*\n(?: {10,}.*\n)*/gm,
    ),
  },
];

/** The names of what explains a difference; null for one that nobody knows. */
export function explain(difference: Difference): readonly string[] | null {
  const one = EXPLANATIONS.find(({ takeOut }) => areEqual(takeOut(difference)));
  if (one !== undefined) return [one.name];
  const names: string[] = [];
  let sides: Sides = difference;
  for (const { name, takeOut } of EXPLANATIONS) {
    const rest = takeOut(sides);
    if (rest.with !== sides.with || rest.without !== sides.without) names.push(name);
    sides = rest;
  }
  return areEqual(sides) ? names : null;
}

function areEqual(sides: Sides): boolean {
  return sides.with.trim() === sides.without.trim();
}
