import * as z from "zod";
import { UsageError } from "../../core/base/usage-error.ts";
import { UNSUMMED } from "../../core/model/group-by-cause.ts";
import { namedTest, severalText } from "../../core/model/named-test.ts";
import { type Answer, PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX, pageOf } from "./answer.ts";
import type { AskedFinding, AskedRun } from "./asked-run.ts";

export const PAGE = {
  offset: z.int().min(0).default(0).describe("How many to skip: `next` of the previous answer."),
  limit: z.int().min(1).max(PAGE_ITEMS_MAX).default(PAGE_ITEMS_DEFAULT).describe("At most so many."),
};

export const RUN = z
  .string()
  .min(1)
  .describe(
    "A recording (run --record FILE), a report (run --json FILE), a run of the history (last, last-green, branch:NAME, run:ID), or live for what runs now (live:PID where several do).",
  );

export const FindingsInput = z.object({
  run: RUN,
  ...PAGE,
  failing: z.boolean().default(false).describe("Only those that make the run fail."),
  verdict: z.string().optional().describe("Only these, such as leak."),
  test: z.string().optional().describe("Only of this test, by its node id."),
});

export const CausesInput = z.object({
  run: RUN,
  ...PAGE,
  failing: z.boolean().default(false).describe("Only those that make the run fail."),
});

export const WhyHeldInput = z.object({
  run: RUN,
  ...PAGE,
  test: z.string().optional().describe("The test that left the memory, by its node id."),
  signature: z.string().optional().describe("Signature of a finding."),
  cause: z.string().optional().describe("The id of a cause."),
});

export const OutOfMemoryInput = z.object({
  run: RUN,
  ...PAGE,
  test: z.string().optional().describe("Only of this test."),
});

/** What an answer says of the run. */
function headOf({ name, command, startedAt, findings, lacks }: AskedRun): object {
  const failing = findings.filter(({ fails }) => fails).length;
  const about = {
    run: name,
    command: command.join(" "),
    startedAt,
    findingsInAll: findings.length,
    failingInAll: failing,
  };
  return lacks.length === 0 ? about : { ...about, lacks };
}

export function findings(run: AskedRun, { failing, verdict, test, ...page }: z.output<typeof FindingsInput>): Answer {
  const of = test === undefined ? null : testIn(run, test);
  const wanted = run.findings.filter(
    (finding) =>
      (!failing || finding.fails) &&
      (verdict === undefined || finding.verdict === verdict) &&
      (of === null || finding.test === of),
  );
  return pageOf(headOf(run), "findings", wanted.map(briefly), page);
}

export function causes(run: AskedRun, { failing, ...page }: z.output<typeof CausesInput>): Answer {
  const wanted = run.findings.filter(({ fails }) => fails || !failing);
  const groups = Map.groupBy(wanted, ({ fails, cause }) => `${fails} ${cause}`);
  return pageOf(headOf(run), "causes", [...groups.values()].map(causeOf), page);
}

function causeOf(group: readonly AskedFinding[]): unknown {
  const [first] = group;
  if (first === undefined) return null;
  const { cause, verdict, fails, memoryType, origin, holders, evidence } = first;
  const sizes = group.map((finding) => finding.sizeBytes);
  // What each test needed at its worst has no sum.
  const sizeBytes = UNSUMMED.has(first.verdict) ? Math.max(...sizes) : sizes.reduce((sum, size) => sum + size, 0);
  const tests = [...new Set(group.flatMap(({ test }) => (test === null ? [] : [test])))];
  const signatures = [...new Set(group.map(({ signature }) => signature))];
  const about = { verdict, fails, memoryType, sizeBytes, findings: group.length };
  return { cause, ...about, origin, holder: holders[0] ?? null, evidence, tests, signatures };
}

export function whyHeld(run: AskedRun, { test, signature, cause, ...page }: z.output<typeof WhyHeldInput>): Answer {
  if ([test, signature, cause].every((each) => each === undefined)) {
    throw new UsageError("name what is held: a test, a signature or a cause, as findings and causes list them");
  }
  const of = test === undefined ? null : testIn(run, test);
  const wanted = run.findings.filter(
    (finding) =>
      (of === null || finding.test === of) &&
      (signature === undefined || finding.signature === signature) &&
      (cause === undefined || finding.cause === cause),
  );
  if (wanted.length === 0) throw new UsageError(`${run.name} has no such finding; ask findings or causes what it has`);
  return pageOf(headOf(run), "held", wanted, page);
}

export function outOfMemory(run: AskedRun, { test, ...page }: z.output<typeof OutOfMemoryInput>): Answer {
  const { shortages } = run;
  if (shortages === null) {
    throw new UsageError(
      `${run.name}: the history keeps nothing of memory that ran out; name the run's recording or report`,
    );
  }
  const wanted = test === undefined ? shortages : shortages.filter(({ shortage }) => isOf(shortage, test));
  return pageOf(headOf(run), "shortages", wanted, page);
}

function isOf(shortage: unknown, test: string): boolean {
  return shortage instanceof Object && "test" in shortage && shortage.test === test;
}

/** Without each buffer. */
function briefly({ verdict, fails, test, attempt, device, memoryType, sizeBytes, ...more }: AskedFinding): unknown {
  const { buffers, origin, holders, evidence, signature, cause } = more;
  const about = { verdict, fails, test, attempt, device, memoryType, sizeBytes };
  const count = typeof buffers === "number" ? buffers : buffers.length;
  return { ...about, buffers: count, origin, holders, evidence, signature, cause };
}

/** The test that is meant, where the run has it by another path of the same file. */
function testIn({ name, findings }: AskedRun, test: string): string {
  const named = namedTest(test, new Set(findings.flatMap((finding) => (finding.test === null ? [] : [finding.test]))));
  if (named.kind === "one") return named.test;
  if (named.kind === "several") throw new UsageError(`${test} could be ${severalText(named.tests)}`);
  throw new UsageError(`${name} has no finding of ${test}`);
}
