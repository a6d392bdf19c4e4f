import { firstOf } from "../../../core/base/first-of.ts";
import type { ClashReport, OutOfMemoryReport, OwnerShare } from "../../../core/model/memory-shortage-report.ts";
import type { PageData, PageOwner, PageShortage } from "../../../core/model/page.ts";
import type { RunReport } from "../../../core/model/run-report.ts";
import { hasPassed } from "../shortage-facts.ts";
import { clashDetails, clashHead, nameOf, refusalDetails, refusalHead } from "../shortage-words.ts";
import { pagePlace } from "./page-place.ts";

/** A page has no more; the JSON report has all. */
export const SHORTAGES_MAX = 100;
/** Of one shortage, largest first. */
const OWNERS_MAX = 50;

/** Where memory ran out: tests that failed first, then their repeats, then tests that expected it. `beginNs`: of the timeline; null: there is none. */
export function pageShortages(
  report: RunReport,
  beginNs: number | null,
): Pick<PageData, "shortages" | "moreShortages"> {
  const refusals = report.outOfMemory.map((moment) => refusal(moment, hasPassed(moment), beginNs));
  const all = [...refusals, ...report.clashes.map((moment) => clash(moment, beginNs))].toSorted(
    (a, b) => Number(a.isExpected) - Number(b.isExpected) || Number(a.repeat > 0) - Number(b.repeat > 0),
  );
  const shown = firstOf(all, SHORTAGES_MAX);
  return { shortages: shown, moreShortages: all.length - shown.length };
}

function refusal(moment: OutOfMemoryReport, isExpected: boolean, beginNs: number | null): PageShortage {
  const { test, repeat, pid, device, memoryType, bytesPerBank, room, shortage } = moment;
  return {
    kind: "out-of-memory",
    head: refusalHead(nameOf(moment), moment),
    lines: refusalDetails(moment),
    test,
    repeat,
    isExpected,
    pid,
    atNs: sinceNs(moment, beginNs),
    device,
    memoryType,
    askedBytesPerBank: bytesPerBank,
    room,
    shortage,
    ...pageOwners(moment),
  };
}

function clash(report: ClashReport, beginNs: number | null): PageShortage {
  const { test, repeat, pid, device, regionBytes, room } = report;
  return {
    kind: "clash",
    head: clashHead(report),
    lines: clashDetails(report),
    test,
    repeat,
    isExpected: false,
    pid,
    atNs: sinceNs(report, beginNs),
    device,
    memoryType: "L1",
    askedBytesPerBank: regionBytes,
    room,
    shortage: null,
    ...pageOwners(report),
  };
}

function sinceNs({ atNs }: { readonly atNs: number | null }, beginNs: number | null): number | null {
  return atNs === null || beginNs === null ? null : atNs - beginNs;
}

function pageOwners({
  owners,
  fitsWithout,
}: Pick<OutOfMemoryReport, "owners" | "fitsWithout">): Pick<PageShortage, "owners" | "moreOwners"> {
  const inTheWay = new Set((fitsWithout ?? []).map(ownerKey));
  const shown = firstOf(owners, OWNERS_MAX);
  return {
    owners: shown.map((owner) => pageOwner(owner, inTheWay.has(ownerKey(owner)))),
    moreOwners: owners.length - shown.length,
  };
}

function pageOwner({ origin, ageMs: _, ...owner }: OwnerShare, isInTheWay: boolean): PageOwner {
  return { ...owner, place: pagePlace(origin), isInTheWay };
}

function ownerKey({ test, fixture, origin }: OwnerShare): string {
  return JSON.stringify([test, fixture, origin]);
}
