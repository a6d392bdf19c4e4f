import { firstOf } from "../../../core/base/first-of.ts";
import type { Finding, FindingBuffer } from "../../../core/model/finding.ts";
import { type Cause, causesOf, UNSUMMED } from "../../../core/model/group-by-cause.ts";
import { rateText } from "../../../core/model/growth-rate.ts";
import type { RunHistory } from "../../../core/model/history.ts";
import { historyKey } from "../../../core/model/history-key.ts";
import { isLeftBehind } from "../../../core/model/left-behind.ts";
import type { PageBuffer, PageCause, PageData, PageFact, PageFinding } from "../../../core/model/page.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import {
  birthplaceOf,
  buffersOf,
  describeTensor,
  devicesOf,
  growthOf,
  insideOf,
  knownOf,
  subjectOf,
  subtestsOf,
} from "../finding-words.ts";
import { orderFindings } from "../group-by-verdict.ts";
import { pagePlace, placeText } from "./page-place.ts";

/** A page above this many findings is slow to open and read by nobody; the JSON report has all. */
export const FINDINGS_MAX = 2000;
/** Of one finding. */
export const BUFFERS_MAX = 100;
const STACK_MAX = 40;

/** The causes and findings of a page; `tests`: index of each test that is on it, by `testKey`. */
export function pageFindings(
  { findings }: RunReport,
  tests: ReadonlyMap<string, number>,
  history: RunHistory | null,
): Pick<PageData, "causes" | "findings" | "moreFindings"> {
  const ordered = orderFindings(findings).toSorted((a, b) => Number(b.fails) - Number(a.fails));
  const shown = ordered.slice(0, FINDINGS_MAX);
  const indices = new Map(shown.map((finding, index) => [finding, index]));
  const causes = causesOf(ordered).map((cause) => pageCause(cause, indices));
  return {
    causes: causes.filter(({ findings: own }) => own.length > 0).toSorted(gravestFirst),
    findings: shown.map((finding) => pageFinding(finding, tests, history)),
    moreFindings: ordered.length - shown.length,
  };
}

/** Names an attempt of a test. */
export function testKey({ test, attempt }: { readonly test: string | null; readonly attempt: number }): string {
  return `${attempt} ${test}`;
}

function gravestFirst(a: PageCause, b: PageCause): number {
  return Number(b.fails) - Number(a.fails) || (a.fails ? b.sizeBytes - a.sizeBytes : 0);
}

function pageCause(cause: Cause, indices: ReadonlyMap<Finding, number>): PageCause {
  const [first] = cause.findings;
  if (first === undefined) throw new Error("a cause has a finding");
  const { verdict, fails, memoryType, origin } = first;
  const place = pagePlace(origin);
  return {
    id: cause.id,
    verdict,
    fails,
    memoryType,
    sizeBytes: UNSUMMED.has(verdict) ? 0 : cause.sizeBytes,
    title: place === null ? subjectOf(first) : placeText(place),
    place,
    holder: cause.holder,
    findings: cause.findings.flatMap((finding) => indices.get(finding) ?? []),
    count: cause.findings.length,
  };
}

function pageFinding(finding: Finding, tests: ReadonlyMap<string, number>, history: RunHistory | null): PageFinding {
  const { verdict, fails, device, memoryType, sizeBytes, evidence, holders, repeats, buffers } = finding;
  const shown = firstOf(buffers, BUFFERS_MAX);
  return {
    verdict,
    fails,
    subject: subjectOf(finding),
    nodeId: finding.test,
    attempt: finding.attempt,
    test: tests.get(testKey(finding)) ?? null,
    device,
    devices: devicesOf(finding),
    memoryType,
    sizeBytes,
    growth: growthOf(finding),
    evidence,
    facts: factsOf(finding),
    place: pagePlace(finding.origin),
    holders,
    signature: finding.signature,
    earlierSignatures: finding.earlierSignatures,
    history: isLeftBehind(finding)
      ? (history?.signatures.get(historyKey(finding.signature, finding.test)) ?? null)
      : null,
    repeats,
    buffers: shown.map(pageBuffer),
    moreBuffers: buffers.length - shown.length,
    stack: (buffers.find(({ allocated }) => (allocated?.stack.length ?? 0) > 0)?.allocated?.stack ?? []).slice(
      0,
      STACK_MAX,
    ),
  };
}

function factsOf(finding: Finding): readonly PageFact[] {
  const known = knownOf(finding);
  const places = [birthplaceOf(finding), subtestsOf(finding), ...insideOf(finding)].filter((text) => text !== null);
  const parts: readonly (readonly [name: string, text: string | null])[] = [
    [finding.known === null ? "baseline" : "known", known?.replace(/^\w+ +/, "") ?? null],
    ["buffers", buffersOf(finding)],
    ["size", sizeOf(finding)],
    ["where", places.length === 0 ? null : places.join("; ")],
    ["grows by", finding.growsBy === null ? null : rateText(finding.growsBy, "repeat")],
  ];
  return parts.flatMap(([name, text]) => (text === null ? [] : [{ name, text }]));
}

function sizeOf({ sizeBytes, bytesPerBank, banks, chips }: Finding): string | null {
  if (sizeBytes === 0) return null;
  const each = chips.length > 1 ? " on each chip" : "";
  // The peak of a test is known in all, not by bank.
  if (banks === 0) return `${exact(sizeBytes)} bytes${each}`;
  return `${exact(sizeBytes)} bytes${each} = ${exact(bytesPerBank)} bytes per bank x ${exact(banks)} bank${banks === 1 ? "" : "s"}`;
}

/** With thousands separated, in the same way everywhere. */
function exact(amount: number): string {
  return amount.toLocaleString("en-US");
}

function pageBuffer({ address, sizeBytes, tensor }: FindingBuffer): PageBuffer {
  return {
    address: `0x${address.toString(16)}`,
    sizeBytes,
    tensor: tensor === null ? null : describeTensor(tensor),
  };
}
