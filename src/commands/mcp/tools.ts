import * as z from "zod";
import { NO_TOLERANCE } from "../../core/known/tolerance.ts";
import type { Comparison } from "../../core/model/comparison.ts";
import { FINDING_STATES } from "../../core/model/history.ts";
import { ALL_RUNS } from "../../out/store/run-filter.ts";
import { showHistory } from "../history/history-actions.ts";
import type { HistoryPlace } from "../history/history-place.ts";
import type { Io } from "../io.ts";
import { compareNamed } from "../known/diff.ts";
import { type Answer, pageOf } from "./answer.ts";
import { isLive, liveSnapshot } from "./find-live-run.ts";
import { liveCauses, liveWhyHeld, notOfLive } from "./live-tools.ts";
import { AskedRuns } from "./open-run.ts";
import {
  CausesInput,
  causes,
  FindingsInput,
  findings,
  OutOfMemoryInput,
  outOfMemory,
  PAGE,
  RUN,
  WhyHeldInput,
  whyHeld,
} from "./run-tools.ts";

/** Runs of the history that one question goes through. */
const HISTORY_RUNS_MAX = 1_000;

/** A question that an assistant can ask; it changes nothing. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodObject;
  /** Throws UsageError where it cannot be answered: what is wrong, and what to do. */
  readonly answer: (input: unknown) => Promise<Answer>;
}

const DiffInput = z.object({
  before: RUN.describe("The earlier run: a recording, a report, last, last-green, branch:NAME or run:ID."),
  after: RUN.describe("The later run, named in the same way."),
  ...PAGE,
  same: z.boolean().default(false).describe("Also list what did not change."),
});

const HistoryInput = z.object({
  what: z
    .enum(["runs", "findings", "test"])
    .describe(
      "runs: the stored runs; findings: by signature, whether new, known, came-back or fixed; test: one test over the runs.",
    ),
  ...PAGE,
  test: z.string().optional().describe("The test, by its node id."),
  branch: z.string().optional().describe("Only runs of this branch."),
  states: z.array(z.enum(FINDING_STATES)).optional().describe("Of what findings: only these."),
});

/** In the order in which they are listed. `place`: where the history is, asked for only where it is needed. */
export function toolsOf(place: () => HistoryPlace, io: Io): readonly Tool[] {
  return [...toolsOfRuns(new AskedRuns(place, io), io), ...toolsOverRuns(place, io)];
}

function toolsOfRuns(runs: AskedRuns, io: Io): readonly Tool[] {
  return [
    tool(
      "causes",
      "What to fix, once for all findings that one line allocated and one object holds: how much, which tests, where it was allocated, what holds it. Begin here.",
      CausesInput,
      async (input) => {
        if (isLive(input.run)) return liveCauses(await liveSnapshot(input.run, io), input);
        return causes(await runs.open(input.run), input);
      },
    ),
    tool(
      "findings",
      "Each verdict on what one test left on one device in one memory type, gravest first.",
      FindingsInput,
      async (input) => {
        if (isLive(input.run)) throw notOfLive(input.run, "findings are listed by cause only");
        return findings(await runs.open(input.run), input);
      },
    ),
    tool(
      "why_held",
      "Why the memory of a test, a signature or a cause is still there: the evidence, the paths that hold it, each buffer with its stack.",
      WhyHeldInput,
      async (input) => {
        if (isLive(input.run)) return liveWhyHeld(await liveSnapshot(input.run, io), input);
        return whyHeld(await runs.open(input.run), input);
      },
    ),
    tool(
      "out_of_memory",
      "Allocations that failed and programs whose circular buffers clashed with L1 buffers: how much was free, whose buffers were live, and which of them had to be freed to make room.",
      OutOfMemoryInput,
      async (input) => {
        if (isLive(input.run)) throw notOfLive(input.run, "it does not list memory that ran out");
        return outOfMemory(await runs.open(input.run), input);
      },
    ),
  ];
}

function toolsOverRuns(place: () => HistoryPlace, io: Io): readonly Tool[] {
  return [
    tool(
      "diff",
      "What two runs left, compared by signature: new, grew, shrank, gone, not-checked.",
      DiffInput,
      async ({ before, after, same, ...page }) => {
        const { comparison } = await compareNamed(before, after, NO_TOLERANCE, place, io);
        const { leftovers, ...heads } = comparison;
        const changed = same ? leftovers : leftovers.filter(({ change }) => change !== "same");
        return pageOf({ ...heads, changes: countChanges(comparison) }, "leftovers", changed, page);
      },
    ),
    tool(
      "history",
      "What is stored of earlier runs: since when a finding exists, whether it came back, what a test left over the runs.",
      HistoryInput,
      (input) => history(input, place()),
    ),
  ];
}

function countChanges({ leftovers }: Comparison): object {
  const groups = Map.groupBy(leftovers, ({ change }) => change);
  return Object.fromEntries([...groups].map(([change, all]) => [change, all.length]));
}

function tool<Input extends z.ZodObject>(
  name: string,
  description: string,
  input: Input,
  answer: (input: z.output<Input>) => Promise<Answer>,
): Tool {
  return { name, description, input, answer: (given) => answer(input.parse(given)) };
}

async function history(
  { what, test, branch, states, ...page }: z.output<typeof HistoryInput>,
  place: HistoryPlace,
): Promise<Answer> {
  const { json } = await showHistory(what, {
    place,
    operand: test ?? null,
    filter: { ...ALL_RUNS, branch: branch ?? null },
    states: new Set(states ?? FINDING_STATES),
    limit: HISTORY_RUNS_MAX,
    keepDays: null,
    keepBytes: null,
    isJson: true,
  });
  const { runs, findings: found, ...rest } = Listed.parse(json);
  const key = what === "findings" ? "findings" : "runs";
  return pageOf({ what, ...rest }, key, (what === "findings" ? found : runs) ?? [], page);
}

/** What `history --json` prints. */
const Listed = z.looseObject({ runs: z.array(z.unknown()).optional(), findings: z.array(z.unknown()).optional() });
