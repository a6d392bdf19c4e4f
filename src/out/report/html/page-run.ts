import { count } from "../../../core/base/count.ts";
import type { PageFact, PageRun } from "../../../core/model/page.ts";
import type { ProcessReport, RunReport } from "../../../core/model/run-report.ts";
import { allocationsLines } from "../allocations.ts";
import { quoteShell } from "../quote-shell.ts";
import { remainingBlock } from "../remaining-block.ts";
import { lostFact, runFacts } from "../run-facts.ts";
import { outcomeOf } from "../run-outcome.ts";
import { hasPassed } from "../shortage-facts.ts";
import { baseFolder } from "../source-place.ts";

/** Facts that stand elsewhere on the page. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(["lost", "refused", "warning", "out of memory", "clash"]);

/** How the run went and how it was made. */
export function pageRun(report: RunReport): PageRun {
  const { run, remaining, allocations } = report;
  const { kind, headline, next, command } = outcomeOf(report);
  return {
    kind,
    headline: [headline, ...ranOut(report)].join("; "),
    next,
    command,
    watched: run.command.map(quoteShell).join(" "),
    recording: null,
    startedAt: run.startedAt,
    durationMs: run.durationMs,
    engine: run.engine,
    rootDir: baseFolder(run),
    exitCode: run.exitCode,
    tests: run.tests,
    facts: runFacts(report)
      .filter(({ name }) => !SHOWN_ELSEWHERE.has(name))
      .flatMap(({ name, text, details = [] }) => [text, ...details].map((line) => ({ name, text: line }))),
    caveats: caveatsOf(report),
    processes: run.processes.map(processRow),
    // That nothing remains would be invented where nothing was measured.
    remaining: run.tests.checked === 0 && remaining.length === 0 ? [] : linesOf(remainingBlock(remaining)),
    allocations: allocations === null ? [] : allocationsLines(allocations),
  };
}

/** How many tests ran out of memory and did not expect it; a repeat is not a test of the run. */
function ranOut({ outOfMemory }: RunReport): readonly string[] {
  const moments = outOfMemory.filter((moment) => moment.repeat === 0 && !hasPassed(moment));
  const tests = new Set(moments.flatMap(({ test }) => test ?? [])).size;
  if (tests > 0) return [`${count(tests, "test")} ran out of memory`];
  return moments.length === 0 ? [] : ["memory ran out outside of tests"];
}

/** What lowers confidence: lost processes, refused connections, warnings. */
function caveatsOf({ run }: RunReport): readonly PageFact[] {
  return [
    ...run.lost.map((each) => ({ name: "lost", text: lostFact(each) })),
    ...run.refused.map((reason) => ({ name: "refused", text: `a connection: ${reason}` })),
    ...run.warnings.map((text) => ({ name: "warning", text })),
  ];
}

function processRow({ pid, worker, role, droppedMessages, end, ...process }: ProcessReport): readonly string[] {
  const dropped = droppedMessages === 0 ? "" : `, ${count(droppedMessages, "message")} dropped`;
  const { pytest, python, ttnn, plugin, clear, rootDir } = process;
  const who = role + (worker === null ? "" : ` ${worker}`);
  return [String(pid), who, pytest, python, ttnn ?? "none", plugin, clear, rootDir, end.replace("-", " ") + dropped];
}

function linesOf(block: string): readonly string[] {
  return block.trim().split("\n");
}
