import { styleText } from "node:util";
import { count } from "../../core/base/count.ts";
import { printable } from "../../core/base/printable.ts";
import { type Check, PARTS, type Part } from "./check.ts";
import { type Cost, isAllRight, type SelftestOutcome } from "./selftest-outcome.ts";

const MARKS = { right: "✓", note: "·", wrong: "✗" } as const;
const STYLES = { right: "green", note: "dim", wrong: "red" } as const;

/** Wrong checks that are listed of each part. */
const LISTED_MAX = 5;

/** Of a build's number in the line to paste. */
const BUILD_CHARACTERS = 16;

/** What was looked at, and what is left where it is wrong. */
const WORDS: Readonly<Record<Part, { readonly what: string; readonly without: string }>> = {
  suite: { what: "tests ran to their end", without: "nothing can be said of what did not run" },
  verdicts: { what: "verdicts as planted", without: "do not act on a verdict here before --confirm has said the same" },
  bytes: { what: "sizes equal to the byte", without: "sizes cannot be trusted here" },
  lines: { what: "lines that allocated", without: "a finding may name another line, or none" },
  holders: { what: "holders", without: "a finding may not name what holds its memory" },
  innocent: { what: "innocent tests without a finding", without: "a test may be blamed that left nothing" },
  tracer: { what: "checks of the tracer", without: "--tracer=off measures without it" },
  lists: { what: "lists equal to ttnn's own", without: "--tracer=off measures without the tracer" },
  hooks: { what: "functions of ttnn that have to be followed", without: "--tracer=off measures without the tracer" },
};

/** The table, what is wrong, and the line to paste into a report. */
export function selftestText(outcome: SelftestOutcome, isColored: boolean): string {
  const parts = PARTS.flatMap((part) => partLines(part, outcome, isColored));
  const cost = `${mark("note", isColored)} ${costText(outcome.cost)}`;
  const lines = [...parts, cost, "", ...leftLines(outcome), ...fateLines(outcome), selftestLine(outcome)];
  return `${lines.join("\n")}\n`;
}

function partLines(part: Part, { checks, lists, missingHooks }: SelftestOutcome, isColored: boolean): string[] {
  const ofPart = checks.filter((check) => check.part === part);
  if (ofPart.length === 0) return [];
  const wrong = ofPart.filter(({ isRight }) => !isRight);
  const [right, all] = part === "lists" ? [lists.equal, lists.compared] : [ofPart.length - wrong.length, ofPart.length];
  const total = `${mark(wrong.length === 0 ? "right" : "wrong", isColored)} ${right} of ${all} ${WORDS[part].what}`;
  const notes = part === "hooks" ? missingHooks.map((text) => `    not followed: ${text}`) : [];
  return [total, ...wrong.slice(0, LISTED_MAX).map(wrongLine), ...more(wrong), ...notes];
}

function wrongLine({ name, wanted, got }: Check): string {
  return `    ${name}: wanted ${printable(wanted)}, got ${printable(got)}`;
}

function more(wrong: readonly Check[]): string[] {
  return wrong.length > LISTED_MAX ? [`    and ${wrong.length - LISTED_MAX} more: see --json`] : [];
}

function leftLines({ checks, withoutTracer }: SelftestOutcome): string[] {
  const wrong = PARTS.filter((part) => checks.some((check) => check.part === part && !check.isRight));
  if (wrong.length === 0) return [];
  const lines = wrong.map((part) => `${part} ${part.endsWith("s") ? "are" : "is"} off: ${WORDS[part].without}`);
  return [...lines, ...withoutLine(withoutTracer), ""];
}

function withoutLine(checks: readonly Check[] | null): string[] {
  if (checks === null) return [];
  const wrong = checks.filter(({ isRight }) => !isRight);
  const right = `without the tracer (--tracer=off) ${checks.length - wrong.length} of ${checks.length} checks are right`;
  const parts = [...new Set(wrong.map(({ part }) => part))];
  return [wrong.length === 0 ? right : `${right}; wrong are ${parts.join(", ")}`];
}

function fateLines({ build, facts, warnings }: SelftestOutcome): string[] {
  const said = {
    listed: [],
    remembered: [`This build of ttnn ${facts.ttnn} is remembered: its allocations are traced from now on.`, ""],
    forgotten: [
      `This build of ttnn ${facts.ttnn} is not remembered any more: it is traced with --tracer=force only.`,
      "",
    ],
    "not-remembered": [],
  }[build];
  return [...warnings.map((warning) => `tt-memwatch: ${warning}`), ...said];
}

/** One line that says all of it, for a bug report. */
export function selftestLine(outcome: SelftestOutcome): string {
  const { engine, facts, mock, isSlowDispatch, checks, lists } = outcome;
  const wrong = PARTS.filter((part) => checks.some((check) => check.part === part && !check.isRight));
  const right = checks.filter(({ isRight }) => isRight).length;
  return [
    `tt-memwatch ${engine} selftest: ${isAllRight(outcome) ? "all right" : `WRONG: ${wrong.join(", ")}`}`,
    `${right} of ${count(checks.length, "check")}`,
    `${lists.equal} of ${count(lists.compared, "list")}`,
    `ttnn ${facts.ttnn} ${buildText(facts.build)}`,
    `Python ${facts.python}`,
    `${facts.devices} x ${facts.arch}${mock === null ? "" : ` (mock ${mock})`}`,
    ...(isSlowDispatch ? ["slow dispatch"] : []),
    costText(outcome.cost),
  ]
    .map(printable)
    .join(" | ");
}

function buildText(build: string | null): string {
  if (build === null) return "of an unknown build";
  const [kind = "", number = ""] = build.split(":");
  return `${kind}:${number.slice(0, BUILD_CHARACTERS)}`;
}

/** Of the quickest round of each kind: the others waited for something else. */
function costText({ bareMs, watchedMs }: Cost): string {
  if (bareMs.length === 0 || watchedMs.length === 0) return "cost not measured";
  const [bare, watched] = [Math.min(...bareMs), Math.min(...watchedMs)];
  return `${bare.toFixed(1)} ms a short test, ${watched.toFixed(1)} ms watched`;
}

function mark(state: keyof typeof MARKS, isColored: boolean): string {
  return isColored ? styleText(STYLES[state], MARKS[state], { validateStream: false }) : MARKS[state];
}
