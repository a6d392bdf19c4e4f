import type { Finding, Verdict } from "./finding.ts";

/** What made and holds the memory of one or more findings: what has to be fixed once. */
export interface Cause {
  /** Names it in one report, and again in that of another run as long as neither line nor holder changes. */
  readonly id: string;
  /** In the order given; at least one. */
  readonly findings: readonly Finding[];
  /** Held the same by all, with `*` in brackets where they differ; null: nothing is known to hold it. */
  readonly holder: string | null;
  readonly sizeBytes: number;
}

/** What a path varies in: indices and keys. */
const IN_BRACKETS = /\[(?:[^[\]"'\\]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*\]/g;

/** Verdicts on tests of which nothing is known. */
const UNMEASURED: ReadonlySet<Verdict> = new Set(["bad-mark", "not-checked"]);

/** Verdicts on what each test needed at its worst: their sizes have no sum. */
export const UNSUMMED: ReadonlySet<string> = new Set(["over-limit"]);

/** What of a finding its cause follows from. */
type CauseFacts = Pick<Finding, "verdict" | "memoryType" | "fixture" | "origin" | "holders" | "evidence">;

/**
 * The cause of a finding: verdict, memory type, the line and operation that allocated it, and who holds it, whatever the
 * index or key. A finding of which neither line nor holder is known is a cause of its own with those of the same evidence.
 */
export function causeIdOf({ verdict, memoryType, fixture, origin, holders, evidence }: CauseFacts): string {
  // Why a test was not measured has nothing to do with what it left.
  if (UNMEASURED.has(verdict)) return [verdict, evidence].join(" | ");
  const [holder] = holders;
  const line = origin === null ? null : `${origin.operation ?? ""} ${origin.file}:${origin.line}`;
  const known = [line, holder === undefined ? null : generalised(holder)].filter((part) => part !== null);
  const what = known.length === 0 ? [fixture?.name ?? "", evidence] : known;
  return [verdict, memoryType ?? "", ...what].join(" | ");
}

/** `_KV_CACHE['kv'][0]` as `_KV_CACHE[*][*]`. */
export function generalised(holder: string): string {
  return holder.replaceAll(IN_BRACKETS, "[*]");
}

/** Findings of one cause that are reported together rather than one by one. */
const FINDINGS_OF_CAUSE_MIN = 4;

/**
 * The findings as they are reported: those that have a line or a holder in common with several others as one cause, in the
 * place of the first of them, and each of the others by itself.
 */
export function causesAndOthers(findings: readonly Finding[]): readonly (Cause | Finding)[] {
  const causes = new Map(
    causesOf(findings)
      .filter(isOneCause)
      .flatMap((cause) => cause.findings.map((finding) => [finding, cause] as const)),
  );
  return [...new Set(findings.map((finding) => causes.get(finding) ?? finding))];
}

/** What is not known to have a line or a holder in common has only its sentence in common. */
function isOneCause({ findings }: Cause): boolean {
  const [first] = findings;
  if (first === undefined || UNMEASURED.has(first.verdict) || UNSUMMED.has(first.verdict)) return false;
  return findings.length >= FINDINGS_OF_CAUSE_MIN && (first.origin !== null || first.holders.length > 0);
}

/** Findings by their cause, what fails apart from what does not, in the order in which each cause comes first. */
export function causesOf(findings: readonly Finding[]): readonly Cause[] {
  const groups = Map.groupBy(findings, (finding) => `${finding.fails} ${causeIdOf(finding)}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const sizeBytes = group.reduce((sum, finding) => sum + finding.sizeBytes, 0);
    return [{ id: causeIdOf(first), findings: group, holder: holderOf(group), sizeBytes }];
  });
}

function holderOf(findings: readonly Finding[]): string | null {
  const holders = findings.flatMap(({ holders: [holder] }) => (holder === undefined ? [] : [holder]));
  const [first] = holders;
  if (first === undefined) return null;
  return holders.every((holder) => holder === first) ? first : generalised(first);
}
