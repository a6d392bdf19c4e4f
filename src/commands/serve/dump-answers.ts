import type { ServerBooks } from "../../core/ledger/server/server-books.ts";
import { type DumpRequest, dumpSteps } from "../../core/ledger/server/walk-entries.ts";
import type { Rules } from "../../core/model/rules.ts";
import type { EndedProcess } from "../../core/model/server-view.ts";
import { BooksTally } from "../../core/verdicts/books-tally.ts";
import { judgeBooks, type NewSizes, newSizesOf } from "../../core/verdicts/judge-books.ts";
import { SourceTally } from "../../core/verdicts/source-differences.ts";
import type { ServerAnswer, Sources } from "../../in/wire/server-requests.ts";
import { inSlices } from "../work-in-slices.ts";
import type { RegionEvidence } from "./region-evidence.ts";
import { bufferAnswer, doubleFreedAnswer, endedAnswer, findingAnswer, groupAnswer } from "./server-answers.ts";
import type { TracedProcesses } from "./traced-processes.ts";

/** Comparisons with one baseline that are remembered. */
const COMPARISONS_MAX = 100;

/** A moment, and what was new since it each time somebody asked. */
export interface ServerBaseline {
  /** Number of the newest allocation at the time. */
  readonly births: number;
  /** Processes that had ended by then. */
  readonly ended: number;
  comparisons: readonly NewSizes[];
}

/** What of the books is asked for. */
export interface DumpQuestion {
  /** Largest group whose buffers are listed; null: all are. */
  readonly listedMax: number | null;
  /** Null: all that is live. */
  readonly since: ServerBaseline | null;
  readonly sources: Sources;
}

/** Whose books are dumped: a server's, or those of a recording. */
export interface DumpSource {
  /** What processes sent in frames whose rings are followed; null in --compat. */
  readonly shadow: ServerBooks | null;
  /** null: nothing is known of regions. */
  readonly regions: RegionEvidence | null;
  readonly traced: Pick<TracedProcesses, "list">;
  /** What processes that ended left, without the first `ended` of all. */
  atExit(ended: number): readonly EndedProcess[];
}

/** The dump in answers, a portion at a time: buffers, groups, findings, what is not known, and what ended processes left. */
export async function* dumpAnswers(
  server: DumpSource,
  books: ServerBooks,
  { listedMax, since, sources }: DumpQuestion,
  rules: Rules,
): AsyncGenerator<readonly ServerAnswer[], void, void> {
  const tally = new BooksTally(rules.refCountMax);
  // Differences are of all that is live, not of what is new.
  const isAll = since === null && sources === "all";
  const look = isAll ? server.regions?.begin() : undefined;
  const hasShadow = since === null && (server.shadow?.live ?? 0) > 0;
  const bySource = hasShadow || (look?.size ?? 0) > 0 ? new SourceTally() : null;
  const ask = { since: since?.births ?? 0, listedMax: listedMax ?? 0, isEach: true, hasHistories: false, sources };
  const slices = inSlices(dumpSteps(books, ask));
  let step = await slices.next();
  for (; !step.done; step = await slices.next()) {
    tally.add(step.value);
    bySource?.addRecorded(step.value);
    if (listedMax === null) yield step.value.map((buffer) => bufferAnswer(buffer, buffer));
  }
  if (bySource !== null && hasShadow) await addSent(server, bySource, ask);
  const { total, groups, doubleFreed } = step.value;
  const tallies = tally.tallies();
  const ended = server.atExit(since?.ended ?? 0).filter(({ isTraced }) => sources === "all" || !isTraced);
  if (since !== null) since.comparisons = [...since.comparisons, newSizesOf(tallies)].slice(-COMPARISONS_MAX);
  const comparisons = since?.comparisons ?? null;
  const byRegion = look === undefined ? [] : server.regions?.end(look, (pid) => bySource?.recordedOf(pid) ?? []);
  const differences = [...(bySource?.differences() ?? []), ...(byRegion ?? [])];
  yield [
    ...groups.flatMap((group) => group.listed.map((buffer) => bufferAnswer(group, buffer))),
    ...groups.map(groupAnswer),
    ...judgeBooks({ tallies, comparisons, ended, differences }, rules).map(findingAnswer),
    ...(since === null ? doubleFreed.map(doubleFreedAnswer) : []),
    ...unsure(server.traced),
    ...ended.map((process) => ({ kind: "at-exit", ...endedAnswer(process) }) as const),
    { kind: "end", live: total },
  ];
}

/** What was sent by processes whose rings are followed. */
async function addSent({ shadow }: DumpSource, tally: SourceTally, ask: DumpRequest): Promise<void> {
  if (shadow === null) return;
  for await (const portion of inSlices(dumpSteps(shadow, { ...ask, sources: "all" }))) tally.addSent(portion);
}

/** Processes of which records are missing, or all that they do. */
function unsure(traced: DumpSource["traced"]): readonly ServerAnswer[] {
  const statuses = traced.list().filter(({ state, missed, lost }) => state === "failed" || missed + lost > 0);
  return statuses.map((status) => ({ kind: "traced", ...status }));
}
