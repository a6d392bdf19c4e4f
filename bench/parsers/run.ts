/**
 * Whether each parser of what comes from outside takes time in proportion to what it is given: its worst input known at
 * a size, and at twice and four times that. A ratio far above 2 would be a parser that somebody can keep busy.
 *
 * node bench/parsers/run.ts
 */
import { markdownTable } from "markdown-table";
import { matchesGlob } from "../../src/core/base/glob.ts";
import { parseStacks } from "../../src/in/regions/ring-stacks.ts";
import { defaultRules, parseRules } from "../../src/in/rules/rules-file.ts";
import { LINE_BYTES_MAX, LineFraming } from "../../src/in/wire/line-framing.ts";
import { decodeLine } from "../../src/in/wire/plugin-protocol.ts";

const ROUNDS = 5;

interface Parser {
  readonly name: string;
  readonly size: number;
  /** Makes an input of a size; what is timed is what it gives. */
  readonly prepare: (size: number) => () => unknown;
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // Refusing takes time as well.
  }
}

const PARSERS: readonly Parser[] = [
  {
    name: "rules with unknown keys",
    size: 10_000,
    prepare: (size) => {
      const text = Array.from({ length: size }, (_, number) => `k${number} = 1\n`).join("");
      const defaults = defaultRules();
      return () => parseRules(text, "x", defaults);
    },
  },
  {
    name: "a glob with as many stars as a hundredth of the text",
    size: 100_000,
    prepare: (size) => {
      const [text, glob] = ["a".repeat(size), `${"*a".repeat(size / 100)}*b`];
      return () => matchesGlob(glob, text);
    },
  },
  {
    name: "a line byte by byte",
    size: LINE_BYTES_MAX / 4 - 1,
    prepare: (size) => {
      const byte = Buffer.from("x");
      return () => {
        const framing = new LineFraming();
        for (let sent = 0; sent < size; sent += 1) [...framing.push(byte)];
      };
    },
  },
  {
    name: "a plugin's line that is nested",
    size: LINE_BYTES_MAX / 8,
    prepare: (size) => {
      const bytes = Buffer.from("[".repeat(size) + "]".repeat(size));
      return () => decodeLine({ bytes, offset: 0 });
    },
  },
  {
    name: "stacks of a ring",
    size: 200_000,
    prepare: (size) => {
      const entry = Buffer.from(Uint32Array.of(12, 1, 0).buffer);
      const bytes = Buffer.concat(Array.from({ length: size }, () => entry));
      return () => parseStacks(bytes, new Map());
    },
  },
];

/** The fastest of some rounds: what else the machine does only adds. */
function fastestMs(work: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const startMs = performance.now();
    attempt(work);
    return performance.now() - startMs;
  });
  return Math.min(...times);
}

const rows = PARSERS.map(({ name, size, prepare }) => {
  const [one = 0, two = 0, four = 0] = [1, 2, 4].map((times) => fastestMs(prepare(size * times)));
  const ratios = [two / one, four / two].map((ratio) => ratio.toFixed(1));
  return [name, `${size}`, ...[one, two, four].map((ms) => ms.toFixed(1)), ratios.join(", ")];
});
const head = ["input", "size", "ms", "ms at twice", "ms at four times", "ratios (linear: 2)"];
process.stdout.write(`${markdownTable([head, ...rows], { align: ["l", "r", "r", "r", "r", "r"] })}\n`);
